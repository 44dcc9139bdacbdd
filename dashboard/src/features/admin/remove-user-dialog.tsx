import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUser } from '../../api/session.ts';
import type { User } from '../../api/types.ts';
import { ConfirmByTyping, Field, Select, toast } from '../../ui/index.ts';
import { useRemoveUser } from './data.ts';

interface RemoveUserDialogProps {
  user: User;
  others: readonly User[];
  onClose: () => void;
}

/** In the choice of who gets the instances. */
const NOBODY = '';

export function RemoveUserDialog({ user: { id, name, email }, others, onClose }: RemoveUserDialogProps) {
  const { t } = useTranslation('admin');
  const self = useUser();
  const [to, setTo] = useState(self.id);
  const remove = useRemoveUser(id);
  return (
    <ConfirmByTyping
      title={t('remove.title', { name })}
      action={t('remove.action')}
      typed={email}
      onClose={onClose}
      onConfirm={async () => {
        await remove.mutateAsync(to === NOBODY ? undefined : to);
        toast(t('remove.done', { name }));
      }}
    >
      <div className="stack">
        <p>{t('remove.text')}</p>
        <Field label={t('remove.instances')}>
          <Select value={to} onChange={(event) => setTo(event.target.value)}>
            {others.map((other) => (
              <option key={other.id} value={other.id}>
                {t('remove.to', { name: other.name })}
              </option>
            ))}
            <option value={NOBODY}>{t('remove.withInstances')}</option>
          </Select>
        </Field>
      </div>
    </ConfirmByTyping>
  );
}
