import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { changePassword } from '../../api/session.ts';
import { Button, ErrorBox, Field, Input } from '../../ui/index.ts';
import { MIN_PASSWORD, useAttempt } from './signed-out.tsx';

/** The present password, the new one twice. */
export function PasswordForm({ onDone }: { onDone?: () => void }) {
  const { t } = useTranslation('auth');
  const { error, run } = useAttempt();
  const { register, handleSubmit, formState, reset } = useForm({
    defaultValues: { currentPassword: '', newPassword: '', again: '' },
  });
  const { errors, isSubmitting } = formState;
  const submit = handleSubmit(({ currentPassword, newPassword }) =>
    run(async () => {
      await changePassword({ currentPassword, newPassword });
      reset();
      onDone?.();
    }),
  );
  const rule = t('passwordRule', { least: MIN_PASSWORD });
  return (
    <form onSubmit={submit} noValidate>
      <Field label={t('currentPassword')} error={errors.currentPassword?.message}>
        <Input
          type="password"
          autoComplete="current-password"
          {...register('currentPassword', { required: t('required') })}
        />
      </Field>
      <Field label={t('newPassword')} hint={rule} error={errors.newPassword?.message}>
        <Input
          type="password"
          autoComplete="new-password"
          {...register('newPassword', {
            required: t('required'),
            minLength: { value: MIN_PASSWORD, message: rule },
          })}
        />
      </Field>
      <Field label={t('again')} error={errors.again?.message}>
        <Input
          type="password"
          autoComplete="new-password"
          {...register('again', { validate: (text, { newPassword }) => text === newPassword || t('notTheSame') })}
        />
      </Field>
      {error !== undefined && <ErrorBox error={error} />}
      <div>
        <Button type="submit" kind="primary" busy={isSubmitting}>
          {t('changePassword.action')}
        </Button>
      </div>
    </form>
  );
}
