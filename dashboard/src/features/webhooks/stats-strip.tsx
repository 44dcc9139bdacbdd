import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/format.ts';
import { Card, ErrorBox, Facts } from '../../ui/index.ts';
import { useWebhookStats } from './data.ts';

/** How the endpoint does, since it was made. */
export function StatsStrip({ id }: { id: string }) {
  const { t } = useTranslation('webhooks');
  const format = useFormat();
  const { data, error, refetch } = useWebhookStats(id);
  const moment = (at: string | null) => (at === null ? t('stats.never') : format.ago(at));
  if (error) return <ErrorBox error={error} onRetry={() => void refetch()} />;
  if (!data) return null;
  return (
    <Card title={t('stats.title')}>
      <Facts
        items={[
          [t('stats.successRate'), data.successRate],
          [t('stats.delivered'), format.number(data.delivered)],
          [t('stats.failedAttempts'), format.number(data.failedAttempts)],
          [t('stats.givenUp'), format.number(data.givenUp)],
          [t('stats.latency'), data.averageLatencyMs === null ? '–' : `${format.number(data.averageLatencyMs)} ms`],
          [t('stats.lastDelivered'), moment(data.lastDeliveredAt)],
          [t('stats.lastFailed'), moment(data.lastFailedAt)],
        ]}
      />
    </Card>
  );
}
