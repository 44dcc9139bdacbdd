import { Check } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Actions, Button, Copyable, ErrorBox, LinkButton, Loading, Note, Page } from '../../ui/index.ts';
import { type Progress, useNewKey, useProgress } from './data.ts';
import { FirstMessage } from './first-message.tsx';
import styles from './start.module.css';

/** From nothing to the first message, one step after the other; what is done is noticed. */
export default function StartPage() {
  const { t } = useTranslation('start');
  const { progress, error, retry } = useProgress();
  return (
    <Page title={t('title')} lead={t('lead')}>
      {error !== undefined && error !== null && <ErrorBox error={error} onRetry={retry} />}
      {!progress && !error && <Loading />}
      {progress && <Steps progress={progress} />}
    </Page>
  );
}

function Steps({ progress }: { progress: Progress }) {
  const { t } = useTranslation('start');
  const [key, setKey] = useState<string>();
  const { chosen, instances, isLinked, hasKey, hasSent, hasWebhook } = progress;
  const done = [instances.length > 0, isLinked, hasKey, hasSent, hasWebhook];
  const current = done.indexOf(false);
  const step = (index: number, title: string, children: ReactNode) => (
    <Step number={index + 1} title={title} done={done[index] === true} current={index === current}>
      {children}
    </Step>
  );
  const count = done.filter(Boolean).length;
  return (
    <>
      <div className={styles.progress} role="status">
        <progress value={count} max={done.length} aria-label={t('progress', { count, all: done.length })} />
        {t('progress', { count, all: done.length })}
      </div>
      <ol className={styles.steps}>
        {step(
          0,
          t('create.title'),
          instances.length === 0 && (
            <>
              <p>{t('create.text')}</p>
              <Actions>
                <LinkButton to="/instances" kind="primary">
                  {t('create.action')}
                </LinkButton>
              </Actions>
            </>
          ),
        )}
        {step(
          1,
          t('link.title'),
          !isLinked && (
            <>
              <p>{t('link.text')}</p>
              {chosen && (
                <Actions>
                  <LinkButton to={`/instances/${chosen.name}/link`} kind="primary">
                    {t('link.action', { name: chosen.name })}
                  </LinkButton>
                </Actions>
              )}
            </>
          ),
        )}
        {step(
          2,
          t('key.title'),
          chosen ? (
            <NewKey instanceName={chosen.name} hasKey={hasKey} text={key} onMade={setKey} />
          ) : (
            <p>{t('key.text')}</p>
          ),
        )}
        {step(3, t('send.title'), chosen ? <FirstMessage instance={chosen} apiKey={key} /> : <p>{t('send.text')}</p>)}
        {step(
          4,
          t('webhook.title'),
          <>
            <p>{t('webhook.text')}</p>
            <Actions>
              <LinkButton to="/webhooks" kind={current === 4 ? 'primary' : 'plain'}>
                {t('webhook.action')}
              </LinkButton>
              <LinkButton to="/reference">{t('webhook.reference')}</LinkButton>
            </Actions>
          </>,
        )}
      </ol>
    </>
  );
}

interface StepProps {
  number: number;
  title: string;
  done: boolean;
  /** The first that is not done. */
  current: boolean;
  children: ReactNode;
}

function Step({ number, title, done, current, children }: StepProps) {
  const { t } = useTranslation('start');
  const look = [styles.step, done && styles.done, current && styles.current].filter(Boolean).join(' ');
  return (
    <li className={look} aria-current={current ? 'step' : undefined}>
      <span className={styles.mark}>
        {done ? <Check aria-hidden /> : <span aria-hidden>{number}</span>}
        {done && <span className="visually-hidden">{t('done')}</span>}
      </span>
      <h2>{title}</h2>
      {children && <div className={styles.body}>{children}</div>}
    </li>
  );
}

interface NewKeyProps {
  instanceName: string;
  hasKey: boolean;
  /** The key itself, while this page is open. */
  text: string | undefined;
  onMade: (key: string) => void;
}

function NewKey({ instanceName, hasKey, text, onMade }: NewKeyProps) {
  const { t } = useTranslation('start');
  const make = useNewKey(instanceName);
  return (
    <>
      <p>{t('key.text')}</p>
      {make.isError && <ErrorBox error={make.error} />}
      {text ? (
        <Note tone="good">
          <p>{t('key.once')}</p>
          <Copyable text={text} />
        </Note>
      ) : (
        <Actions>
          <Button
            kind={hasKey ? 'plain' : 'primary'}
            busy={make.isPending}
            onClick={() => make.mutate(t('key.name'), { onSuccess: ({ key }) => onMade(key) })}
          >
            {t(hasKey ? 'key.another' : 'key.action')}
          </Button>
        </Actions>
      )}
    </>
  );
}
