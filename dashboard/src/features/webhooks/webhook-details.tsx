import { Send } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useLocation, useParams } from 'wouter';
import type { Webhook } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Badge, Button, Copyable, ErrorBox, Loading, Note, Page, toast, useErrorText } from '../../ui/index.ts';
import { Tabs } from '../../ui/tabs.tsx';
import { useChange, useTest } from './actions.ts';
import { useWebhook, useWebhookStats } from './data.ts';
import { DeliveriesTab } from './deliveries-tab.tsx';
import { SettingsTab } from './settings-tab.tsx';
import { SignatureTab } from './signature-tab.tsx';
import { TestResult } from './test-result.tsx';
import { ActiveBadge } from './webhook-list.tsx';
import styles from './webhooks.module.css';

const TABS = ['deliveries', 'signature', 'settings'] as const;

/** One endpoint: what it was sent and answered, how to verify a call, and how it is set. */
export function WebhookDetails({ id }: { id: string }) {
  const { t } = useTranslation('webhooks');
  const [, navigate] = useLocation();
  const { tab } = useParams<{ tab?: string }>();
  const webhook = useWebhook(id);
  const test = useTest(id);
  const present = TABS.find((known) => known === tab) ?? 'deliveries';
  const { data } = webhook;
  const actions = data && (
    <Button kind="primary" busy={test.isPending} onClick={() => test.mutate()}>
      <Send aria-hidden />
      {t('test.action')}
    </Button>
  );
  return (
    <Page
      title={data?.description ?? t('webhook')}
      back={{ to: '/webhooks', label: t('title') }}
      lead={data && <Lead webhook={data} />}
      actions={actions}
    >
      {webhook.isError && <ErrorBox error={webhook.error} onRetry={() => void webhook.refetch()} />}
      {webhook.isPending && <Loading />}
      {test.isError && <ErrorBox error={test.error} />}
      {test.data && !test.isPending && <TestResult result={test.data} />}
      {data && <Advice webhook={data} />}
      {data && (
        <Tabs
          label={t('tabs.label')}
          value={present}
          onChange={(next) => navigate(next === 'deliveries' ? `/webhooks/${id}` : `/webhooks/${id}/${next}`)}
          tabs={[
            { value: 'deliveries', label: t('tabs.deliveries'), content: <DeliveriesTab webhook={data} /> },
            { value: 'signature', label: t('tabs.signature'), content: <SignatureTab webhook={data} /> },
            { value: 'settings', label: t('tabs.settings'), content: <SettingsTab webhook={data} /> },
          ]}
        />
      )}
    </Page>
  );
}

function Lead({ webhook: { url, instanceName, isActive, disabledReason, chatTypes } }: { webhook: Webhook }) {
  const { t } = useTranslation('webhooks');
  return (
    <span className={styles.lead}>
      <Copyable text={url} />
      <ActiveBadge isActive={isActive} disabledReason={disabledReason} />
      <Badge>{instanceName ?? t('allInstances')}</Badge>
      {chatTypes?.length === 1 && <Badge>{t(chatTypes[0] === 'group' ? 'form.chatsGroup' : 'form.chatsUser')}</Badge>}
    </span>
  );
}

/** Why nothing arrives, or not all of it, and the way out. */
function Advice({ webhook: { id, isActive, disabledReason } }: { webhook: Webhook }) {
  const { t } = useTranslation('webhooks');
  const format = useFormat();
  const errorText = useErrorText();
  const change = useChange(id);
  const stats = useWebhookStats(id);
  if (!isActive) {
    const enable = () =>
      change.mutate(
        { isActive: true },
        {
          onSuccess: () => toast(t('advice.enabled')),
          onError: (error) => toast(errorText(error), 'danger'),
        },
      );
    return (
      <Note tone={disabledReason ? 'danger' : 'warn'}>
        <p>{t(`advice.${disabledReason ?? 'off'}`)}</p>
        <div className={styles.noteActions}>
          <Button size="small" busy={change.isPending} onClick={enable}>
            {t('advice.enable')}
          </Button>
        </div>
      </Note>
    );
  }
  if (!stats.data?.failingSince) return null;
  return (
    <Note tone="warn">
      <p>{t('advice.failingSince', { at: format.dateTime(stats.data.failingSince) })}</p>
      <p>{t('advice.retries')}</p>
    </Note>
  );
}
