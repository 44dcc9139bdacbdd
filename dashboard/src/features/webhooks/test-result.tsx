import { useTranslation } from 'react-i18next';
import type { WebhookTest } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Note } from '../../ui/index.ts';
import { Why } from './reason.tsx';
import styles from './webhooks.module.css';

/** What the endpoint said to a test call, and what that means. */
export function TestResult({ result: { delivered, status, latencyMs, response, error } }: { result: WebhookTest }) {
  const { t } = useTranslation('webhooks');
  const format = useFormat();
  const latency = format.number(latencyMs);
  return (
    <div role="status">
      <Note tone={delivered ? 'good' : 'danger'}>
        {delivered ? (
          <p>
            <strong>{t('test.good')}</strong>
          </p>
        ) : (
          <Why status={status} error={error} />
        )}
        <p>{status === null ? t('test.noAnswer', { latency }) : t('test.answered', { status, latency })}</p>
        {response && (
          <pre className={styles.answer}>
            <code>{response}</code>
          </pre>
        )}
      </Note>
    </div>
  );
}
