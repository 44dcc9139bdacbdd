import { useTranslation } from 'react-i18next';
import { useLocation, useParams } from 'wouter';
import { ErrorBox, LinkButton, Loading, Page } from '../../ui/index.ts';
import { Tabs } from '../../ui/tabs.tsx';
import { useConnection, useInstance } from './data.ts';
import { HealthTab } from './health-tab.tsx';
import { InstanceMenu } from './instance-menu.tsx';
import { OverviewTab } from './overview-tab.tsx';
import { SettingsTab } from './settings-tab.tsx';
import { needsLinking } from './status.tsx';

const TABS = ['overview', 'health', 'settings'] as const;

/** One instance: how it stands, how it does, and how it is set. */
export default function InstancePage() {
  const { t } = useTranslation('instances');
  const [, navigate] = useLocation();
  const { name = '', tab } = useParams<{ name: string; tab?: string }>();
  const instance = useInstance(name);
  const connection = useConnection(name);
  const error = instance.error ?? connection.error;
  const present = TABS.find((known) => known === tab) ?? 'overview';
  const actions = instance.data && (
    <>
      {needsLinking(instance.data) && (
        <LinkButton to={`/instances/${name}/link`} kind="primary">
          {t('link.open')}
        </LinkButton>
      )}
      <InstanceMenu instance={instance.data} onGone={() => navigate('/instances')} />
    </>
  );
  return (
    <Page title={name} back={{ to: '/instances', label: t('title') }} actions={actions}>
      {error && <ErrorBox error={error} onRetry={() => void Promise.all([instance.refetch(), connection.refetch()])} />}
      {!error && (!instance.data || !connection.data) && <Loading />}
      {instance.data && connection.data && (
        <Tabs
          label={t('tabs.label')}
          value={present}
          onChange={(next) => navigate(next === 'overview' ? `/instances/${name}` : `/instances/${name}/${next}`)}
          tabs={[
            {
              value: 'overview',
              label: t('tabs.overview'),
              content: <OverviewTab instance={instance.data} connection={connection.data} />,
            },
            { value: 'health', label: t('tabs.health'), content: <HealthTab connection={connection.data} /> },
            {
              value: 'settings',
              label: t('tabs.settings'),
              content: <SettingsTab key={instance.data.id} instance={instance.data} />,
            },
          ]}
        />
      )}
    </Page>
  );
}
