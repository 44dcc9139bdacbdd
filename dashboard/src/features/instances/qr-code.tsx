import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { QrCode as Code } from '../../api/types.ts';
import { ErrorBox, Loading } from '../../ui/index.ts';
import { useCountdown } from './countdown.ts';
import styles from './link.module.css';

/** WhatsApp shows the first code for a minute and the next ones for twenty seconds. */
const LONGEST_SECONDS = 60;
/** A new code is told live; one that has not come so long after the end of the last one is asked for. */
const GRACE_SECONDS = 2;

export function QrCode({ name }: { name: string }) {
  const { t } = useTranslation('instances');
  const { data, error, isError, refetch, dataUpdatedAt } = useQuery({
    queryKey: keys.qr(name),
    queryFn: ({ signal }) => api<Code>('GET', at`/api/instances/${name}/qr`, { signal }),
    gcTime: 0,
    staleTime: 0,
    retry: 1,
  });
  const left = useCountdown(data?.expiresAt);
  const isOver = left !== undefined && left <= 0;
  const isLate = left !== undefined && left <= -GRACE_SECONDS;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each code
  useEffect(() => {
    if (isLate) void refetch();
  }, [isLate, dataUpdatedAt]);
  if (isError && (!data || isOver)) return <ErrorBox error={error} onRetry={() => void refetch()} />;
  if (!data || left === undefined) return <Loading />;
  const shown = Math.max(0, left);
  return (
    <div className={styles.code}>
      <div className={`${styles.frame} ${isOver ? styles.old : ''}`}>
        <img src={data.qrCode} alt={t('link.qrAlt')} />
        {isOver && <span className={styles.renewing}>{t('link.renewing')}</span>}
      </div>
      <progress
        className={styles.bar}
        value={shown}
        max={LONGEST_SECONDS}
        aria-label={t('link.left', { seconds: shown })}
      />
      <p className={styles.left}>{isOver ? t('link.renewing') : t('link.left', { seconds: shown })}</p>
    </div>
  );
}
