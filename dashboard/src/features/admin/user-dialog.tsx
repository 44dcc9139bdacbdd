import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { User } from '../../api/types.ts';
import { Choices, Field, FormDialog, faultsOf, Input, toast } from '../../ui/index.ts';
import { type NewUser, type UserInput, useChangeUser, useCreateUser } from './data.ts';

interface UserDialogProps {
  /** Absent: a new one. */
  user?: User;
  onClose: () => void;
  onMade?: (user: NewUser) => void;
}

export function UserDialog({ user, onClose, onMade }: UserDialogProps) {
  const { t } = useTranslation('admin');
  const create = useCreateUser();
  const change = useChangeUser(user?.id ?? '');
  const error = create.error ?? change.error;
  const faults = faultsOf(error);
  const { register, handleSubmit, formState } = useForm<UserInput>({
    defaultValues: { name: user?.name ?? '', email: user?.email ?? '', role: user?.role ?? 'USER' },
  });
  const { errors } = formState;
  const submit = handleSubmit(async (input) => {
    const asked = user ? change.mutateAsync(input) : create.mutateAsync(input);
    const done = await asked.catch(() => undefined);
    if (!done) return;
    onClose();
    if (user) toast(t('edit.done'));
    else onMade?.(done);
  });
  return (
    <FormDialog
      title={user ? t('edit.title', { name: user.name }) : t('create.open')}
      action={t(user ? 'edit.save' : 'create.action')}
      busy={create.isPending || change.isPending}
      error={error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label={t('form.name')} error={errors.name?.message ?? faults.get('name')}>
        <Input autoComplete="off" maxLength={100} {...register('name', { required: t('form.nameRule') })} />
      </Field>
      <Field label={t('form.email')} error={errors.email?.message ?? faults.get('email')}>
        <Input
          type="email"
          autoComplete="off"
          {...register('email', {
            required: t('form.emailRule'),
            pattern: { value: /^\S+@\S+\.\S+$/, message: t('form.emailRule') },
          })}
        />
      </Field>
      <Choices
        legend={t('form.role')}
        options={(['USER', 'ADMINISTRATOR'] as const).map((role) => ({
          value: role,
          label: t(`roles.${role}`),
          hint: t(`roleHints.${role}`),
        }))}
        {...register('role')}
      />
    </FormDialog>
  );
}
