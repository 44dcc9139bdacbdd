import { X } from 'lucide-react';
import { type FormEventHandler, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import styles from './dialog.module.css';
import { ErrorBox } from './feedback.tsx';
import { Field, Input } from './field.tsx';

interface DialogProps {
  title: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

/** A modal window of the platform: it keeps the focus, Escape closes it, and the focus goes back where it came from. */
export function Dialog({ title, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const { t } = useTranslation('ui');
  useEffect(() => {
    const dialog = ref.current as HTMLDialogElement;
    const before = document.activeElement;
    if (!dialog.open) dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={ref}
      className={styles.dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div className={styles.head}>
        <h2 id={id}>{title}</h2>
        <Button kind="quiet" size="icon" aria-label={t('close')} onClick={onClose}>
          <X aria-hidden />
        </Button>
      </div>
      <div className={styles.body}>{children}</div>
    </dialog>
  );
}

export function DialogActions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}

interface FormDialogProps extends DialogProps {
  onSubmit: FormEventHandler<HTMLFormElement>;
  /** On the button that sends it; absent: save. */
  action?: ReactNode;
  busy: boolean;
  /** What it was refused with; null: it was not. */
  error: unknown;
}

/** A form of its own window: its fields, what was wrong with it, and the two ways out. */
export function FormDialog({ title, onClose, onSubmit, action, busy, error, children }: FormDialogProps) {
  const { t } = useTranslation('ui');
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="stack" onSubmit={onSubmit} noValidate>
        {children}
        {error ? <ErrorBox error={error} /> : null}
        <DialogActions>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" kind="primary" busy={busy}>
            {action ?? t('save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

interface ConfirmProps {
  title: ReactNode;
  /** What will happen. */
  children: ReactNode;
  action: ReactNode;
  danger?: boolean;
  /** Resolves when it is done; what it rejects with is shown. */
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  /** Has to be typed before it may happen; absent: a click is enough. */
  typed?: string;
}

/** Asks before something that cannot be taken back. */
export function Confirm({ title, children, action, danger = false, onConfirm, onClose, typed }: ConfirmProps) {
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const { t } = useTranslation('ui');
  const isTyped = typed === undefined || text === typed;
  const confirm = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (thrown) {
      setError(thrown);
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className={styles.body}
        onSubmit={(event) => {
          event.preventDefault();
          if (isTyped && !busy) void confirm();
        }}
      >
        <div>{children}</div>
        {typed !== undefined && (
          <Field label={t('typeToConfirm', { text: typed })}>
            <Input
              value={text}
              onChange={(event) => setText(event.target.value)}
              autoComplete="off"
              spellCheck={false}
            />
          </Field>
        )}
        {error !== undefined && <ErrorBox error={error} />}
        <DialogActions>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" kind={danger ? 'danger' : 'primary'} busy={busy} disabled={!isTyped}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

/** `Confirm` with the text that has to be typed. */
export function ConfirmByTyping(props: ConfirmProps & { typed: string }) {
  return <Confirm {...props} danger />;
}
