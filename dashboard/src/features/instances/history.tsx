import { useTranslation } from 'react-i18next';
import type { InstanceHealth } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Badge } from '../../ui/index.ts';
import styles from './history.module.css';

const SHOWN = 20;
const WIDTH = 1_000;

/** When it was connected and when not, of the last 30 days or since it was first linked: as a band, and in words. */
export function ConnectionHistory({ history }: { history: InstanceHealth['history'] }) {
  const { t } = useTranslation('instances');
  const format = useFormat();
  const first = history[0];
  if (!first) return <p>{t('history.none')}</p>;
  const nowMs = Date.now();
  const fromMs = Date.parse(first.since);
  const spanMs = Math.max(1, nowMs - fromMs);
  const at = (iso: string | undefined) => ((iso === undefined ? nowMs : Date.parse(iso)) - fromMs) / spanMs;
  return (
    <div className="stack">
      <div>
        <svg
          className={styles.strip}
          viewBox={`0 0 ${WIDTH} 10`}
          preserveAspectRatio="none"
          role="img"
          aria-label={t('history.band', { turns: history.length })}
        >
          {history.map(({ connected, since }, index) => {
            const start = at(since) * WIDTH;
            return (
              <rect
                key={since}
                className={connected ? styles.up : undefined}
                x={start}
                width={at(history[index + 1]?.since) * WIDTH - start}
                height="10"
              />
            );
          })}
        </svg>
        <div className={styles.scale}>
          <span>{format.dateTime(first.since)}</span>
          <span>{t('history.now')}</span>
        </div>
      </div>
      <ol className={styles.list}>
        {history
          .slice(-SHOWN)
          .reverse()
          .map(({ connected, since }) => (
            <li key={since}>
              <Badge tone={connected ? 'good' : 'danger'}>{t(connected ? 'history.up' : 'history.down')}</Badge>
              <time dateTime={since}>{`${format.dateTime(since)} · ${format.ago(since)}`}</time>
            </li>
          ))}
      </ol>
    </div>
  );
}
