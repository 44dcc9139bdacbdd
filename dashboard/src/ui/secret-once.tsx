import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import { CopyButton } from './copy.tsx';
import { Dialog, DialogActions } from './dialog.tsx';
import { Note } from './feedback.tsx';
import styles from './rows.module.css';

interface SecretOnceProps {
  title: ReactNode;
  /** What it is: the name of its box. */
  label: string;
  secret: string;
  /** What it is for, or what follows. */
  children?: ReactNode;
  onClose: () => void;
}

/** A secret that only this answer of the API has in it: shown once, to be copied. */
export function SecretOnce({ title, label, secret, children, onClose }: SecretOnceProps) {
  const { t } = useTranslation('ui');
  return (
    <Dialog title={title} onClose={onClose}>
      <Note tone="warn">
        <p>{t('secret.once')}</p>
      </Note>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
      <section className={styles.secret} aria-label={label} tabIndex={0}>
        <code>{secret}</code>
      </section>
      {children}
      <DialogActions>
        <CopyButton text={secret} label={t('secret.copy')} />
        <Button kind="primary" onClick={onClose}>
          {t('secret.kept')}
        </Button>
      </DialogActions>
    </Dialog>
  );
}
