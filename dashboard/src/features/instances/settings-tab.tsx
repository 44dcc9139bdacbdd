import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Instance, InstanceSettings } from '../../api/types.ts';
import { Actions, Button, Card, ErrorBox, Field, Input, Select, Switch, TextArea, toast } from '../../ui/index.ts';
import { useChange } from './actions.ts';
import { DeleteDialog, LogOutDialog } from './dangers.tsx';
import { INSTANCE_NAME } from './data.ts';
import { needsLinking } from './status.tsx';

/** As the form has them: texts are texts, numbers are numbers of seconds and megabytes. */
interface Form {
  name: string;
  autoReconnect: boolean;
  delaySeconds: number;
  pacing: 'auto' | 'on' | 'off';
  newChatSeconds: number;
  markOnline: boolean;
  readReceipts: boolean;
  rejectCalls: boolean;
  rejectCallsReply: string;
  mediaDownload: boolean;
  mediaMaxMb: number;
  proxy: string;
}

const MEGABYTE = 1_024 * 1_024;

export function SettingsTab({ instance }: { instance: Instance }) {
  const { t } = useTranslation('instances');
  const [, navigate] = useLocation();
  const [asks, setAsks] = useState<'logOut' | 'delete'>();
  const change = useChange(instance.name);
  const { register, handleSubmit, formState, watch } = useForm<Form>({ values: toForm(instance) });
  const { errors, isDirty } = formState;
  const submit = handleSubmit(async (form) => {
    const { name } = form;
    const settings = toSettings(form, instance.settings);
    const changed = await change
      .mutateAsync({ ...(name !== instance.name && { name }), settings })
      .catch(() => undefined);
    if (!changed) return;
    toast(t('settings.saved'));
    if (changed.name !== instance.name) navigate(`/instances/${changed.name}/settings`, { replace: true });
  });
  const range = (max: number) => ({
    valueAsNumber: true,
    min: { value: 0, message: t('settings.range', { max }) },
    max: { value: max, message: t('settings.range', { max }) },
    validate: (value: number) => !Number.isNaN(value) || t('settings.range', { max }),
  });
  return (
    <div className="stack">
      <form className="stack" onSubmit={submit} noValidate>
        <Card title={t('settings.general')}>
          <Field label={t('create.name')} hint={t('create.nameHint')} error={errors.name?.message}>
            <Input
              spellCheck={false}
              autoComplete="off"
              {...register('name', { pattern: { value: INSTANCE_NAME, message: t('create.nameRule') } })}
            />
          </Field>
          <Switch label={t('settings.autoReconnect')} {...register('autoReconnect')} />
          <Switch label={t('settings.markOnline')} hint={t('settings.markOnlineHint')} {...register('markOnline')} />
          <Switch label={t('settings.readReceipts')} {...register('readReceipts')} />
        </Card>
        <Card title={t('settings.sending')}>
          <Field label={t('settings.pacing')} hint={t('settings.pacingHint')}>
            <Select {...register('pacing')}>
              <option value="auto">{t('settings.pacingAuto')}</option>
              <option value="on">{t('settings.on')}</option>
              <option value="off">{t('settings.off')}</option>
            </Select>
          </Field>
          <div className="fields">
            <Field label={t('settings.delay')} error={errors.delaySeconds?.message}>
              <Input type="number" step="0.1" min="0" max="60" {...register('delaySeconds', range(60))} />
            </Field>
            <Field label={t('settings.newChatDelay')} error={errors.newChatSeconds?.message}>
              <Input type="number" step="1" min="0" max="3600" {...register('newChatSeconds', range(3_600))} />
            </Field>
          </div>
        </Card>
        <Card title={t('settings.calls')}>
          <Switch label={t('settings.rejectCalls')} {...register('rejectCalls')} />
          {watch('rejectCalls') && (
            <Field label={t('settings.rejectReply')} hint={t('settings.rejectReplyHint')} optional>
              <TextArea maxLength={1_000} {...register('rejectCallsReply')} />
            </Field>
          )}
        </Card>
        <Card title={t('settings.media')}>
          <Switch label={t('settings.mediaDownload')} {...register('mediaDownload')} />
          <Field label={t('settings.mediaMax')} error={errors.mediaMaxMb?.message}>
            <Input type="number" step="1" min="1" max="100" {...register('mediaMaxMb', range(100))} />
          </Field>
        </Card>
        <Card title={t('settings.network')}>
          <Field label={t('settings.proxy')} hint={t('settings.proxyHint')} optional>
            <Input
              spellCheck={false}
              autoComplete="off"
              placeholder="socks5://user:password@proxy.example.com:1080"
              {...register('proxy')}
            />
          </Field>
        </Card>
        {change.isError && <ErrorBox error={change.error} />}
        <Actions>
          <Button type="submit" kind="primary" busy={change.isPending} disabled={!isDirty}>
            {t('settings.save')}
          </Button>
        </Actions>
      </form>
      <Card title={t('settings.danger')}>
        <p>{t('settings.dangerText')}</p>
        <Actions>
          {!needsLinking(instance) && (
            <Button kind="danger" onClick={() => setAsks('logOut')}>
              {t('logOut.action')}
            </Button>
          )}
          <Button kind="danger" onClick={() => setAsks('delete')}>
            {t('delete.action')}
          </Button>
        </Actions>
      </Card>
      {asks === 'logOut' && <LogOutDialog name={instance.name} onClose={() => setAsks(undefined)} />}
      {asks === 'delete' && (
        <DeleteDialog
          name={instance.name}
          onClose={() => setAsks(undefined)}
          onDone={() => navigate('/instances', { replace: true })}
        />
      )}
    </div>
  );
}

function toForm({ name, settings }: Instance): Form {
  return {
    name,
    autoReconnect: settings.autoReconnect,
    delaySeconds: settings.messageDelay / 1_000,
    pacing: settings.pacing === null ? 'auto' : settings.pacing ? 'on' : 'off',
    newChatSeconds: settings.newChatDelay / 1_000,
    markOnline: settings.markOnline,
    readReceipts: settings.readReceipts,
    rejectCalls: settings.rejectCalls,
    rejectCallsReply: settings.rejectCallsReply ?? '',
    mediaDownload: settings.mediaDownload,
    mediaMaxMb: settings.mediaMaxBytes / MEGABYTE,
    proxy: settings.proxy ?? '',
  };
}

/** A proxy that was not touched is left out: what is shown of it has no password. */
function toSettings(form: Form, before: InstanceSettings): Partial<InstanceSettings> {
  const proxy = form.proxy.trim() || null;
  return {
    autoReconnect: form.autoReconnect,
    messageDelay: Math.round(form.delaySeconds * 1_000),
    pacing: form.pacing === 'auto' ? null : form.pacing === 'on',
    newChatDelay: Math.round(form.newChatSeconds * 1_000),
    markOnline: form.markOnline,
    readReceipts: form.readReceipts,
    rejectCalls: form.rejectCalls,
    rejectCallsReply: form.rejectCallsReply.trim() || null,
    mediaDownload: form.mediaDownload,
    mediaMaxBytes: Math.round(form.mediaMaxMb * MEGABYTE),
    ...(proxy !== before.proxy && { proxy }),
  };
}
