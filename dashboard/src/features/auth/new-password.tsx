import { useTranslation } from 'react-i18next';
import { signOut } from '../../api/session.ts';
import { Button } from '../../ui/index.ts';
import { AuthScreen } from './auth-screen.tsx';
import { PasswordForm } from './password-form.tsx';

/** Stands before everything else while somebody has a temporary password. */
export default function NewPassword() {
  const { t } = useTranslation('auth');
  return (
    <AuthScreen title={t('forced.title')} lead={t('forced.lead')}>
      <PasswordForm />
      <div>
        <Button kind="quiet" onClick={() => void signOut()}>
          {t('forced.leave')}
        </Button>
      </div>
    </AuthScreen>
  );
}
