import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Choices, Field, FormDialog, Input } from '../../ui/index.ts';
import { useCreate } from './actions.ts';
import { INSTANCE_NAME } from './data.ts';

export default function CreateDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('instances');
  const [, navigate] = useLocation();
  const create = useCreate();
  const { register, handleSubmit, formState } = useForm<{ name: string; environment: 'live' | 'test' }>({
    defaultValues: { name: '', environment: 'live' },
  });
  const submit = handleSubmit(async (input) => {
    const made = await create.mutateAsync(input).catch(() => undefined);
    if (made) navigate(`/instances/${made.name}/link`);
  });
  return (
    <FormDialog
      title={t('create.title')}
      action={t('create.action')}
      busy={create.isPending}
      error={create.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label={t('create.name')} hint={t('create.nameHint')} error={formState.errors.name?.message}>
        <Input
          autoComplete="off"
          spellCheck={false}
          placeholder="customer-service"
          {...register('name', {
            required: t('create.nameRule'),
            pattern: { value: INSTANCE_NAME, message: t('create.nameRule') },
          })}
        />
      </Field>
      <Choices
        legend={t('create.environment')}
        options={[
          { value: 'live', label: t('create.live'), hint: t('create.liveHint') },
          { value: 'test', label: t('create.test'), hint: t('create.testHint') },
        ]}
        {...register('environment')}
      />
    </FormDialog>
  );
}
