import { Send } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Instance } from '../../api/types.ts';
import { Actions, Button, CodeBlock, ErrorBox, Field, Input, Note } from '../../ui/index.ts';
import { Tabs } from '../../ui/tabs.tsx';
import { COMMANDS, type CommandLanguage, NO_KEY } from './commands.ts';
import { useSend } from './data.ts';

/** A simulated person who answers by themselves. */
const ANSWERS = '15550109001';
const SAMPLE_PHONE = '6281234567890';

/** The first message: as a command to copy, filled with the real address and key, and as a button. */
export function FirstMessage({ instance, apiKey }: { instance: Instance; apiKey: string | undefined }) {
  const { t } = useTranslation('start');
  const isTest = instance.environment === 'test';
  const [to, setTo] = useState(isTest ? ANSWERS : '');
  const [text, setText] = useState(() => t('send.hello'));
  const [language, setLanguage] = useState<CommandLanguage>('curl');
  const send = useSend();
  const digits = to.replace(/\D/g, '');
  const sending = { url: location.origin, key: apiKey ?? NO_KEY, to: digits || SAMPLE_PHONE, text };
  return (
    <>
      <p>{t(isTest ? 'send.textTest' : 'send.text')}</p>
      <div className="fields">
        <Field label={t('send.to')}>
          <Input type="tel" value={to} placeholder={SAMPLE_PHONE} onChange={(event) => setTo(event.target.value)} />
        </Field>
        <Field label={t('send.message')}>
          <Input value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
      </div>
      <Tabs
        label={t('send.languages')}
        value={language}
        onChange={(value) => setLanguage(value as CommandLanguage)}
        tabs={Object.entries(COMMANDS).map(([name, command]) => ({
          value: name,
          label: name,
          content: <CodeBlock code={command(sending)} label={name} />,
        }))}
      />
      {!apiKey && <Note>{t('send.noKey', { placeholder: NO_KEY })}</Note>}
      {send.isError && <ErrorBox error={send.error} />}
      {send.isSuccess && <Note tone="good">{t('send.done', { id: send.data.messageId })}</Note>}
      {apiKey && (
        <Actions>
          <Button
            kind="primary"
            busy={send.isPending}
            disabled={digits === '' || text === ''}
            onClick={() => send.mutate({ key: apiKey, to: digits, text })}
          >
            <Send aria-hidden />
            {t('send.action')}
          </Button>
        </Actions>
      )}
    </>
  );
}
