import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { useUser } from '../../api/session.ts';
import type { Webhook } from '../../api/types.ts';
import { Checks } from '../../ui/checks.tsx';
import { Choices, Field, faultsOf, Input, Select, Switch, TextArea } from '../../ui/index.ts';
import { useInstances } from '../instances/data.ts';
import type { WebhookInput } from './actions.ts';
import { EVENT_GROUPS } from './events.ts';

/** As the form has them; `headers` are lines of `Name: value`. */
export interface WebhookFields {
  url: string;
  description: string;
  instanceName: string;
  which: 'all' | 'some';
  events: string[];
  chats: 'all' | 'user' | 'group';
  headers: string;
  dropHeaders: boolean;
}

const HEADER_LINE = /^\s*([A-Za-z0-9!#$%&'*+.^_`|~-]+)\s*:\s*(\S.*?)\s*$/;

export function useWebhookForm(webhook?: Webhook) {
  return useForm<WebhookFields>({ values: toFields(webhook), resetOptions: { keepDirtyValues: true } });
}

/** The fields themselves; `webhook`: the one that is changed, absent for a new one. `error`: what the API said. */
export function WebhookFieldset({
  form: { register, formState, watch },
  webhook,
  error,
}: {
  form: ReturnType<typeof useWebhookForm>;
  webhook?: Webhook;
  error: unknown;
}) {
  const { t } = useTranslation('webhooks');
  const user = useUser();
  const instances = useInstances();
  const { errors } = formState;
  const hasOwnWords = webhook !== undefined && webhook.format !== 'native';
  return (
    <>
      <Field label={t('form.url')} hint={t('form.urlHint')} error={errors.url?.message ?? faultsOf(error).get('url')}>
        <Input
          type="url"
          inputMode="url"
          autoComplete="off"
          spellCheck={false}
          placeholder="https://shop.example.com/webhooks/whatsapp"
          {...register('url', {
            required: t('form.urlRule'),
            pattern: { value: /^https?:\/\/\S+$/i, message: t('form.urlRule') },
          })}
        />
      </Field>
      <Field label={t('form.description')} optional>
        <Input maxLength={200} autoComplete="off" {...register('description')} />
      </Field>
      {!webhook && (
        <Field label={t('form.instance')} error={errors.instanceName?.message}>
          <Select
            {...register('instanceName', {
              required: user.role === 'ADMINISTRATOR' ? false : t('form.instanceRule'),
            })}
          >
            <option value="">{user.role === 'ADMINISTRATOR' ? t('allInstances') : t('form.choose')}</option>
            {instances.data?.map(({ id, name }) => (
              <option key={id} value={name}>
                {name}
              </option>
            ))}
          </Select>
        </Field>
      )}
      {!hasOwnWords && (
        <>
          <Choices
            legend={t('form.events')}
            options={[
              { value: 'all', label: t('allEvents'), hint: t('form.allHint') },
              { value: 'some', label: t('form.some'), hint: t('form.someHint') },
            ]}
            {...register('which')}
          />
          {watch('which') === 'some' && (
            <Checks
              legend={t('form.some')}
              groups={EVENT_GROUPS.map(({ group, values }) => ({ label: t(`groups.${group}`), values }))}
              error={errors.events?.message}
              {...register('events', { validate: (chosen) => chosen.length > 0 || t('form.eventsRule') })}
            />
          )}
        </>
      )}
      <Field label={t('form.chats')}>
        <Select {...register('chats')}>
          <option value="all">{t('form.chatsAll')}</option>
          <option value="user">{t('form.chatsUser')}</option>
          <option value="group">{t('form.chatsGroup')}</option>
        </Select>
      </Field>
      <Field
        label={t('form.headers')}
        hint={
          webhook && webhook.headers.length > 0
            ? t('form.headersSet', { names: webhook.headers.join(', ') })
            : t('form.headersHint')
        }
        error={errors.headers?.message ?? faultsOf(error).get('headers')}
        optional
      >
        <TextArea
          rows={2}
          spellCheck={false}
          autoComplete="off"
          placeholder="Authorization: Bearer …"
          {...register('headers', { validate: (text) => headersOf(text) !== undefined || t('form.headersRule') })}
        />
      </Field>
      {webhook && webhook.headers.length > 0 && <Switch label={t('form.dropHeaders')} {...register('dropHeaders')} />}
    </>
  );
}

function toFields(webhook: Webhook | undefined): WebhookFields {
  const events = webhook?.events ?? ['*'];
  const isAll = events.includes('*');
  return {
    url: webhook?.url ?? '',
    description: webhook?.description ?? '',
    instanceName: '',
    which: isAll ? 'all' : 'some',
    events: isAll ? [] : events,
    chats: webhook?.chatTypes?.length === 1 ? (webhook.chatTypes[0] as 'user' | 'group') : 'all',
    headers: '',
    dropHeaders: false,
  };
}

/** What the API is told. Headers that were not written stay: their values are not shown, so they cannot be sent back. */
export function toInput(fields: WebhookFields, webhook?: Webhook): Partial<WebhookInput> {
  const headers = headersOf(fields.headers) ?? {};
  const says = Object.keys(headers).length > 0 || fields.dropHeaders;
  return {
    url: fields.url.trim(),
    description: fields.description.trim() || null,
    chatTypes: fields.chats === 'all' ? null : [fields.chats],
    ...((!webhook || webhook.format === 'native') && { events: fields.which === 'all' ? ['*'] : fields.events }),
    ...(says && { headers }),
    ...(!webhook && fields.instanceName && { instanceName: fields.instanceName }),
  };
}

/** undefined: a line is none. */
function headersOf(text: string): Record<string, string> | undefined {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const found = lines.map((line) => HEADER_LINE.exec(line));
  if (found.includes(null)) return undefined;
  return Object.fromEntries(found.map((match) => [match?.[1] as string, match?.[2] as string]));
}
