import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Checks } from '../../ui/checks.tsx';
import {
  Actions,
  Button,
  Card,
  ErrorBox,
  Field,
  faultsOf,
  Input,
  Page,
  Switch,
  TextArea,
  toast,
} from '../../ui/index.ts';
import { useInstances } from '../instances/data.ts';
import { usePreview, useSend } from './actions.ts';
import styles from './bulk.module.css';
import { useTemplates } from './data.ts';
import { type BulkFields, EMPTY, toInput } from './input.ts';
import { MessageFields } from './message-fields.tsx';
import { Preview } from './preview.tsx';

const EXAMPLE = 'phone,name,order\n6281234567890,Ann,4711\n6281234567891,Bob,4712';
/** The column of the recipient; the others are variables. */
const TO = new Set(['to', 'phone', 'number']);

/** Writes one message to many: what, to whom, how fast; checked line by line before anything is sent. */
export function NewBulk({ name }: { name: string }) {
  const { t } = useTranslation('bulk');
  const [, navigate] = useLocation();
  const instances = useInstances();
  const templates = useTemplates();
  const preview = usePreview(name);
  const send = useSend(name);
  /** What was checked last: another input has to be checked first. */
  const [checked, setChecked] = useState<string>();
  const form = useForm<BulkFields>({ defaultValues: EMPTY });
  const { register, handleSubmit, formState, watch, setValue } = form;
  const { errors } = formState;
  const input = toInput(watch(), name);
  const isChecked = checked === JSON.stringify(input) && preview.data !== undefined;
  const mayGo = isChecked && preview.data.valid > 0 && (preview.data.invalid === 0 || input.skipInvalid);
  const variables = columnsOf(watch('csv')).filter((column) => !TO.has(column.toLowerCase()));
  const others = instances.data?.map((instance) => instance.name).filter((other) => other !== name) ?? [];
  const faults = faultsOf(preview.error ?? send.error);
  const check = handleSubmit(async (fields) => {
    const asked = toInput(fields, name);
    send.reset();
    const seen = await preview.mutateAsync(asked).catch(() => undefined);
    if (seen) setChecked(JSON.stringify(asked));
  });
  const go = async () => {
    const made = await send.mutateAsync(input).catch(() => undefined);
    if (!made) return;
    toast(t('create.done'));
    navigate(`/bulk/${encodeURIComponent(name)}/sends/${made.bulkId}`);
  };
  const choose = async (file: File | undefined) => {
    if (file) setValue('csv', await file.text(), { shouldDirty: true, shouldValidate: true });
  };
  return (
    <Page
      title={t('create.open')}
      lead={t('create.lead', { name })}
      back={{ to: `/bulk/${encodeURIComponent(name)}/sends`, label: t('title') }}
    >
      <form className="stack" onSubmit={check} noValidate>
        <div className={styles.columns}>
          <div className="stack">
            <Card title={t('form.who')}>
              <div className={styles.file}>
                <label className="visually-hidden" htmlFor="bulk-file">
                  {t('form.file')}
                </label>
                <input
                  id="bulk-file"
                  type="file"
                  accept=".csv,text/csv,text/plain"
                  onChange={(event) => void choose(event.target.files?.[0])}
                />
              </div>
              <Field label={t('form.csv')} hint={t('form.csvHint')} error={errors.csv?.message ?? faults.get('csv')}>
                <TextArea
                  rows={7}
                  spellCheck={false}
                  placeholder={EXAMPLE}
                  {...register('csv', { required: t('form.csvRule') })}
                />
              </Field>
              <Switch label={t('form.skipInvalid')} {...register('skipInvalid')} />
              <Switch
                label={t('form.skipUnregistered')}
                hint={t('form.skipUnregisteredHint')}
                {...register('skipUnregistered')}
              />
            </Card>
            <Card title={t('form.how')}>
              <Field
                label={t('form.perMinute')}
                hint={t('form.perMinuteHint')}
                error={errors.perMinute?.message ?? faults.get('pacing')}
              >
                <Input
                  type="number"
                  min="0"
                  max="6000"
                  {...register('perMinute', {
                    valueAsNumber: true,
                    validate: (value) => (value >= 0 && value <= 6_000) || t('form.perMinuteRule'),
                  })}
                />
              </Field>
              <Field label={t('form.later')} hint={t('form.laterHint')} error={faults.get('sendAt')} optional>
                <Input type="datetime-local" {...register('later')} />
              </Field>
              {others.length > 0 && (
                <Checks
                  legend={t('form.others')}
                  groups={[{ label: t('form.othersHint'), values: others }]}
                  {...register('others')}
                />
              )}
            </Card>
          </div>
          <div className="stack">
            <Card title={t('form.what')}>
              <MessageFields
                name={name}
                form={form}
                templates={templates.rows ?? []}
                variables={variables}
                faults={faults}
              />
              <Field label={t('form.title')} hint={t('form.titleHint')} optional>
                <Input maxLength={200} autoComplete="off" {...register('title')} />
              </Field>
            </Card>
            {(preview.isError || send.isError) && <ErrorBox error={preview.error ?? send.error} />}
            {preview.data && isChecked && <Preview preview={preview.data} />}
            <Actions>
              <Button type="submit" kind={mayGo ? 'plain' : 'primary'} busy={preview.isPending}>
                {t('check.action')}
              </Button>
              {mayGo && (
                <Button kind="primary" busy={send.isPending} onClick={() => void go()}>
                  {t(input.sendAt ? 'create.schedule' : 'create.action', { count: preview.data.valid })}
                </Button>
              )}
            </Actions>
          </div>
        </div>
      </form>
    </Page>
  );
}

/** Of the first line, for the reader's help; what counts is what the API makes of it. */
function columnsOf(csv: string): string[] {
  const [first = ''] = csv.split(/\r?\n/, 1);
  return first
    .split(/[,;\t]/)
    .map((column) => column.replaceAll('"', '').trim())
    .filter((column) => /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(column));
}
