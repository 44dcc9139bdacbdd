import { CircleAlert, CircleCheck, Info, type LucideIcon, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import { useErrorText } from './errors.ts';
import styles from './feedback.module.css';

export type Tone = 'info' | 'good' | 'warn' | 'danger';

const ICONS: Record<Tone, LucideIcon> = { info: Info, good: CircleCheck, warn: TriangleAlert, danger: CircleAlert };

/** A remark that stays where it is. */
export function Note({ tone = 'info', children }: { tone?: Tone; children: ReactNode }) {
  const Icon = ICONS[tone];
  return (
    <div className={`${styles.box} ${tone === 'info' ? '' : styles[tone]}`}>
      <Icon aria-hidden />
      <div>{children}</div>
    </div>
  );
}

/** What went wrong, in the reader's language. */
export function ErrorBox({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const text = useErrorText();
  const { t } = useTranslation('ui');
  return (
    <div className={`${styles.box} ${styles.danger}`} role="alert">
      <CircleAlert aria-hidden />
      <div>{text(error)}</div>
      {onRetry && (
        <Button size="small" onClick={onRetry}>
          {t('retry')}
        </Button>
      )}
    </div>
  );
}

interface EmptyStateProps {
  icon: LucideIcon;
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}

/** Nothing is here yet: why, and what to do about it. */
export function EmptyState({ icon: Icon, title, children, actions }: EmptyStateProps) {
  return (
    <div className={styles.empty}>
      <Icon aria-hidden />
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

export function Loading() {
  const { t } = useTranslation('ui');
  return (
    <div className={styles.loading} role="status">
      <span className={styles.spinner} />
      <span className="visually-hidden">{t('loading')}</span>
    </div>
  );
}

interface BadgeProps {
  tone?: Tone | 'neutral';
  /** Something is going on. */
  busy?: boolean;
  children: ReactNode;
}

export function Badge({ tone = 'neutral', busy = false, children }: BadgeProps) {
  const parts = [styles.badge, tone !== 'neutral' && styles[tone], busy && styles.busy];
  return <span className={parts.filter(Boolean).join(' ')}>{children}</span>;
}

export function Tag({ children }: { children: ReactNode }) {
  return <span className={styles.tag}>{children}</span>;
}
