import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Instance, InstanceConnection } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Card, Copyable, ErrorBox, Facts, Loading, Note } from '../../ui/index.ts';
import { useWeek } from './data.ts';
import { StatusBadge } from './status.tsx';

const Chart = lazy(async () => ({ default: (await import('../../ui/chart.tsx')).Chart }));

export function OverviewTab({ instance, connection }: { instance: Instance; connection: InstanceConnection }) {
  const { t } = useTranslation('instances');
  const format = useFormat();
  const { status, phone, displayName, environment, lastConnectedAt, uptime, nextRetry } = connection;
  return (
    <div className="stack">
      <StateAdvice connection={connection} />
      <Card>
        <Facts
          items={[
            [t('facts.status'), <StatusBadge key="status" status={status} />],
            [t('phone'), phone ?? t('noPhone')],
            [t('facts.displayName'), displayName ?? '–'],
            [t('facts.environment'), t(environment)],
            [t('facts.lastConnected'), lastConnectedAt ? format.dateTime(lastConnectedAt) : t('facts.never')],
            [t('facts.uptime'), uptime ?? '–'],
            ...(nextRetry ? [[t('facts.nextRetry'), format.time(nextRetry)] as const] : []),
            [t('facts.id'), <Copyable key="id" text={instance.id} />],
          ]}
        />
      </Card>
      <Card title={t('week.title')}>
        <Week name={instance.name} />
      </Card>
    </div>
  );
}

/** What a state that does not mend itself asks of a person. */
export function StateAdvice({ connection: { status, lastError } }: { connection: InstanceConnection }) {
  const { t } = useTranslation('instances');
  if (status === 'CONNECTED' || status === 'CONNECTING') return null;
  const isBad = ['LOGGED_OUT', 'CONFLICT', 'BANNED', 'ERROR'].includes(status);
  return (
    <Note tone={isBad ? 'danger' : 'warn'}>
      <p>{t(`advice.${status}`)}</p>
      {lastError && <p>{t('facts.lastError', { error: lastError })}</p>}
    </Note>
  );
}

function Week({ name }: { name: string }) {
  const { t } = useTranslation('instances');
  const week = useWeek(name);
  const daily = week.data?.daily;
  const drawn = useMemo(
    () =>
      daily && {
        times: daily.map(({ date }) => date),
        series: [
          { label: t('today.sent'), color: '--accent', values: daily.map(({ sent }) => sent) },
          { label: t('today.received'), color: '--info', values: daily.map(({ received }) => received) },
          { label: t('today.failed'), color: '--danger', values: daily.map(({ failed }) => failed) },
        ],
      },
    [daily, t],
  );
  if (week.isError) return <ErrorBox error={week.error} onRetry={() => void week.refetch()} />;
  if (!drawn) return <Loading />;
  return (
    <Suspense fallback={<Loading />}>
      <Chart label={t('week.title')} {...drawn} />
    </Suspense>
  );
}
