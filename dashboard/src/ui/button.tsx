import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { Link } from 'wouter';
import styles from './controls.module.css';

export type ButtonKind = 'plain' | 'primary' | 'danger' | 'quiet';

interface Look {
  kind?: ButtonKind;
  size?: 'normal' | 'small' | 'icon';
  wide?: boolean;
}

interface ButtonProps extends Look, ButtonHTMLAttributes<HTMLButtonElement> {
  /** The work goes on: it says so, and a click does nothing. */
  busy?: boolean;
}

export function Button({ kind, size, wide, busy = false, onClick, type = 'button', ...rest }: ButtonProps) {
  return (
    <button
      {...rest}
      type={busy ? 'button' : type}
      className={classOf({ kind, size, wide })}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={busy ? undefined : onClick}
    />
  );
}

/** Looks like a button, is a link. */
export function LinkButton({ to, children, ...look }: Look & { to: string; children: ReactNode }) {
  return (
    <Link href={to} className={classOf(look)}>
      {children}
    </Link>
  );
}

function classOf({
  kind = 'plain',
  size = 'normal',
  wide = false,
}: { [K in keyof Look]: Look[K] | undefined }): string {
  const parts = [
    styles.button,
    kind !== 'plain' && styles[kind],
    size !== 'normal' && styles[size],
    wide && styles.wide,
  ];
  return parts.filter(Boolean).join(' ');
}
