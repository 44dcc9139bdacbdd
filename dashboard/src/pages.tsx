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
import { loadTexts, type Namespace } from './i18n/index.ts';
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

/** Where a page and its texts come from. */
export interface PageSource {
  texts: Namespace;
  load: () => Promise<unknown>;
}

interface PageEntry extends PageSource {
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
    ...page('start', () => import('./features/start/start-page.tsx')),
  },
  {
    path: '/instances',
    menu: { name: 'instances', icon: Smartphone, group: 'work' },
    ...page('instances', () => import('./features/instances/board-page.tsx')),
  },
  { path: '/instances/:name/link', ...page('instances', () => import('./features/instances/link-page.tsx')) },
  {
    path: '/instances/:name/:tab?',
    ...page('instances', () => import('./features/instances/instance-page.tsx')),
  },
  {
    path: '/conversations/:name?/:chat?',
    menu: { name: 'conversations', icon: MessagesSquare, group: 'work' },
    ...page('conversations', () => import('./features/conversations/conversations-page.tsx')),
  },
  {
    path: '/bulk/:name?/:tab?/:id?',
    menu: { name: 'bulk', icon: Clock, group: 'work' },
    ...page('bulk', () => import('./features/bulk/bulk-page.tsx')),
  },
  {
    path: '/keys',
    menu: { name: 'keys', icon: KeyRound, group: 'develop' },
    ...page('keys', () => import('./features/keys/keys-page.tsx')),
  },
  {
    path: '/webhooks/:id?/:tab?',
    menu: { name: 'webhooks', icon: Webhook, group: 'develop' },
    ...page('webhooks', () => import('./features/webhooks/webhooks-page.tsx')),
  },
  {
    path: '/reference',
    menu: { name: 'reference', icon: Code, group: 'develop' },
    ...page('reference', () => import('./features/reference/reference-page.tsx')),
  },
  {
    path: '/statistics',
    menu: { name: 'statistics', icon: ChartLine, group: 'manage' },
    ...page('statistics', () => import('./features/statistics/statistics-page.tsx')),
  },
  {
    path: '/admin/:tab?',
    menu: { name: 'admin', icon: UsersRound, group: 'manage' },
    ...page('admin', () => import('./features/admin/admin-page.tsx')),
  },
  {
    path: '/account',
    menu: { name: 'account', icon: UserRound, group: 'manage' },
    ...page('auth', () => import('./features/auth/account-page.tsx')),
  },
];

/** A lazy page: its module has it as default export. */
function page(
  texts: Namespace,
  load: () => Promise<{ default: ComponentType }>,
): Pick<PageEntry, 'component' | 'texts' | 'load'> {
  const component = lazy(async () => {
    const [module] = await Promise.all([load(), loadTexts(texts)]);
    return module;
  });
  return { component, texts, load };
}

/** What a visit that begins at an address shows first; undefined: nothing has this address. */
export function pageAt(address: string): PageSource | undefined {
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
