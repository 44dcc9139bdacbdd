import { Hammer } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { EmptyState, Page } from '../../ui/index.ts';

export default function StatisticsPage() {
  const { t } = useTranslation('statistics');
  return (
    <Page title={t('title')}>
      <EmptyState icon={Hammer} title={t('soon')} />
    </Page>
  );
}
