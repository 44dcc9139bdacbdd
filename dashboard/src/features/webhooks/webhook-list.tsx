import { Plus, Webhook as WebhookIcon } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Webhook } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Badge, Button, EmptyState, ErrorBox, LinkButton, Loading, Page } from '../../ui/index.ts';
import { Row, Rows } from '../../ui/rows.tsx';
import { CreateDialog } from './create-dialog.tsx';
import { useWebhooks } from './data.ts';

export function WebhookList() {
  const { t } = useTranslation('webhooks');
  const [creates, setCreates] = useState(false);
  const webhooks = useWebhooks();
  const create = (
    <Button kind="primary" onClick={() => setCreates(true)}>
      <Plus aria-hidden />
      {t('create.open')}
    </Button>
  );
  return (
    <Page title={t('title')} lead={t('lead')} actions={webhooks.data?.length ? create : undefined}>
      {webhooks.isError && <ErrorBox error={webhooks.error} onRetry={() => void webhooks.refetch()} />}
      {webhooks.isPending && <Loading />}
      {webhooks.data?.length === 0 && (
        <EmptyState icon={WebhookIcon} title={t('empty.title')} actions={create}>
          {t('empty.text')}
        </EmptyState>
      )}
      {webhooks.data && webhooks.data.length > 0 && (
        <Rows label={t('title')}>
          {webhooks.data.map((webhook) => (
            <WebhookRow key={webhook.id} webhook={webhook} />
          ))}
        </Rows>
      )}
      {creates && <CreateDialog onClose={() => setCreates(false)} />}
    </Page>
  );
}

function WebhookRow({
  webhook: { id, url, events, description, instanceName, isActive, disabledReason, createdAt },
}: {
  webhook: Webhook;
}) {
  const { t } = useTranslation('webhooks');
  const format = useFormat();
  return (
    <Row
      title={<Link href={`/webhooks/${id}`}>{description ?? url}</Link>}
      badge={<ActiveBadge isActive={isActive} disabledReason={disabledReason} />}
      actions={
        <LinkButton to={`/webhooks/${id}`} size="small">
          {t('open')}
        </LinkButton>
      }
    >
      {description !== null && <code>{url}</code>}
      <span>{instanceName ?? t('allInstances')}</span>
      <span>{events.includes('*') ? t('allEvents') : t('eventCount', { count: events.length })}</span>
      <span>{t('made', { at: format.date(createdAt) })}</span>
    </Row>
  );
}

export function ActiveBadge({ isActive, disabledReason }: Pick<Webhook, 'isActive' | 'disabledReason'>) {
  const { t } = useTranslation('webhooks');
  if (isActive) return <Badge tone="good">{t('state.active')}</Badge>;
  return disabledReason ? <Badge tone="danger">{t('state.disabled')}</Badge> : <Badge>{t('state.off')}</Badge>;
}
