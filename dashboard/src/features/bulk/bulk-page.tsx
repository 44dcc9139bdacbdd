import { Hammer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState, Page } from '../../ui/index.ts';

export default function BulkPage() {
  const { t } = useTranslation('bulk');
  return (
    <Page title={t('title')}>
      <EmptyState icon={Hammer} title={t('soon')} />
    </Page>
  );
}
