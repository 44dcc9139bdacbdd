import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Button, Dialog, DialogActions, ErrorBox } from '../../ui/index.ts';
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
    <Dialog title={t('create.open')} onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <WebhookFieldset form={form} error={create.error} />
        {create.isError && <ErrorBox error={create.error} />}
        <DialogActions>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button type="submit" kind="primary" busy={create.isPending}>
            {t('create.action')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
