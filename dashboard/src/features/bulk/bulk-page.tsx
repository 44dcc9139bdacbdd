import { useTranslation } from 'react-i18next';
import { useLocation, useParams } from 'wouter';
import { ErrorBox, Field, Loading, NoInstance, Page, Select } from '../../ui/index.ts';
import { Tabs } from '../../ui/tabs.tsx';
import { useInstances } from '../instances/data.ts';
import styles from './bulk.module.css';
import { BulkDetails } from './bulk-details.tsx';
import { BulkList } from './bulk-list.tsx';
import { NewBulk } from './new-bulk.tsx';
import { ScheduledTab } from './scheduled-tab.tsx';
import { TemplatesTab } from './templates-tab.tsx';

const TABS = ['sends', 'scheduled', 'templates'] as const;

/** Messages to many, messages for later, and templates; or one message to many: a new one, or how far it is. */
export default function BulkPage() {
  const { name, tab, id } = useParams<{ name?: string; tab?: string; id?: string }>();
  if (name !== undefined && tab === 'new') return <NewBulk name={name} />;
  if (name !== undefined && id !== undefined) return <BulkDetails key={id} name={name} id={id} />;
  return <Overview name={name} tab={tab} />;
}

function Overview({ name: chosen, tab }: { name: string | undefined; tab: string | undefined }) {
  const { t } = useTranslation('bulk');
  const [, navigate] = useLocation();
  const instances = useInstances();
  const name = chosen ?? instances.data?.[0]?.name;
  const present = TABS.find((known) => known === tab) ?? 'sends';
  const go = (to: string, next: string) => navigate(`/bulk/${encodeURIComponent(to)}/${next}`);
  return (
    <Page title={t('title')} lead={t('lead')}>
      {instances.isError && <ErrorBox error={instances.error} onRetry={() => void instances.refetch()} />}
      {instances.isPending && <Loading />}
      {instances.data?.length === 0 && <NoInstance>{t('noInstance')}</NoInstance>}
      {instances.data && name !== undefined && (
        <>
          <div className={styles.scope}>
            <Field label={t('instance')}>
              <Select value={name} onChange={(event) => go(event.target.value, present)}>
                {instances.data.map((instance) => (
                  <option key={instance.id}>{instance.name}</option>
                ))}
              </Select>
            </Field>
          </div>
          <Tabs
            label={t('tabs.label')}
            value={present}
            onChange={(next) => go(name, next)}
            tabs={[
              { value: 'sends', label: t('tabs.sends'), content: <BulkList key={name} name={name} /> },
              { value: 'scheduled', label: t('tabs.scheduled'), content: <ScheduledTab key={name} name={name} /> },
              { value: 'templates', label: t('tabs.templates'), content: <TemplatesTab /> },
            ]}
          />
        </>
      )}
    </Page>
  );
}
