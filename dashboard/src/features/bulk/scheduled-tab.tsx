import { CalendarClock } from 'lucide-react';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import type { ScheduledMessage } from '../../api/types.ts';
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
  TextArea,
  toast,
} from '../../ui/index.ts';
import { Row, Rows } from '../../ui/rows.tsx';
import { useCancelScheduled, useChangeScheduled } from './actions.ts';
import styles from './bulk.module.css';
import { useScheduled } from './data.ts';

/** Single messages that wait for their moment. */
export function ScheduledTab({ name }: { name: string }) {
  const { t } = useTranslation('bulk');
  const messages = useScheduled(name);
  return (
    <div className="stack">
      {messages.isError && <ErrorBox error={messages.error} onRetry={() => void messages.refetch()} />}
      {messages.isPending && <Loading />}
      {messages.rows?.length === 0 && (
        <EmptyState icon={CalendarClock} title={t('scheduled.none')}>
          {t('scheduled.noneText')}
        </EmptyState>
      )}
      {messages.rows && messages.rows.length > 0 && (
        <Rows label={t('tabs.scheduled')}>
          {messages.rows.map((message) => (
            <ScheduledRow key={message.messageId} name={name} message={message} />
          ))}
        </Rows>
      )}
      {messages.hasNextPage && (
        <Actions>
          <Button busy={messages.isFetchingNextPage} onClick={() => void messages.fetchNextPage()}>
            {t('more')}
          </Button>
        </Actions>
      )}
    </div>
  );
}

function ScheduledRow({ name, message }: { name: string; message: ScheduledMessage }) {
  const { t } = useTranslation('bulk');
  const format = useFormat();
  const [asks, setAsks] = useState<'edit' | 'cancel'>();
  const { messageId, to, type, text, sendAt } = message;
  const cancel = useCancelScheduled(name, messageId);
  const close = () => setAsks(undefined);
  return (
    <Row
      title={format.dateTime(sendAt)}
      actions={
        <>
          <Button
            size="small"
            aria-label={t('scheduled.editOf', { to, at: format.dateTime(sendAt) })}
            onClick={() => setAsks('edit')}
          >
            {t('scheduled.edit')}
          </Button>
          <Button
            size="small"
            kind="danger"
            aria-label={t('scheduled.cancelOf', { to, at: format.dateTime(sendAt) })}
            onClick={() => setAsks('cancel')}
          >
            {t('scheduled.cancel')}
          </Button>
        </>
      }
    >
      <span>{to}</span>
      <span className={styles.clip}>{text ?? type}</span>
      {asks === 'edit' && <EditDialog name={name} message={message} onClose={close} />}
      {asks === 'cancel' && (
        <Confirm
          title={t('scheduled.cancelTitle')}
          action={t('scheduled.cancel')}
          danger
          onClose={close}
          onConfirm={async () => {
            await cancel.mutateAsync();
            toast(t('scheduled.cancelled'));
          }}
        >
          {t('scheduled.cancelText', { to })}
        </Confirm>
      )}
    </Row>
  );
}

interface EditDialogProps {
  name: string;
  message: ScheduledMessage;
  onClose: () => void;
}

function EditDialog({ name, message: { messageId, text, sendAt }, onClose }: EditDialogProps) {
  const { t } = useTranslation('bulk');
  const change = useChangeScheduled(name, messageId);
  const before = { text: text ?? '', sendAt: localOf(sendAt) };
  const { register, handleSubmit, formState } = useForm({ defaultValues: before });
  const { errors } = formState;
  const submit = handleSubmit(async (fields) => {
    const body = {
      ...(fields.text !== before.text && { text: fields.text }),
      ...(fields.sendAt !== before.sendAt && { sendAt: new Date(fields.sendAt).toISOString() }),
    };
    if (Object.keys(body).length === 0) return onClose();
    const changed = await change.mutateAsync(body).catch(() => undefined);
    if (!changed) return;
    toast(t('scheduled.saved'));
    onClose();
  });
  return (
    <FormDialog
      title={t('scheduled.edit')}
      busy={change.isPending}
      error={change.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label={t('scheduled.at')} error={errors.sendAt?.message}>
        <Input type="datetime-local" {...register('sendAt', { required: t('scheduled.atRule') })} />
      </Field>
      {text !== null && (
        <Field label={t('form.text')} error={errors.text?.message}>
          <TextArea rows={5} {...register('text', { required: t('form.textRule') })} />
        </Field>
      )}
    </FormDialog>
  );
}

/** For a field that shows a moment in the clock of the reader. */
function localOf(at: string): string {
  const moment = new Date(at);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
