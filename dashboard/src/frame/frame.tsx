import { LogOut, Menu as MenuIcon, X } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { signOut, useUser } from '../api/session.ts';
import { useLiveStatus } from '../live/live.ts';
import { PAGES } from '../pages.tsx';
import { Button } from '../ui/button.tsx';
import styles from './frame.module.css';
import { LanguageSwitch, ThemeSwitch } from './switches.tsx';

const GROUPS = ['work', 'develop', 'manage'] as const;

/** What surrounds every page: the menu, who is signed in, whether it is live, language and colours. */
export function Frame({ children }: { children: ReactNode }) {
  const { t } = useTranslation('frame');
  const [isOpen, setOpen] = useState(false);
  const [path] = useLocation();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes because the page has changed
  useEffect(() => setOpen(false), [path]);
  return (
    <div className={styles.frame}>
      <a className={styles.skip} href="#main">
        {t('skip')}
      </a>
      <header className={`${styles.side} ${isOpen ? styles.open : ''}`}>
        <div className={styles.top}>
          <Link href="/" className={styles.brand}>
            <img src="/icon.svg" alt="" width="28" height="28" />
            Switchboard
          </Link>
          <div className={styles.toggle}>
            <Button
              kind="quiet"
              size="icon"
              aria-label={t('menu.open')}
              aria-expanded={isOpen}
              aria-controls="menu"
              onClick={() => setOpen(!isOpen)}
            >
              {isOpen ? <X aria-hidden /> : <MenuIcon aria-hidden />}
            </Button>
          </div>
        </div>
        <div className={styles.fold} id="menu">
          <nav className={styles.nav} aria-label={t('menu.label')}>
            {GROUPS.map((group) => (
              <div className={styles.group} key={group}>
                <h2>{t(`menu.groups.${group}`)}</h2>
                <ul>
                  {PAGES.map(({ path: to, menu }) => {
                    if (menu?.group !== group) return null;
                    const { icon: Icon, name } = menu;
                    const target = to.split('/:')[0] as string;
                    const isHere = path === target || path.startsWith(`${target}/`);
                    return (
                      <li key={target}>
                        <Link href={target} className={styles.link} aria-current={isHere ? 'page' : undefined}>
                          <Icon aria-hidden />
                          {t(`menu.${name}`)}
                        </Link>
                      </li>
                    );
                  })}
                </ul>
              </div>
            ))}
          </nav>
          <Foot />
        </div>
      </header>
      <main id="main" tabIndex={-1} className={styles.main}>
        {children}
      </main>
    </div>
  );
}

function Foot() {
  const { t } = useTranslation('frame');
  const user = useUser();
  const status = useLiveStatus();
  return (
    <div className={styles.foot}>
      <div className={styles.live} data-status={status} role="status">
        {t(status === 'live' ? 'live.on' : 'live.waiting')}
      </div>
      <div className={styles.switches}>
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <div className={styles.user}>
        <div>
          <strong>{user.name}</strong>
          <span>{user.email}</span>
        </div>
        <Button kind="quiet" size="icon" aria-label={t('signOut')} onClick={() => void signOut()}>
          <LogOut aria-hidden />
        </Button>
      </div>
    </div>
  );
}
