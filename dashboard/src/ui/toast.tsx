import { X } from 'lucide-react';
import { useEffect, useRef, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import styles from './feedback.module.css';

interface Toast {
  id: number;
  text: string;
  tone: 'good' | 'danger';
}

const SHOWN_MS = 6_000;
let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();

/** Says for some seconds that something was done, or was not. The text is translated already. */
export function toast(text: string, tone: Toast['tone'] = 'good'): void {
  const id = nextId++;
  set([...toasts, { id, text, tone }]);
  setTimeout(() => drop(id), SHOWN_MS);
}

/** Where they appear; once, in the frame. A popover lies above open dialogs. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  const ref = useRef<HTMLDivElement>(null);
  const { t } = useTranslation('ui');
  useEffect(() => {
    if (shown.length > 0) ref.current?.showPopover?.();
    else ref.current?.hidePopover?.();
  }, [shown.length]);
  return (
    <div ref={ref} popover="manual" className={styles.toasts} role="status" aria-live="polite">
      {shown.map(({ id, text, tone }) => (
        <div key={id} className={`${styles.toast} ${tone === 'danger' ? styles.danger : ''}`}>
          <span>{text}</span>
          <Button kind="quiet" size="icon" aria-label={t('close')} onClick={() => drop(id)}>
            <X aria-hidden />
          </Button>
        </div>
      ))}
    </div>
  );
}

function drop(id: number): void {
  set(toasts.filter((one) => one.id !== id));
}

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}
