import { Check, Copy } from 'lucide-react';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from './button.tsx';
import styles from './copy.module.css';

const SAID_MS = 2_000;

/** Puts a text on the clipboard and says so. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const { t } = useTranslation('ui');
  const copy = async () => {
    if (!(await written(text))) return;
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), SAID_MS);
  };
  return (
    <>
      <Button
        size={label ? 'small' : 'icon'}
        kind={label ? 'plain' : 'quiet'}
        aria-label={label ? undefined : t('copy')}
        onClick={() => void copy()}
      >
        {copied ? <Check aria-hidden /> : <Copy aria-hidden />}
        {label && (copied ? t('copied') : label)}
      </Button>
      <span className="visually-hidden" role="status">
        {copied ? t('copied') : ''}
      </span>
    </>
  );
}

/** Lines to copy into a terminal or a program. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <div className={styles.code}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
      <section tabIndex={0} aria-label={label}>
        <pre>
          <code>{code}</code>
        </pre>
      </section>
      <div>
        <CopyButton text={code} />
      </div>
    </div>
  );
}

/** A short value with a button that copies it. */
export function Copyable({ text }: { text: string }) {
  return (
    <span className={styles.inline}>
      <code>{text}</code>
      <CopyButton text={text} />
    </span>
  );
}

/** The clipboard of the browser; over plain http from elsewhere there is only the old way. */
async function written(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = Object.assign(document.createElement('textarea'), { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
