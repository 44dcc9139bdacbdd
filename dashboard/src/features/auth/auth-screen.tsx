import { Activity, QrCode, ShieldCheck } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguageSwitch, ThemeSwitch } from '../../frame/switches.tsx';
import styles from './auth.module.css';

interface AuthScreenProps {
  title: string;
  lead?: ReactNode;
  children: ReactNode;
}

const PROMISES = [
  ['link', QrCode],
  ['watch', Activity],
  ['safe', ShieldCheck],
] as const;

/** What somebody sees who is not in yet: one form, and what the product is. */
export function AuthScreen({ title, lead, children }: AuthScreenProps) {
  const { t } = useTranslation('auth');
  useEffect(() => {
    document.title = `${title} · Switchboard`;
  }, [title]);
  return (
    <div className={styles.screen}>
      <main className={styles.form}>
        <div>
          <div className={styles.brand}>
            <img src="/icon.svg" alt="" width="32" height="32" />
            Switchboard
          </div>
          <div>
            <h1>{title}</h1>
            {lead && <p className={styles.lead}>{lead}</p>}
          </div>
          {children}
          <div className={styles.switches}>
            <LanguageSwitch />
            <ThemeSwitch />
          </div>
        </div>
      </main>
      <aside className={styles.side} aria-label={t('promise.title')}>
        <h2>{t('promise.title')}</h2>
        <ul>
          {PROMISES.map(([name, Icon]) => (
            <li key={name}>
              <Icon aria-hidden />
              <span>{t(`promise.${name}`)}</span>
            </li>
          ))}
        </ul>
      </aside>
    </div>
  );
}
