import {
  BookOpen,
  ChartLine,
  Clock,
  Code,
  KeyRound,
  type LucideIcon,
  MessagesSquare,
  Rocket,
  Smartphone,
  UserRound,
  UsersRound,
  Webhook,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Redirect } from 'wouter';
import { type Later, later } from './later.tsx';
import { EmptyState, Page } from './ui/index.ts';

/** Names of `frame/locales/*.json` under `menu`. */
export type MenuName =
  | 'start'
  | 'instances'
  | 'conversations'
  | 'bulk'
  | 'keys'
  | 'webhooks'
  | 'statistics'
  | 'admin'
  | 'reference'
  | 'account';

interface PageEntry extends Later {
  /** For the router: `/instances/:name`. */
  path: string;
  /** Only pages of the menu have it. */
  menu?: { name: MenuName; icon: LucideIcon; group: 'work' | 'develop' | 'manage' };
}

/**
 * Every page inside the frame, in the order of the menu. A page and the texts of its folder (in the present language)
 * are fetched at the same time, when it is opened.
 */
export const PAGES: readonly PageEntry[] = [
  {
    path: '/start',
    menu: { name: 'start', icon: Rocket, group: 'work' },
    ...later('start', () => import('./features/start/start-page.tsx')),
  },
  {
    path: '/instances',
    menu: { name: 'instances', icon: Smartphone, group: 'work' },
    ...later('instances', () => import('./features/instances/board-page.tsx')),
  },
  { path: '/instances/:name/link', ...later('instances', () => import('./features/instances/link-page.tsx')) },
  {
    path: '/instances/:name/:tab?',
    ...later('instances', () => import('./features/instances/instance-page.tsx')),
  },
  {
    path: '/conversations/:name?/:chat?',
    menu: { name: 'conversations', icon: MessagesSquare, group: 'work' },
    ...later('conversations', () => import('./features/conversations/conversations-page.tsx')),
  },
  {
    path: '/bulk/:name?/:tab?/:id?',
    menu: { name: 'bulk', icon: Clock, group: 'work' },
    ...later('bulk', () => import('./features/bulk/bulk-page.tsx')),
  },
  {
    path: '/keys',
    menu: { name: 'keys', icon: KeyRound, group: 'develop' },
    ...later('keys', () => import('./features/keys/keys-page.tsx')),
  },
  {
    path: '/webhooks/:id?/:tab?',
    menu: { name: 'webhooks', icon: Webhook, group: 'develop' },
    ...later('webhooks', () => import('./features/webhooks/webhooks-page.tsx')),
  },
  {
    path: '/reference',
    menu: { name: 'reference', icon: Code, group: 'develop' },
    ...later('reference', () => import('./features/reference/reference-page.tsx')),
  },
  {
    path: '/statistics',
    menu: { name: 'statistics', icon: ChartLine, group: 'manage' },
    ...later('statistics', () => import('./features/statistics/statistics-page.tsx')),
  },
  {
    path: '/admin/:tab?',
    menu: { name: 'admin', icon: UsersRound, group: 'manage' },
    ...later('admin', () => import('./features/admin/admin-page.tsx')),
  },
  {
    path: '/account',
    menu: { name: 'account', icon: UserRound, group: 'manage' },
    ...later('auth', () => import('./features/auth/account-page.tsx')),
  },
];

/** What a visit that begins at an address shows first; undefined: nothing has this address. */
export function pageAt(address: string): Later | undefined {
  const wanted = address === '/' ? FIRST : address;
  return PAGES.find(({ path }) => {
    const pattern = path.replaceAll(/\/:\w+\?/g, '(?:/[^/]+)?').replaceAll(/:\w+/g, '[^/]+');
    return new RegExp(`^${pattern}/?$`).test(wanted);
  });
}

/** Where a visit begins. */
const FIRST = '/instances';

export function Start() {
  return <Redirect to={FIRST} replace />;
}

export function NotFound() {
  const { t } = useTranslation('frame');
  return (
    <Page title={t('notFound.title')}>
      <EmptyState icon={BookOpen} title={t('notFound.title')}>
        {t('notFound.text')}
      </EmptyState>
    </Page>
  );
}
