import { KeyRound, Pencil, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUser } from '../../api/session.ts';
import type { User } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Actions, Badge, Button, Confirm, ErrorBox, Loading, Tag } from '../../ui/index.ts';
import { Menu } from '../../ui/menu.tsx';
import { Row, Rows } from '../../ui/rows.tsx';
import { SecretOnce } from '../../ui/secret-once.tsx';
import { type NewUser, useChangeUser, useUsers } from './data.ts';
import { RemoveUserDialog } from './remove-user-dialog.tsx';
import { UserDialog } from './user-dialog.tsx';

export function UsersTab() {
  const { t } = useTranslation('admin');
  const [creates, setCreates] = useState(false);
  const [made, setMade] = useState<NewUser>();
  const users = useUsers();
  return (
    <div className="stack">
      <Actions>
        <Button kind="primary" onClick={() => setCreates(true)}>
          <Plus aria-hidden />
          {t('create.open')}
        </Button>
      </Actions>
      {users.isError && <ErrorBox error={users.error} onRetry={() => void users.refetch()} />}
      {users.isPending && <Loading />}
      {users.data && (
        <Rows label={t('tabs.users')}>
          {users.data.map((user) => (
            <UserRow
              key={user.id}
              user={user}
              others={users.data.filter(({ id }) => id !== user.id)}
              onMade={setMade}
            />
          ))}
        </Rows>
      )}
      {creates && <UserDialog onClose={() => setCreates(false)} onMade={setMade} />}
      {made?.temporaryPassword !== undefined && (
        <SecretOnce
          title={t('password.title', { name: made.name })}
          label={t('password.label')}
          secret={made.temporaryPassword}
          onClose={() => setMade(undefined)}
        >
          <p>{t('password.text', { email: made.email })}</p>
        </SecretOnce>
      )}
    </div>
  );
}

interface UserRowProps {
  user: User;
  others: readonly User[];
  /** Somebody has a temporary password. */
  onMade: (user: NewUser) => void;
}

function UserRow({ user, others, onMade }: UserRowProps) {
  const { t } = useTranslation('admin');
  const format = useFormat();
  const self = useUser();
  const [asks, setAsks] = useState<'edit' | 'reset' | 'remove'>();
  const { id, name, email, role, mustChangePassword, createdAt } = user;
  const change = useChangeUser(id);
  const close = () => setAsks(undefined);
  const isSelf = id === self.id;
  return (
    <Row
      title={name}
      badge={
        <>
          <Badge tone={role === 'ADMINISTRATOR' ? 'good' : 'neutral'}>{t(`roles.${role}`)}</Badge>
          {isSelf && <Tag>{t('you')}</Tag>}
        </>
      }
      actions={
        !isSelf && (
          <Menu
            label={t('menu', { name })}
            items={[
              { label: t('edit.action'), icon: Pencil, onSelect: () => setAsks('edit') },
              { label: t('reset.action'), icon: KeyRound, onSelect: () => setAsks('reset') },
              { label: t('remove.action'), icon: Trash2, danger: true, onSelect: () => setAsks('remove') },
            ]}
          />
        )
      }
    >
      <span>{email}</span>
      <span>{t('since', { at: format.date(createdAt) })}</span>
      {mustChangePassword && <span>{t('password.temporary')}</span>}
      {asks === 'edit' && <UserDialog user={user} onClose={close} />}
      {asks === 'reset' && (
        <Confirm
          title={t('reset.title', { name })}
          action={t('reset.action')}
          onClose={close}
          onConfirm={async () => onMade(await change.mutateAsync({ resetPassword: true }))}
        >
          {t('reset.text')}
        </Confirm>
      )}
      {asks === 'remove' && <RemoveUserDialog user={user} others={others} onClose={close} />}
    </Row>
  );
}
