import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { register as registerAccount, signIn } from '../../api/session.ts';
import { Button, ErrorBox, Field, Input, Note } from '../../ui/index.ts';
import { AuthScreen } from './auth-screen.tsx';

/** Rules of the API, said before it has to. */
export const MIN_PASSWORD = 8;

/** Sign in, or register. The address stays, so that whoever signs in is where they wanted to be. */
export default function SignedOut({ hasEnded }: { hasEnded: boolean }) {
  const [path] = useLocation();
  return path === '/register' ? <Register /> : <SignIn hasEnded={hasEnded} />;
}

function SignIn({ hasEnded }: { hasEnded: boolean }) {
  const { t } = useTranslation('auth');
  const [path, navigate] = useLocation();
  const { error, run } = useAttempt();
  const { register, handleSubmit, formState } = useForm({ defaultValues: { email: '', password: '' } });
  const { errors, isSubmitting } = formState;
  const submit = handleSubmit((input) =>
    run(async () => {
      await signIn(input);
      if (path === '/sign-in') navigate('/', { replace: true });
    }),
  );
  return (
    <AuthScreen title={t('signIn.title')} lead={t('signIn.lead')}>
      {hasEnded && <Note tone="warn">{t('signIn.ended')}</Note>}
      <form onSubmit={submit} noValidate>
        <Field label={t('email')} error={errors.email?.message}>
          <Input type="email" autoComplete="username" {...register('email', { required: t('required') })} />
        </Field>
        <Field label={t('password')} error={errors.password?.message}>
          <Input
            type="password"
            autoComplete="current-password"
            {...register('password', { required: t('required') })}
          />
        </Field>
        {error !== undefined && <ErrorBox error={error} />}
        <Button type="submit" kind="primary" wide busy={isSubmitting}>
          {t('signIn.action')}
        </Button>
      </form>
      <p>
        {t('signIn.noAccount')} <Link href="/register">{t('register.action')}</Link>
      </p>
    </AuthScreen>
  );
}

function Register() {
  const { t } = useTranslation('auth');
  const [, navigate] = useLocation();
  const { error, run } = useAttempt();
  const { register, handleSubmit, formState } = useForm({ defaultValues: { name: '', email: '', password: '' } });
  const { errors, isSubmitting } = formState;
  const submit = handleSubmit((input) =>
    run(async () => {
      await registerAccount(input);
      navigate('/start', { replace: true });
    }),
  );
  return (
    <AuthScreen title={t('register.title')} lead={t('register.lead')}>
      <form onSubmit={submit} noValidate>
        <Field label={t('name')} error={errors.name?.message}>
          <Input autoComplete="name" {...register('name', { required: t('required') })} />
        </Field>
        <Field label={t('email')} error={errors.email?.message}>
          <Input
            type="email"
            autoComplete="username"
            {...register('email', { required: t('required'), pattern: { value: /^\S+@\S+$/, message: t('noEmail') } })}
          />
        </Field>
        <Field label={t('password')} hint={t('passwordRule', { least: MIN_PASSWORD })} error={errors.password?.message}>
          <Input
            type="password"
            autoComplete="new-password"
            {...register('password', {
              required: t('required'),
              minLength: { value: MIN_PASSWORD, message: t('passwordRule', { least: MIN_PASSWORD }) },
            })}
          />
        </Field>
        {error !== undefined && <ErrorBox error={error} />}
        <Button type="submit" kind="primary" wide busy={isSubmitting}>
          {t('register.action')}
        </Button>
      </form>
      <p>
        {t('register.hasAccount')} <Link href="/sign-in">{t('signIn.action')}</Link>
      </p>
    </AuthScreen>
  );
}

/** Runs what a form does and keeps what it threw. */
export function useAttempt(): { error: unknown; run: (work: () => Promise<unknown>) => Promise<void> } {
  const [error, setError] = useState<unknown>();
  const run = async (work: () => Promise<unknown>) => {
    setError(undefined);
    await work().catch((thrown: unknown) => setError(thrown));
  };
  return { error, run };
}
