import { useTranslation } from 'react-i18next';
import type { BulkPreview } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Card, Note } from '../../ui/index.ts';
import styles from './bulk.module.css';

type Fault = BulkPreview['errors'][number];

/** What the API says of a line, by the words that matter. Names of `locales` under `faults`. */
const FAULTS = [
  [/cannot be a phone number/, 'number'],
  [/recipient of line (\d+) again/, 'twice'],
  [/is missing/, 'missing'],
  [/columns instead of/, 'columns'],
] as const;

/** What would be sent to whom, and what is wrong, line by line. */
export function Preview({ preview: { total, valid, invalid, errors, instances, samples } }: { preview: BulkPreview }) {
  const { t } = useTranslation('bulk');
  const format = useFormat();
  return (
    <div className="stack" role="status">
      <Card title={t('check.title')}>
        <Note tone={invalid === 0 ? 'good' : 'warn'}>
          <p>
            {t('check.found', {
              total: format.number(total),
              valid: format.number(valid),
              invalid: format.number(invalid),
            })}
          </p>
          {invalid > 0 && <p>{t('check.mend')}</p>}
        </Note>
        {instances.length > 1 && (
          <ul>
            {instances.map(({ instanceName, recipients }) => (
              <li key={instanceName}>
                {instanceName}: {format.number(recipients)}
              </li>
            ))}
          </ul>
        )}
        {errors.length > 0 && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
          <section tabIndex={0} aria-label={t('check.errors')}>
            <ul className={styles.faults}>
              {errors.map((fault) => (
                <li key={`${fault.line} ${fault.path} ${fault.message}`}>
                  <strong>{t('check.line', { line: fault.line })}</strong>
                  <FaultText fault={fault} />
                </li>
              ))}
            </ul>
          </section>
        )}
      </Card>
      {samples.length > 0 && (
        <Card title={t('check.samples')}>
          <ul className={styles.samples}>
            {samples.map(({ line, to, instanceName, message }) => (
              <li key={line}>
                <span>{t('check.sample', { to, name: instanceName })}</span>
                <Sample message={message} />
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
}

function FaultText({ fault: { path, message } }: { fault: Fault }) {
  const { t } = useTranslation('bulk');
  const known = FAULTS.find(([words]) => words.test(message));
  if (!known) return <span>{`${path}: ${message}`}</span>;
  const other = /line (\d+)/.exec(message)?.[1] ?? '';
  return <span>{t(`faults.${known[1]}`, { name: path.replace('variables.', ''), other })}</span>;
}

/** Its words and its file; what has neither is shown as it would be sent. */
function Sample({ message }: { message: Record<string, unknown> }) {
  const { text, caption, media } = message;
  const words = [text, caption].find((one) => typeof one === 'string');
  const address = (media as { url?: string } | undefined)?.url;
  return (
    <>
      <div className={styles.message}>{words ?? address ?? JSON.stringify(message, null, 2)}</div>
      {words !== undefined && address && <small>{address}</small>}
    </>
  );
}
