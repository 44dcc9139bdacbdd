import { useMutation } from '@tanstack/react-query';
import { CircleCheckBig, ScanLine } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'wouter';
import { api, at } from '../../api/client.ts';
import type { InstanceConnection } from '../../api/types.ts';
import { Actions, Button, Card, ErrorBox, LinkButton, Loading, Note, Page } from '../../ui/index.ts';
import { Tabs } from '../../ui/tabs.tsx';
import { useConnection } from './data.ts';
import styles from './link.module.css';
import { PairingCode } from './pairing-code.tsx';
import { QrCode } from './qr-code.tsx';

/** Links a phone: by a QR code that renews itself, or by a code to type. Shows the success as soon as it is told of it. */
export default function LinkPage() {
  const { t } = useTranslation('instances');
  const { name = '' } = useParams<{ name: string }>();
  const connection = useConnection(name);
  const back = { to: '/instances', label: t('title') };
  return (
    <Page title={t('link.title', { name })} lead={t('link.lead')} back={back}>
      {connection.isError && <ErrorBox error={connection.error} onRetry={() => void connection.refetch()} />}
      {connection.isPending && <Loading />}
      {connection.data && <Link connection={connection.data} />}
    </Page>
  );
}

function Link({ connection }: { connection: InstanceConnection }) {
  const { t } = useTranslation('instances');
  const [way, setWay] = useState('qr');
  const { name, status, environment } = connection;
  if (status === 'CONNECTED') return <Linked connection={connection} />;
  if (status === 'BANNED' || status === 'CONFLICT') {
    return <Note tone="danger">{t(`advice.${status}`)}</Note>;
  }
  const isScanned = status === 'CONNECTING' && connection.phone !== null;
  return (
    <div className={styles.layout}>
      <Card>
        {isScanned && <Note tone="good">{t('link.scanned')}</Note>}
        <Tabs
          label={t('link.ways')}
          value={way}
          onChange={setWay}
          tabs={[
            { value: 'qr', label: t('link.qr'), content: <QrCode name={name} /> },
            { value: 'code', label: t('link.code'), content: <PairingCode name={name} /> },
          ]}
        />
      </Card>
      <div className="stack">
        {environment === 'test' && <Simulated name={name} />}
        <Card title={t('steps.title')}>
          <ol className={styles.steps}>
            <li>{t('steps.open')}</li>
            <li>{t('steps.menu')}</li>
            <li>{t('steps.link')}</li>
            <li>{t(way === 'qr' ? 'steps.scan' : 'steps.type')}</li>
          </ol>
        </Card>
        {environment === 'live' && <Note tone="warn">{t('link.risk')}</Note>}
      </div>
    </div>
  );
}

/** The phone that a test instance has: nobody needs to hold one. */
function Simulated({ name }: { name: string }) {
  const { t } = useTranslation('instances');
  const scan = useMutation({ mutationFn: () => api('POST', at`/api/test/instances/${name}/scan`) });
  return (
    <Card title={t('simulated.title')}>
      <p>{t('simulated.text')}</p>
      {scan.isError && <ErrorBox error={scan.error} />}
      <Actions>
        <Button kind="primary" busy={scan.isPending || scan.isSuccess} onClick={() => scan.mutate()}>
          <ScanLine aria-hidden />
          {t('simulated.action')}
        </Button>
      </Actions>
    </Card>
  );
}

function Linked({ connection: { name, phone, displayName } }: { connection: InstanceConnection }) {
  const { t } = useTranslation('instances');
  return (
    <Card>
      <div className={styles.done} role="status">
        <CircleCheckBig aria-hidden />
        <h2>{t('linked.title')}</h2>
        <p>{t('linked.text', { phone: [phone, displayName].filter(Boolean).join(' · ') })}</p>
        <Actions>
          <LinkButton to="/start" kind="primary">
            {t('linked.next')}
          </LinkButton>
          <LinkButton to={`/instances/${name}`}>{t('linked.instance')}</LinkButton>
        </Actions>
      </div>
    </Card>
  );
}
