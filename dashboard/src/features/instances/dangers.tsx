import { useTranslation } from 'react-i18next';
import { Confirm, ConfirmByTyping, toast } from '../../ui/index.ts';
import { useDelete, useLogOut } from './actions.ts';

interface DangerProps {
  name: string;
  onClose: () => void;
  /** After it was done. */
  onDone?: () => void;
}

export function LogOutDialog({ name, onClose, onDone }: DangerProps) {
  const { t } = useTranslation('instances');
  const logOut = useLogOut(name);
  const confirm = async () => {
    await logOut.mutateAsync();
    toast(t('logOut.done', { name }));
    onDone?.();
  };
  return (
    <Confirm
      title={t('logOut.title', { name })}
      action={t('logOut.action')}
      danger
      onConfirm={confirm}
      onClose={onClose}
    >
      {t('logOut.text')}
    </Confirm>
  );
}

export function DeleteDialog({ name, onClose, onDone }: DangerProps) {
  const { t } = useTranslation('instances');
  const remove = useDelete(name);
  const confirm = async () => {
    await remove.mutateAsync();
    toast(t('delete.done', { name }));
    onDone?.();
  };
  return (
    <ConfirmByTyping
      title={t('delete.title', { name })}
      action={t('delete.action')}
      typed={name}
      onConfirm={confirm}
      onClose={onClose}
    >
      {t('delete.text')}
    </ConfirmByTyping>
  );
}
