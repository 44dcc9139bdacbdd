import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { FormDialog } from '../../ui/index.ts';
import { SecretOnce } from '../../ui/secret-once.tsx';
import { useCreate } from './actions.ts';
import { toInput, useWebhookForm, WebhookFieldset } from './webhook-form.tsx';

/** Asks for an endpoint, then shows its secret, then goes to it. */
export function CreateDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('webhooks');
  const [, navigate] = useLocation();
  const create = useCreate();
  const form = useWebhookForm();
  const submit = form.handleSubmit((fields) => create.mutate(toInput(fields)));
  if (create.data?.secret !== undefined) {
    const { id, secret } = create.data;
    return (
      <SecretOnce
        title={t('secret.title')}
        label={t('secret.label')}
        secret={secret}
        onClose={() => {
          onClose();
          navigate(`/webhooks/${id}`);
        }}
      >
        <p>{t('secret.text')}</p>
      </SecretOnce>
    );
  }
  return (
    <FormDialog
      title={t('create.open')}
      action={t('create.action')}
      busy={create.isPending}
      error={create.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <WebhookFieldset form={form} error={create.error} />
    </FormDialog>
  );
}
