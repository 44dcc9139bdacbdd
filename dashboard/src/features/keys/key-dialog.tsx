import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { ApiKey } from '../../api/types.ts';
import { Checks } from '../../ui/checks.tsx';
import { Choices, Field, FormDialog, faultsOf, Input, TextArea, toast } from '../../ui/index.ts';
import { type KeyInput, type Scope, useChangeKey, useCreateKey } from './data.ts';
import { PERMISSION_GROUPS, type Permission, type Preset, permissionsOf, presetOf } from './permissions.ts';

const DEFAULT_RATE = 1_000;
const MAX_RATE = 1_000_000;

interface Fields {
  name: string;
  preset: Preset;
  permissions: Permission[];
  rateLimit: number;
  /** Of the last day it works; empty: it does not end. */
  expires: string;
  ranges: string;
}

interface KeyDialogProps {
  scope: Scope;
  /** Absent: a new one. */
  apiKey?: ApiKey;
  onClose: () => void;
  /** Of a new key. */
  onSecret?: (secret: string) => void;
}

export function KeyDialog({ scope, apiKey, onClose, onSecret }: KeyDialogProps) {
  const { t } = useTranslation('keys');
  const create = useCreateKey(scope);
  const change = useChangeKey(scope, apiKey?.id ?? '');
  const error = create.error ?? change.error;
  const faults = faultsOf(error);
  const { register, handleSubmit, formState, watch } = useForm<Fields>({ defaultValues: toFields(apiKey) });
  const { errors } = formState;
  const submit = handleSubmit(async (fields) => {
    const input = toInput(fields, apiKey);
    if (apiKey) {
      const changed = await change.mutateAsync(input).catch(() => undefined);
      if (!changed) return;
      toast(t('edit.done'));
    } else {
      const made = await create.mutateAsync(input).catch(() => undefined);
      if (!made) return;
      onSecret?.(made.key);
    }
    onClose();
  });
  const rateRule = { value: 1, message: t('form.rateRule') };
  return (
    <FormDialog
      title={apiKey ? t('edit.title', { name: apiKey.name }) : t('create.open')}
      action={t(apiKey ? 'edit.save' : 'create.action')}
      busy={create.isPending || change.isPending}
      error={error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label={t('form.name')} hint={t('form.nameHint')} error={errors.name?.message ?? faults.get('name')}>
        <Input autoComplete="off" maxLength={100} {...register('name', { required: t('form.nameRule') })} />
      </Field>
      <Choices
        legend={t('form.permissions')}
        options={(['send', 'read', 'all', 'some'] as const).map((preset) => ({
          value: preset,
          label: t(`presets.${preset}`),
          hint: t(`presetHints.${preset}`),
        }))}
        {...register('preset')}
      />
      {watch('preset') === 'some' && (
        <Checks
          legend={t('presets.some')}
          groups={PERMISSION_GROUPS.map(({ group, values }) => ({ label: t(`groups.${group}`), values }))}
          error={errors.permissions?.message}
          {...register('permissions', { validate: (chosen) => chosen.length > 0 || t('form.permissionsRule') })}
        />
      )}
      <Field
        label={t('form.rate')}
        hint={t('form.rateHint')}
        error={errors.rateLimit?.message ?? faults.get('rateLimit')}
      >
        <Input
          type="number"
          min="1"
          max={MAX_RATE}
          {...register('rateLimit', {
            valueAsNumber: true,
            min: rateRule,
            max: { value: MAX_RATE, message: t('form.rateRule') },
            validate: (value) => Number.isInteger(value) || t('form.rateRule'),
          })}
        />
      </Field>
      <Field label={t('form.expires')} hint={t('form.expiresHint')} error={faults.get('expiresAt')} optional>
        <Input type="date" {...register('expires')} />
      </Field>
      <Field label={t('form.ranges')} hint={t('form.rangesHint')} error={rangeFault(faults)} optional>
        <TextArea rows={2} spellCheck={false} placeholder="203.0.113.0/24" {...register('ranges')} />
      </Field>
    </FormDialog>
  );
}

/** The API names the entry: `ipAllowList.0`. */
function rangeFault(faults: Map<string, string>): string | undefined {
  return [...faults].find(([path]) => path.startsWith('ipAllowList'))?.[1];
}

function toFields(apiKey: ApiKey | undefined): Fields {
  return {
    name: apiKey?.name ?? '',
    preset: apiKey ? presetOf(apiKey.permissions) : 'send',
    permissions: apiKey?.permissions ?? [],
    rateLimit: apiKey?.rateLimit ?? DEFAULT_RATE,
    expires: apiKey?.expiresAt?.slice(0, 10) ?? '',
    ranges: apiKey?.ipAllowList.join('\n') ?? '',
  };
}

/** A day ends with its last second, in UTC. An end that was not touched stays exact. */
function toInput({ name, preset, permissions, rateLimit, expires, ranges }: Fields, before?: ApiKey): KeyInput {
  const isSameDay = before?.expiresAt?.slice(0, 10) === expires;
  return {
    name: name.trim(),
    permissions: permissionsOf(preset, permissions),
    rateLimit,
    expiresAt: isSameDay ? (before?.expiresAt ?? null) : expires ? `${expires}T23:59:59.000Z` : null,
    ipAllowList: ranges.split(/[\s,]+/).filter(Boolean),
  };
}
