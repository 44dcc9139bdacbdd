import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { api } from '../../api/client.ts';
import { setUser, signOut, useUser } from '../../api/session.ts';
import type { User } from '../../api/types.ts';
import { Actions, Button, Card, Confirm, ErrorBox, Facts, Field, Input, Page, toast } from '../../ui/index.ts';
import styles from './account.module.css';
import { PasswordForm } from './password-form.tsx';
import { useAttempt } from './signed-out.tsx';

/** Everybody's own: name, password, sessions. */
export default function AccountPage() {
  const { t } = useTranslation('auth');
  const user = useUser();
  const [asks, setAsks] = useState(false);
  return (
    <Page title={t('account.title')} lead={t('account.lead')}>
      <div className={styles.columns}>
        <Card title={t('account.profile')}>
          <Facts
            items={[
              [t('email'), user.email],
              [t('account.role'), t(`roles.${user.role}`)],
            ]}
          />
          <ProfileForm />
        </Card>
        <Card title={t('changePassword.title')}>
          <PasswordForm onDone={() => toast(t('changePassword.done'))} />
        </Card>
        <Card title={t('sessions.title')}>
          <p>{t('sessions.text')}</p>
          <Actions>
            <Button onClick={() => void signOut()}>{t('sessions.here')}</Button>
            <Button kind="danger" onClick={() => setAsks(true)}>
              {t('sessions.everywhere')}
            </Button>
          </Actions>
        </Card>
      </div>
      {asks && (
        <Confirm
          title={t('sessions.everywhere')}
          action={t('sessions.everywhere')}
          danger
          onClose={() => setAsks(false)}
          onConfirm={() => signOut({ everywhere: true })}
        >
          {t('sessions.consequence')}
        </Confirm>
      )}
    </Page>
  );
}

function ProfileForm() {
  const { t } = useTranslation('auth');
  const user = useUser();
  const { error, run } = useAttempt();
  const { register, handleSubmit, formState } = useForm({ values: { name: user.name } });
  const submit = handleSubmit((body) =>
    run(async () => {
      setUser(await api<User>('PUT', '/api/profile', { body }));
      toast(t('account.saved'));
    }),
  );
  return (
    <form onSubmit={submit} noValidate>
      <Field label={t('name')} error={formState.errors.name?.message}>
        <Input autoComplete="name" {...register('name', { required: t('required') })} />
      </Field>
      {error !== undefined && <ErrorBox error={error} />}
      <div>
        <Button type="submit" busy={formState.isSubmitting} disabled={!formState.isDirty}>
          {t('account.save')}
        </Button>
      </div>
    </form>
  );
}
