import { useMutation } from '@tanstack/react-query';
import type { UseFormReturn } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { Template } from '../../api/types.ts';
import { kindOf, upload } from '../../api/upload.ts';
import { Button, Choices, ErrorBox, Field, Input, Select, TextArea } from '../../ui/index.ts';
import styles from './bulk.module.css';
import type { BulkFields, BulkKind } from './input.ts';

const KINDS: readonly BulkKind[] = ['text', 'image', 'video', 'document'];

interface MessageFieldsProps {
  /** The instance, to which a file is uploaded. */
  name: string;
  form: UseFormReturn<BulkFields>;
  templates: readonly Template[];
  /** Columns of the CSV that may be filled in. */
  variables: readonly string[];
  faults: Map<string, string>;
}

/** What everybody gets: words, a file with words, or a template. */
export function MessageFields({ name, form, templates, variables, faults }: MessageFieldsProps) {
  const { t } = useTranslation('bulk');
  const { register, watch, formState, setValue, getValues } = form;
  const { errors } = formState;
  const kind = watch('kind');
  const insert = (variable: string) =>
    setValue('text', `${getValues('text')}{{${variable}}}`, { shouldDirty: true, shouldValidate: true });
  return (
    <>
      {templates.length > 0 && (
        <Choices
          legend={t('form.message')}
          options={[
            { value: 'text', label: t('form.ownText') },
            { value: 'template', label: t('form.template') },
          ]}
          {...register('from')}
        />
      )}
      {watch('from') === 'template' ? (
        <Field label={t('form.template')} error={errors.template?.message ?? faults.get('template')}>
          <Select {...register('template', { required: t('form.templateRule') })}>
            <option value="">{t('form.choose')}</option>
            {templates.map((template) => (
              <option key={template.name}>{template.name}</option>
            ))}
          </Select>
        </Field>
      ) : (
        <>
          <Field label={t('form.kind')}>
            <Select {...register('kind')}>
              {KINDS.map((one) => (
                <option key={one} value={one}>
                  {t(`kinds.${one}`)}
                </option>
              ))}
            </Select>
          </Field>
          {kind !== 'text' && <FileFields name={name} form={form} kind={kind} faults={faults} />}
          <Field
            label={t(kind === 'text' ? 'form.text' : 'form.caption')}
            hint={t('form.textHint')}
            error={errors.text?.message ?? faults.get('message.text') ?? faults.get('message.caption')}
            optional={kind !== 'text'}
          >
            <TextArea
              rows={5}
              {...register('text', { validate: (text) => kind !== 'text' || text !== '' || t('form.textRule') })}
            />
          </Field>
          {variables.length > 0 && (
            <div className={styles.chips}>
              {t('form.variables')}
              {variables.map((variable) => (
                <Button key={variable} size="small" onClick={() => insert(variable)}>
                  {`{{${variable}}}`}
                </Button>
              ))}
            </div>
          )}
        </>
      )}
    </>
  );
}

type FileFieldsProps = Pick<MessageFieldsProps, 'name' | 'form' | 'faults'> & { kind: Exclude<BulkKind, 'text'> };

/** Where the file is: at an address, or here. */
function FileFields({ name, form, kind, faults }: FileFieldsProps) {
  const { t } = useTranslation('bulk');
  const { register, watch, formState, setValue } = form;
  const bring = useMutation({ mutationFn: (file: File) => upload(name, file) });
  const file = watch('file');
  const choose = async (chosen: File | undefined) => {
    if (!chosen) return;
    const mediaId = await bring.mutateAsync(chosen).catch(() => undefined);
    if (mediaId === undefined) return;
    const found = kindOf(chosen.type);
    setValue('kind', found === 'audio' ? 'document' : found);
    setValue(
      'file',
      { mediaId, name: chosen.name, mimetype: chosen.type },
      { shouldDirty: true, shouldValidate: true },
    );
  };
  if (file) {
    return (
      <div className={styles.file} role="status">
        <span>{t('form.uploaded', { name: file.name })}</span>
        <Button size="small" onClick={() => setValue('file', undefined, { shouldDirty: true })}>
          {t('form.otherFile')}
        </Button>
      </div>
    );
  }
  return (
    <>
      <Field
        label={t('form.url')}
        hint={t('form.urlHint')}
        error={formState.errors.url?.message ?? faults.get(`message.${kind}`)}
      >
        <Input
          type="url"
          autoComplete="off"
          spellCheck={false}
          placeholder="https://example.com/spring.jpg"
          {...register('url', { required: t('form.urlRule') })}
        />
      </Field>
      <div className={styles.file}>
        <Field label={t('form.upload')} hint={t('form.uploadHint')}>
          <input type="file" disabled={bring.isPending} onChange={(event) => void choose(event.target.files?.[0])} />
        </Field>
      </div>
      {bring.isError && <ErrorBox error={bring.error} />}
    </>
  );
}
