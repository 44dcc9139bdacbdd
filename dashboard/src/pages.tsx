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
import { type ComponentType, lazy } from 'react';
import { useTranslation } from 'react-i18next';
import { Redirect } from 'wouter';
import { loadTexts } from './i18n/index.ts';
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

interface PageEntry {
  /** For the router: `/instances/:name`. */
  path: string;
  component: ComponentType;
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
    component: page('start', () => import('./features/start/start-page.tsx')),
  },
  {
    path: '/instances',
    menu: { name: 'instances', icon: Smartphone, group: 'work' },
    component: page('instances', () => import('./features/instances/board-page.tsx')),
  },
  { path: '/instances/:name/link', component: page('instances', () => import('./features/instances/link-page.tsx')) },
  {
    path: '/instances/:name/:tab?',
    component: page('instances', () => import('./features/instances/instance-page.tsx')),
  },
  {
    path: '/conversations/:name?/:chat?',
    menu: { name: 'conversations', icon: MessagesSquare, group: 'work' },
    component: page('conversations', () => import('./features/conversations/conversations-page.tsx')),
  },
  {
    path: '/bulk/:name?/:tab?/:id?',
    menu: { name: 'bulk', icon: Clock, group: 'work' },
    component: page('bulk', () => import('./features/bulk/bulk-page.tsx')),
  },
  {
    path: '/keys',
    menu: { name: 'keys', icon: KeyRound, group: 'develop' },
    component: page('keys', () => import('./features/keys/keys-page.tsx')),
  },
  {
    path: '/webhooks/:id?/:tab?',
    menu: { name: 'webhooks', icon: Webhook, group: 'develop' },
    component: page('webhooks', () => import('./features/webhooks/webhooks-page.tsx')),
  },
  {
    path: '/reference',
    menu: { name: 'reference', icon: Code, group: 'develop' },
    component: page('reference', () => import('./features/reference/reference-page.tsx')),
  },
  {
    path: '/statistics',
    menu: { name: 'statistics', icon: ChartLine, group: 'manage' },
    component: page('statistics', () => import('./features/statistics/statistics-page.tsx')),
  },
  {
    path: '/admin/:tab?',
    menu: { name: 'admin', icon: UsersRound, group: 'manage' },
    component: page('admin', () => import('./features/admin/admin-page.tsx')),
  },
  {
    path: '/account',
    menu: { name: 'account', icon: UserRound, group: 'manage' },
    component: page('auth', () => import('./features/auth/account-page.tsx')),
  },
];

/** A lazy page: its module has it as default export. */
function page(texts: string, load: () => Promise<{ default: ComponentType }>): ComponentType {
  return lazy(async () => {
    const [module] = await Promise.all([load(), loadTexts(texts)]);
    return module;
  });
}

/** Where a visit begins. */
export function Start() {
  return <Redirect to="/instances" replace />;
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
