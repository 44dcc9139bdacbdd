import { Plus, Smartphone } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, EmptyState, ErrorBox, Grid, Loading, Page } from '../../ui/index.ts';
import styles from './board.module.css';
import { useInstances, useOverview } from './data.ts';
import { InstanceCard } from './instance-card.tsx';

const CreateDialog = lazy(() => import('./create-dialog.tsx'));

/** Every instance that the user may reach, as it stands. */
export default function BoardPage() {
  const { t } = useTranslation('instances');
  const [creates, setCreates] = useState(false);
  const instances = useInstances();
  const overview = useOverview();
  const ofName = new Map(overview.data?.instances.map((row) => [row.name, row]));
  const create = (
    <Button kind="primary" onClick={() => setCreates(true)}>
      <Plus aria-hidden />
      {t('create.open')}
    </Button>
  );
  return (
    <Page title={t('title')} lead={t('lead')} actions={instances.data?.length ? create : undefined}>
      {overview.data && instances.data && instances.data.length > 0 && (
        <dl className={styles.usage}>
          <div>
            <dt>{t('usage.instances')}</dt>
            <dd>{overview.data.subscription.usage.instances}</dd>
          </div>
          <div>
            <dt>{t('usage.messages')}</dt>
            <dd>{overview.data.subscription.usage.monthlyMessages}</dd>
          </div>
          <div>
            <dt>{t('usage.apiCalls')}</dt>
            <dd>{overview.data.subscription.usage.apiCalls}</dd>
          </div>
        </dl>
      )}
      {instances.isError && <ErrorBox error={instances.error} onRetry={() => void instances.refetch()} />}
      {instances.isPending && <Loading />}
      {instances.data?.length === 0 && (
        <EmptyState icon={Smartphone} title={t('empty.title')} actions={create}>
          {t('empty.text')}
        </EmptyState>
      )}
      {instances.data && instances.data.length > 0 && (
        <Grid>
          {instances.data.map((instance) => (
            <InstanceCard key={instance.id} instance={instance} overview={ofName.get(instance.name)} />
          ))}
        </Grid>
      )}
      {creates && (
        <Suspense>
          <CreateDialog onClose={() => setCreates(false)} />
        </Suspense>
      )}
    </Page>
  );
}
