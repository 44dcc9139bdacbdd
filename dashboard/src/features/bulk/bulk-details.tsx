import { Download, Pause, Play, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { apiText, at } from '../../api/client.ts';
import type { Bulk, BulkResult } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { download } from '../../ui/download.ts';
import {
  Badge,
  Button,
  Card,
  Confirm,
  ErrorBox,
  Facts,
  Loading,
  Page,
  type Tone,
  toast,
  useErrorText,
} from '../../ui/index.ts';
import { type Column, Table } from '../../ui/table.tsx';
import { type Steer, useSteer } from './actions.ts';
import styles from './bulk.module.css';
import { titleOf } from './bulk-list.tsx';
import { isGoingOn, useBulk, useResults } from './data.ts';
import { Progress, StatusBadge } from './progress.tsx';

const TONES: Partial<Record<BulkResult['status'], Tone>> = {
  SENT: 'good',
  DELIVERED: 'good',
  READ: 'good',
  FAILED: 'danger',
  UNKNOWN: 'warn',
};

/** How far a bulk is, what can be done about it, and what became of each recipient. */
export function BulkDetails({ name, id }: { name: string; id: string }) {
  const { t } = useTranslation('bulk');
  const bulk = useBulk(name, id);
  const { data } = bulk;
  return (
    <Page
      title={data ? titleOf(data, t('untitled')) : t('one')}
      lead={data && <StatusBadge status={data.status} />}
      back={{ to: `/bulk/${encodeURIComponent(name)}/sends`, label: t('title') }}
      actions={data && <Steering name={name} bulk={data} />}
    >
      {bulk.isError && <ErrorBox error={bulk.error} onRetry={() => void bulk.refetch()} />}
      {bulk.isPending && <Loading />}
      {data && (
        <>
          <Card title={t('far')}>
            <div className={styles.wide}>
              <Progress counts={data.counts} label={t('far')} />
            </div>
            <Numbers bulk={data} />
          </Card>
          {data.text && (
            <Card title={t('form.text')}>
              <div className={styles.message}>{data.text}</div>
            </Card>
          )}
          <Results name={name} bulk={data} />
        </>
      )}
    </Page>
  );
}

function Numbers({ bulk: { counts, pacing, sendAt, instances } }: { bulk: Bulk }) {
  const { t } = useTranslation('bulk');
  const format = useFormat();
  const shown = (['sent', 'queued', 'pending', 'failed', 'unknown', 'skipped', 'cancelled'] as const).filter(
    (part) => counts[part] > 0 || part === 'sent' || part === 'pending',
  );
  const perMinute = pacing.minDelayMs > 0 ? Math.round(60_000 / pacing.minDelayMs) : 0;
  return (
    <Facts
      items={[
        ...shown.map((part) => [t(`counts.${part}`), format.number(counts[part])] as const),
        [t('form.perMinute'), perMinute === 0 ? t('fast') : format.number(perMinute)],
        [t('beginning'), format.dateTime(sendAt)],
        [t('instance'), instances.map(({ instanceName }) => instanceName).join(', ')],
      ]}
    />
  );
}

function Steering({ name, bulk: { bulkId, status } }: { name: string; bulk: Bulk }) {
  const { t } = useTranslation('bulk');
  const [asks, setAsks] = useState(false);
  const errorText = useErrorText();
  const steer = useSteer(name, bulkId);
  const go = (which: Steer) => steer.mutate(which, { onError: (error) => toast(errorText(error), 'danger') });
  if (status === 'CANCELLED' || status === 'COMPLETED') return null;
  return (
    <>
      {status === 'PAUSED' ? (
        <Button kind="primary" busy={steer.isPending} onClick={() => go('resume')}>
          <Play aria-hidden />
          {t('steer.resume')}
        </Button>
      ) : (
        <Button busy={steer.isPending} onClick={() => go('pause')}>
          <Pause aria-hidden />
          {t('steer.pause')}
        </Button>
      )}
      <Button kind="danger" onClick={() => setAsks(true)}>
        <X aria-hidden />
        {t('steer.cancel')}
      </Button>
      {asks && (
        <Confirm
          title={t('steer.cancelTitle')}
          action={t('steer.cancel')}
          danger
          onClose={() => setAsks(false)}
          onConfirm={() => steer.mutateAsync('cancel')}
        >
          {t('steer.cancelText')}
        </Confirm>
      )}
    </>
  );
}

function Results({ name, bulk }: { name: string; bulk: Bulk }) {
  const { t } = useTranslation('bulk');
  const format = useFormat();
  const errorText = useErrorText();
  const results = useResults(name, bulk.bulkId, isGoingOn(bulk));
  const save = async () => {
    try {
      download(`${bulk.bulkId}.csv`, await apiText(at`/api/instances/${name}/bulk/${bulk.bulkId}/results.csv`));
    } catch (error) {
      toast(errorText(error), 'danger');
    }
  };
  const time = (moment: string | null) => (moment === null ? '–' : format.dateTime(moment));
  const columns: Column<BulkResult>[] = [
    { id: 'line', header: t('results.line'), width: '70px', isNumber: true, cell: ({ line }) => line },
    { id: 'to', header: t('results.to'), width: 'minmax(140px, 1fr)', cell: ({ to }) => to },
    {
      id: 'status',
      header: t('results.status'),
      width: '140px',
      cell: ({ status }) => <Badge tone={TONES[status] ?? 'neutral'}>{t(`results.of.${status}`)}</Badge>,
    },
    { id: 'sentAt', header: t('results.sentAt'), width: '215px', cell: ({ sentAt }) => time(sentAt) },
    { id: 'readAt', header: t('results.readAt'), width: '215px', cell: ({ readAt }) => time(readAt) },
    {
      id: 'error',
      header: t('results.error'),
      width: 'minmax(140px, 2fr)',
      cell: ({ error }) => error?.message ?? '–',
    },
  ];
  return (
    <Card
      title={t('results.title')}
      actions={
        <Button size="small" onClick={() => void save()}>
          <Download aria-hidden />
          {t('results.csv')}
        </Button>
      }
    >
      {results.isError && <ErrorBox error={results.error} onRetry={() => void results.refetch()} />}
      {results.isPending && <Loading />}
      {results.rows && (
        <Table
          label={t('results.each')}
          columns={columns}
          rows={results.rows}
          keyOf={({ line }) => String(line)}
          onEnd={() => {
            if (results.hasNextPage && !results.isFetchingNextPage) void results.fetchNextPage();
          }}
        />
      )}
    </Card>
  );
}
