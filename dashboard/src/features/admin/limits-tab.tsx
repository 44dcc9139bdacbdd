import { useTranslation } from 'react-i18next';
import { useUser } from '../../api/session.ts';
import { useFormat } from '../../i18n/format.ts';
import { Card, ErrorBox, Facts, Loading, Note } from '../../ui/index.ts';
import { Row, Rows } from '../../ui/rows.tsx';
import { useOverview } from '../instances/data.ts';
import { StatusBadge } from '../instances/status.tsx';
import styles from './admin.module.css';
import { useUsage } from './data.ts';

/** What the subscription allows, and what takes it up. */
export function LimitsTab() {
  const { t } = useTranslation('admin');
  const format = useFormat();
  const user = useUser();
  const usage = useUsage();
  const overview = useOverview();
  const failed = [usage, overview].find((query) => query.isError);
  if (failed) return <ErrorBox error={failed.error} onRetry={() => void failed.refetch()} />;
  if (!usage.data || !overview.data) return <Loading />;
  const { tier, limits } = usage.data;
  const { name, usage: used } = overview.data.subscription;
  // The usage names everybody's: others are shown those that they may reach.
  const rows = user.role === 'ADMINISTRATOR' ? usage.data.instances : overview.data.instances;
  const share = limits.maxInstances === 0 ? 0 : Math.min(1, limits.currentInstances / limits.maxInstances);
  return (
    <div className="stack">
      <Card title={t('limits.title')}>
        <Facts
          items={[
            [t('limits.name'), name],
            [t('limits.tier'), tier],
            [t('limits.messages'), used.monthlyMessages],
            [t('limits.calls'), used.apiCalls],
          ]}
        />
        <div className={styles.meter}>
          <span>{t('limits.instances')}</span>
          <div className={styles.bar} aria-hidden>
            <span data-full={limits.remaining === 0} style={{ width: `${share * 100}%` }} />
          </div>
          <span>
            {t('limits.used', {
              used: format.number(limits.currentInstances),
              max: format.number(limits.maxInstances),
            })}
          </span>
        </div>
        {limits.remaining === 0 && <Note tone="warn">{t('limits.full')}</Note>}
      </Card>
      {rows.length > 0 && (
        <Card title={t(user.role === 'ADMINISTRATOR' ? 'limits.all' : 'limits.own')}>
          <Rows label={t('limits.instances')}>
            {rows.map((instance) => (
              <Row key={instance.name} title={instance.name} badge={<StatusBadge status={instance.status} />}>
                {instance.owner !== null && <span>{instance.owner}</span>}
              </Row>
            ))}
          </Rows>
        </Card>
      )}
    </div>
  );
}
