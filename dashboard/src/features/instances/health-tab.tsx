import { useTranslation } from 'react-i18next';
import type { AccountHealth, InstanceConnection, InstanceHealth } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Badge, Card, ErrorBox, Facts, Loading, Note, type Tone } from '../../ui/index.ts';
import { useHealth } from './data.ts';
import { ConnectionHistory } from './history.tsx';
import { StateAdvice } from './overview-tab.tsx';

const TONES: Record<InstanceHealth['status'], Tone> = { HEALTHY: 'good', DEGRADED: 'warn', UNHEALTHY: 'danger' };

export function HealthTab({ connection }: { connection: InstanceConnection }) {
  const { t } = useTranslation('instances');
  const format = useFormat();
  const health = useHealth(connection.name);
  return (
    <div className="stack">
      <StateAdvice connection={connection} />
      <Card title={t('health.title')}>
        {health.isError && <ErrorBox error={health.error} onRetry={() => void health.refetch()} />}
        {health.isPending && <Loading />}
        {health.data && (
          <Facts
            items={[
              [
                t('health.overall'),
                <Badge key="overall" tone={TONES[health.data.status]}>
                  {t(`health.status.${health.data.status}`)}
                </Badge>,
              ],
              [t('health.quality'), t(`health.qualities.${health.data.connectionQuality}`)],
              [t('health.queue'), format.number(health.data.messageQueueSize)],
              [t('facts.uptime'), health.data.uptime ?? '–'],
              [t('health.memory'), health.data.memoryUsage ?? '–'],
            ]}
          />
        )}
      </Card>
      <Card title={t('history.title')}>{health.data && <ConnectionHistory history={health.data.history} />}</Card>
      <Card title={t('account.title')}>
        <Account account={connection.account} />
      </Card>
    </div>
  );
}

/** Limits that WhatsApp has put on the account, in words, each with what to do about it. */
function Account({ account: { mayBeginChats, timeLock, newChats, refusedAt } }: { account: AccountHealth }) {
  const { t } = useTranslation('instances');
  const format = useFormat();
  const cap = newChats && newChats.status !== 'NONE' ? newChats : null;
  return (
    <div className="stack">
      <Note tone={mayBeginChats ? 'good' : 'danger'}>
        <p>{t(mayBeginChats ? 'account.free' : 'account.stopped')}</p>
      </Note>
      {timeLock && (
        <Note tone="danger">
          <p>
            {timeLock.until ? t('account.lockedUntil', { at: format.dateTime(timeLock.until) }) : t('account.locked')}
          </p>
          <p>{t('account.lockAdvice')}</p>
        </Note>
      )}
      {cap && (
        <Note tone={cap.status === 'FIRST_WARNING' ? 'warn' : 'danger'}>
          <p>{t(`account.caps.${cap.status as 'CAPPED'}`)}</p>
          {cap.used !== null && cap.quota !== null && (
            <p>{t('account.used', { used: format.number(cap.used), quota: format.number(cap.quota) })}</p>
          )}
          {cap.cycleEndsAt && <p>{t('account.cycle', { at: format.dateTime(cap.cycleEndsAt) })}</p>}
          <p>{t('account.capAdvice')}</p>
        </Note>
      )}
      {refusedAt && (
        <Note tone={mayBeginChats ? 'info' : 'warn'}>
          <p>{t('account.refused', { at: format.dateTime(refusedAt) })}</p>
          <p>{t('account.refusedAdvice')}</p>
        </Note>
      )}
    </div>
  );
}
