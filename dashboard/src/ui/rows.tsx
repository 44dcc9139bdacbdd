import type { ReactNode } from 'react';
import styles from './rows.module.css';

/** A short list of things, each with what can be done with it. For long ones there is `table.tsx`. */
export function Rows({ label, children }: { label: string; children: ReactNode }) {
  return (
    <ul className={styles.rows} aria-label={label}>
      {children}
    </ul>
  );
}

interface RowProps {
  title: ReactNode;
  /** Beside the title: how it stands. */
  badge?: ReactNode;
  /** Under it, smaller. */
  children?: ReactNode;
  actions?: ReactNode;
}

export function Row({ title, badge, children, actions }: RowProps) {
  return (
    <li className={styles.row}>
      <div className={styles.main}>
        <div className={styles.head}>
          <span className={styles.title}>{title}</span>
          {badge}
        </div>
        {children && <div className={styles.meta}>{children}</div>}
      </div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </li>
  );
}
