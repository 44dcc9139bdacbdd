import { useTranslation } from 'react-i18next';
import type { Bulk } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Badge, type Tone } from '../../ui/index.ts';
import styles from './bulk.module.css';

type Counts = Bulk['counts'];

const TONES: Record<Bulk['status'], Tone | 'neutral'> = {
  SCHEDULED: 'info',
  RUNNING: 'good',
  PAUSED: 'warn',
  CANCELLED: 'neutral',
  COMPLETED: 'good',
};

/** Those who have a result. */
export function doneOf({ total, pending, queued }: Counts): number {
  return total - pending - queued;
}

export function StatusBadge({ status }: Pick<Bulk, 'status'>) {
  const { t } = useTranslation('bulk');
  return (
    <Badge tone={TONES[status]} busy={status === 'RUNNING'}>
      {t(`status.${status}`)}
    </Badge>
  );
}

/** How far it is: what went well and what did not, as parts of a bar. */
export function Progress({ counts, label }: { counts: Counts; label: string }) {
  const { t } = useTranslation('bulk');
  const format = useFormat();
  const { total, sent, failed, unknown, skipped, cancelled } = counts;
  const done = doneOf(counts);
  const width = (count: number) => ({ width: `${(count / Math.max(1, total)) * 100}%` });
  return (
    <div className={styles.progress}>
      <div
        className={styles.bar}
        role="progressbar"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={total}
        aria-valuenow={done}
        aria-valuetext={t('progress', { done: format.number(done), total: format.number(total) })}
      >
        <span data-part="sent" style={width(sent)} />
        <span data-part="failed" style={width(failed + unknown)} />
        <span data-part="left" style={width(skipped + cancelled)} />
      </div>
      <span>{t('progress', { done: format.number(done), total: format.number(total) })}</span>
    </div>
  );
}
