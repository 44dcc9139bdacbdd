import { RotateCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Attempt, Delivery, Webhook } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Badge, Button, CodeBlock, Dialog, DialogActions, ErrorBox, Facts, Note, toast } from '../../ui/index.ts';
import { useReplay } from './actions.ts';
import { lastFault, Why } from './reason.tsx';
import styles from './webhooks.module.css';

interface DeliveryDialogProps {
  webhook: Webhook;
  delivery: Delivery;
  onClose: () => void;
}

/** One event for the endpoint: every attempt on a line of time, what was sent and what came back. */
export function DeliveryDialog({ webhook, delivery, onClose }: DeliveryDialogProps) {
  const { t } = useTranslation('webhooks');
  const format = useFormat();
  const replay = useReplay(webhook.id);
  const { event, eventId, instanceName, timestamp, status, nextAttemptAt, attempts } = delivery;
  const fault = lastFault(delivery);
  const isDue = nextAttemptAt !== null && Date.parse(nextAttemptAt) <= Date.now();
  const next = nextAttemptAt === null ? '–' : isDue ? t('delivery.now') : format.ago(nextAttemptAt);
  const again = () => replay.mutate(delivery.id, { onSuccess: () => toast(t('replay.begun')) });
  return (
    <Dialog title={<code>{event}</code>} onClose={onClose}>
      {fault.error !== null && (
        <Note tone={status === 'failed' ? 'danger' : 'warn'}>
          <Why {...fault} />
        </Note>
      )}
      <Facts
        items={[
          [t('log.status'), t(`status.${status}`)],
          [t('log.at'), format.dateTime(timestamp)],
          [t('form.instance'), instanceName ?? '–'],
          [t('delivery.next'), next],
        ]}
      />
      <h3>{t('delivery.attempts', { count: attempts.length })}</h3>
      {attempts.length === 0 && <p>{t('delivery.none')}</p>}
      <ol className={styles.line}>
        {attempts.map((attempt) => (
          <li key={attempt.at} data-good={attempt.error === null}>
            <AttemptItem attempt={attempt} url={webhook.url} eventId={eventId} isOpen={attempt === attempts.at(-1)} />
          </li>
        ))}
      </ol>
      {replay.isError && <ErrorBox error={replay.error} />}
      <DialogActions>
        <Button onClick={onClose}>{t('delivery.close')}</Button>
        {event !== 'webhook.test' && (
          <Button kind="primary" busy={replay.isPending} onClick={again}>
            <RotateCw aria-hidden />
            {t('replay.one')}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  );
}

interface AttemptItemProps {
  attempt: Attempt;
  url: string;
  eventId: string;
  isOpen: boolean;
}

function AttemptItem({ attempt, url, eventId, isOpen }: AttemptItemProps) {
  const { t } = useTranslation('webhooks');
  const format = useFormat();
  const { at, status, durationMs, error, response } = attempt;
  return (
    <details className={styles.attempt} open={isOpen}>
      <summary>
        <time dateTime={at}>{format.dateTime(at)}</time>
        <Badge tone={error === null ? 'good' : 'danger'}>{status ?? t('delivery.noAnswer')}</Badge>
        <span>{format.number(durationMs)} ms</span>
      </summary>
      <h4>{t('delivery.request')}</h4>
      <CodeBlock label={`${t('delivery.request')}, ${format.dateTime(at)}`} code={requestOf(url, eventId, at)} />
      <h4>{t('delivery.response')}</h4>
      {response ? (
        <CodeBlock label={`${t('delivery.response')}, ${format.dateTime(at)}`} code={response} />
      ) : (
        <p className={styles.quiet}>{t(status === null ? 'delivery.noResponse' : 'delivery.empty')}</p>
      )}
    </details>
  );
}

/** The lines that are known of it: the log keeps no bodies and no signatures. */
function requestOf(url: string, eventId: string, at: string): string {
  const { pathname, search, host } = new URL(url);
  return [
    `POST ${pathname}${search}`,
    `host: ${host}`,
    'content-type: application/json',
    'user-agent: Switchboard-Webhooks/1',
    `webhook-id: ${eventId}`,
    `webhook-timestamp: ${Math.floor(Date.parse(at) / 1_000)}`,
  ].join('\n');
}
