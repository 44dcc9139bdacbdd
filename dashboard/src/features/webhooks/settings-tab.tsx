import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Webhook } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Actions, Button, Card, Confirm, ErrorBox, Note, Switch, Tag, toast, useErrorText } from '../../ui/index.ts';
import { SecretOnce } from '../../ui/secret-once.tsx';
import { useChange, useRemove, useRotate } from './actions.ts';
import { toInput, useWebhookForm, WebhookFieldset } from './webhook-form.tsx';

export function SettingsTab({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation('webhooks');
  const [, navigate] = useLocation();
  const [deletes, setDeletes] = useState(false);
  const errorText = useErrorText();
  const { id, isActive } = webhook;
  const change = useChange(id);
  const activate = useChange(id);
  const remove = useRemove(id);
  const form = useWebhookForm(webhook);
  const submit = form.handleSubmit(async (fields) => {
    const changed = await change.mutateAsync(toInput(fields, webhook)).catch(() => undefined);
    if (!changed) return;
    form.reset({ ...fields, headers: '', dropHeaders: false });
    toast(t('settings.saved'));
  });
  return (
    <div className="stack">
      <Card>
        <Switch
          label={t('settings.active')}
          hint={t('settings.activeHint')}
          checked={isActive}
          disabled={activate.isPending}
          onChange={(event) =>
            activate.mutate(
              { isActive: event.target.checked },
              { onError: (error) => toast(errorText(error), 'danger') },
            )
          }
        />
      </Card>
      <Card title={t('settings.what')}>
        <form className="stack" onSubmit={submit} noValidate>
          {webhook.format !== 'native' && (
            <Note>
              <p>{t('settings.otherFormat')}</p>
              <p>
                {webhook.events.map((name) => (
                  <Tag key={name}>{name}</Tag>
                ))}
              </p>
            </Note>
          )}
          <WebhookFieldset form={form} webhook={webhook} error={change.error} />
          {change.isError && <ErrorBox error={change.error} />}
          <Actions>
            <Button type="submit" kind="primary" busy={change.isPending} disabled={!form.formState.isDirty}>
              {t('settings.save')}
            </Button>
          </Actions>
        </form>
      </Card>
      <SecretCard webhook={webhook} />
      <Card title={t('settings.danger')}>
        <p>{t('settings.deleteText')}</p>
        <Actions>
          <Button kind="danger" onClick={() => setDeletes(true)}>
            {t('settings.delete')}
          </Button>
        </Actions>
      </Card>
      {deletes && (
        <Confirm
          title={t('settings.deleteTitle')}
          action={t('settings.delete')}
          danger
          onClose={() => setDeletes(false)}
          onConfirm={async () => {
            await remove.mutateAsync();
            toast(t('settings.deleted'));
            navigate('/webhooks', { replace: true });
          }}
        >
          {t('settings.deleteText')}
        </Confirm>
      )}
    </div>
  );
}

function SecretCard({ webhook: { id, oldSecretUntil } }: { webhook: Webhook }) {
  const { t } = useTranslation('webhooks');
  const format = useFormat();
  const [asks, setAsks] = useState(false);
  const rotate = useRotate(id);
  const isOverlapping = oldSecretUntil !== null && Date.parse(oldSecretUntil) > Date.now();
  return (
    <Card title={t('secret.label')}>
      <p>{t('secret.rotateText')}</p>
      {isOverlapping && <Note>{t('secret.overlap', { at: format.dateTime(oldSecretUntil) })}</Note>}
      <Actions>
        <Button onClick={() => setAsks(true)}>{t('secret.rotate')}</Button>
      </Actions>
      {asks && (
        <Confirm
          title={t('secret.rotateTitle')}
          action={t('secret.rotate')}
          onClose={() => setAsks(false)}
          onConfirm={() => rotate.mutateAsync()}
        >
          {t('secret.rotateText')}
        </Confirm>
      )}
      {rotate.data && !asks && (
        <SecretOnce
          title={t('secret.newTitle')}
          label={t('secret.label')}
          secret={rotate.data.secret}
          onClose={() => rotate.reset()}
        >
          <p>{t('secret.overlap', { at: format.dateTime(rotate.data.oldSecretUntil) })}</p>
        </SecretOnce>
      )}
    </Card>
  );
}
