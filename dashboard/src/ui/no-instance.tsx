import { type LucideIcon, Smartphone } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { LinkButton } from './button.tsx';
import { EmptyState } from './feedback.tsx';

/** Stands where nothing can be before there is an instance. `children`: what there would be then. */
export function NoInstance({ icon = Smartphone, children }: { icon?: LucideIcon; children: ReactNode }) {
  const { t } = useTranslation('ui');
  return (
    <EmptyState
      icon={icon}
      title={t('noInstance.title')}
      actions={
        <LinkButton to="/instances" kind="primary">
          {t('noInstance.action')}
        </LinkButton>
      }
    >
      {children}
    </EmptyState>
  );
}
