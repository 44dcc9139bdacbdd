import { Plus, ScrollText } from 'lucide-react';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Template } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import {
  Actions,
  Button,
  Confirm,
  EmptyState,
  ErrorBox,
  Field,
  FormDialog,
  Input,
  Loading,
  Tag,
  TextArea,
  toast,
} from '../../ui/index.ts';
import { Row, Rows } from '../../ui/rows.tsx';
import { useRemoveTemplate, useWriteTemplate } from './actions.ts';
import styles from './bulk.module.css';
import { useTemplates } from './data.ts';

/** As the API has it. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** Messages that were written down for later, shared by the subscription. Those with files are made by programs. */
export function TemplatesTab() {
  const { t } = useTranslation('bulk');
  const [creates, setCreates] = useState(false);
  const templates = useTemplates();
  const create = (
    <Button kind="primary" onClick={() => setCreates(true)}>
      <Plus aria-hidden />
      {t('templates.open')}
    </Button>
  );
  return (
    <div className="stack">
      {templates.isError && <ErrorBox error={templates.error} onRetry={() => void templates.refetch()} />}
      {templates.isPending && <Loading />}
      {templates.rows?.length === 0 && (
        <EmptyState icon={ScrollText} title={t('templates.none')} actions={create}>
          {t('templates.noneText')}
        </EmptyState>
      )}
      {templates.rows && templates.rows.length > 0 && (
        <>
          <Actions>{create}</Actions>
          <Rows label={t('tabs.templates')}>
            {templates.rows.map((template) => (
              <TemplateRow key={template.name} template={template} />
            ))}
          </Rows>
        </>
      )}
      {templates.hasNextPage && (
        <Actions>
          <Button busy={templates.isFetchingNextPage} onClick={() => void templates.fetchNextPage()}>
            {t('more')}
          </Button>
        </Actions>
      )}
      {creates && <TemplateDialog onClose={() => setCreates(false)} />}
    </div>
  );
}

function TemplateRow({ template }: { template: Template }) {
  const { t } = useTranslation('bulk');
  const format = useFormat();
  const [asks, setAsks] = useState<'edit' | 'delete'>();
  const { name, message, variables, updatedAt } = template;
  const remove = useRemoveTemplate(name);
  const text = typeof message.text === 'string' ? message.text : undefined;
  return (
    <Row
      title={name}
      badge={<Tag>{message.type}</Tag>}
      actions={
        <>
          {text !== undefined && (
            <Button size="small" aria-label={t('templates.editOf', { name })} onClick={() => setAsks('edit')}>
              {t('templates.edit')}
            </Button>
          )}
          <Button
            size="small"
            kind="danger"
            aria-label={t('templates.deleteOf', { name })}
            onClick={() => setAsks('delete')}
          >
            {t('templates.delete')}
          </Button>
        </>
      }
    >
      {text !== undefined && <span className={styles.clip}>{text}</span>}
      {variables.length > 0 && <span>{t('templates.variables', { names: variables.join(', ') })}</span>}
      <span>{t('templates.changed', { at: format.date(updatedAt) })}</span>
      {asks === 'edit' && <TemplateDialog template={template} onClose={() => setAsks(undefined)} />}
      {asks === 'delete' && (
        <Confirm
          title={t('templates.deleteOf', { name })}
          action={t('templates.delete')}
          danger
          onClose={() => setAsks(undefined)}
          onConfirm={async () => {
            await remove.mutateAsync();
            toast(t('templates.deleted'));
          }}
        >
          {t('templates.deleteText')}
        </Confirm>
      )}
    </Row>
  );
}

/** `template`: the one that gets another text; absent: a new one. */
function TemplateDialog({ template, onClose }: { template?: Template; onClose: () => void }) {
  const { t } = useTranslation('bulk');
  const write = useWriteTemplate(template);
  const text = typeof template?.message.text === 'string' ? template.message.text : '';
  const { register, handleSubmit, formState } = useForm({ defaultValues: { name: template?.name ?? '', text } });
  const { errors } = formState;
  const submit = handleSubmit(async (fields) => {
    const written = await write.mutateAsync(fields).catch(() => undefined);
    if (!written) return;
    toast(t('templates.saved'));
    onClose();
  });
  return (
    <FormDialog
      title={template ? t('templates.editOf', { name: template.name }) : t('templates.open')}
      busy={write.isPending}
      error={write.error}
      onSubmit={submit}
      onClose={onClose}
    >
      {!template && (
        <Field label={t('templates.name')} error={errors.name?.message}>
          <Input
            autoComplete="off"
            spellCheck={false}
            placeholder="order-shipped"
            {...register('name', {
              required: t('templates.nameRule'),
              pattern: { value: NAME, message: t('templates.nameRule') },
            })}
          />
        </Field>
      )}
      <Field label={t('form.text')} hint={t('templates.textHint')} error={errors.text?.message}>
        <TextArea rows={6} {...register('text', { required: t('form.textRule') })} />
      </Field>
    </FormDialog>
  );
}
