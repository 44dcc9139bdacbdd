import { LogOut, QrCode, RotateCw, Settings, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Instance } from '../../api/types.ts';
import { toast, useErrorText } from '../../ui/index.ts';
import { Menu } from '../../ui/menu.tsx';
import { useRestart } from './actions.ts';
import { DeleteDialog, LogOutDialog } from './dangers.tsx';
import { needsLinking } from './status.tsx';

/** What can be done with an instance. `onGone`: after it was deleted. */
export function InstanceMenu({ instance, onGone }: { instance: Instance; onGone?: () => void }) {
  const { t } = useTranslation('instances');
  const [, navigate] = useLocation();
  const [asks, setAsks] = useState<'logOut' | 'delete'>();
  const restart = useRestart(instance.name);
  const errorText = useErrorText();
  const { name } = instance;
  const isUnlinked = needsLinking(instance);
  const close = () => setAsks(undefined);
  return (
    <>
      <Menu
        label={t('menu.label', { name })}
        items={[
          ...(isUnlinked
            ? [{ label: t('link.open'), icon: QrCode, onSelect: () => navigate(`/instances/${name}/link`) }]
            : []),
          { label: t('tabs.settings'), icon: Settings, onSelect: () => navigate(`/instances/${name}/settings`) },
          {
            label: t('restart.action'),
            icon: RotateCw,
            onSelect: () =>
              restart.mutate(undefined, {
                onSuccess: () => toast(t('restart.done', { name })),
                onError: (error) => toast(errorText(error), 'danger'),
              }),
          },
          ...(isUnlinked
            ? []
            : [{ label: t('logOut.action'), icon: LogOut, danger: true, onSelect: () => setAsks('logOut') }]),
          { label: t('delete.action'), icon: Trash2, danger: true, onSelect: () => setAsks('delete') },
        ]}
      />
      {asks === 'logOut' && <LogOutDialog name={name} onClose={close} />}
      {asks === 'delete' && <DeleteDialog name={name} onClose={close} {...(onGone && { onDone: onGone })} />}
    </>
  );
}
