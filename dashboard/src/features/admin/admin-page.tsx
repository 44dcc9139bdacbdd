import { useTranslation } from 'react-i18next';
import { useLocation, useParams } from 'wouter';
import { useUser } from '../../api/session.ts';
import { Note, Page } from '../../ui/index.ts';
import { Tabs } from '../../ui/tabs.tsx';
import { AuditTab } from './audit-tab.tsx';
import { LimitsTab } from './limits-tab.tsx';
import { UsersTab } from './users-tab.tsx';

const TABS = ['users', 'audit', 'limits'] as const;

/** Who may come in, who did what, and what the subscription allows. Others see only what they may. */
export default function AdminPage() {
  const { t } = useTranslation('admin');
  const [, navigate] = useLocation();
  const { tab } = useParams<{ tab?: string }>();
  const user = useUser();
  const present = TABS.find((known) => known === tab) ?? 'users';
  if (user.role !== 'ADMINISTRATOR') {
    return (
      <Page title={t('title')} lead={t('leadOfUser')}>
        <Note>{t('onlyOwn')}</Note>
        <LimitsTab />
      </Page>
    );
  }
  return (
    <Page title={t('title')} lead={t('lead')}>
      <Tabs
        label={t('tabs.label')}
        value={present}
        onChange={(next) => navigate(next === 'users' ? '/admin' : `/admin/${next}`)}
        tabs={[
          { value: 'users', label: t('tabs.users'), content: <UsersTab /> },
          { value: 'audit', label: t('tabs.audit'), content: <AuditTab /> },
          { value: 'limits', label: t('tabs.limits'), content: <LimitsTab /> },
        ]}
      />
    </Page>
  );
}
