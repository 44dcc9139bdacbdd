import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { Field, FormDialog, Input, Switch, toast } from '../../ui/index.ts';
import { type ReplayInput, useReplayMany } from './actions.ts';

interface Range {
  from: string;
  to: string;
  failed: boolean;
}

/** Sends again what happened in a time, in the clock of the reader. */
export function ReplayRange({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation('webhooks');
  const replay = useReplayMany(id);
  const { register, handleSubmit, formState } = useForm<Range>({ defaultValues: { from: '', to: '', failed: true } });
  const submit = handleSubmit(async ({ from, to, failed }) => {
    const input: ReplayInput = { from: isoOf(from), ...(to && { to: isoOf(to) }), ...(failed && { failed }) };
    const done = await replay.mutateAsync(input).then(
      () => true,
      () => false,
    );
    if (!done) return;
    toast(t('replay.begun'));
    onClose();
  });
  return (
    <FormDialog
      title={t('replay.range')}
      action={t('replay.action')}
      busy={replay.isPending}
      error={replay.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{t('replay.rangeText')}</p>
      <Field label={t('log.from')} error={formState.errors.from?.message}>
        <Input type="datetime-local" {...register('from', { required: t('replay.fromRule') })} />
      </Field>
      <Field label={t('log.to')} hint={t('replay.toHint')} optional>
        <Input type="datetime-local" {...register('to')} />
      </Field>
      <Switch label={t('replay.onlyFailed')} hint={t('replay.onlyFailedHint')} {...register('failed')} />
    </FormDialog>
  );
}

function isoOf(local: string): string {
  return new Date(local).toISOString();
}
