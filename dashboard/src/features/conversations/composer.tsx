import { FileText, Paperclip, Send, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../api/types.ts';
import { Button } from '../../ui/index.ts';
import styles from './composer.module.css';
import { useTypeName } from './names.ts';
import { send } from './outbox.ts';

const MAX_LENGTH = 4_096;
const MAX_HEIGHT_PX = 160;

interface ComposerProps {
  name: string;
  jid: string;
  quoted: Message | undefined;
  onUnquote: () => void;
  /** The gateway has taken something, or has not. */
  onSent: () => void;
}

/** Where one writes: Enter sends, with Shift it begins a new line. */
export function Composer({ name, jid, quoted, onUnquote, onSent }: ComposerProps) {
  const { t } = useTranslation('conversations');
  const typeName = useTypeName();
  const [text, setText] = useState('');
  const [file, setFile] = useState<File>();
  const area = useRef<HTMLTextAreaElement>(null);
  const picker = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (quoted) area.current?.focus();
  }, [quoted]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text decides the height
  useEffect(() => {
    const box = area.current as HTMLTextAreaElement;
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight + 2, MAX_HEIGHT_PX)}px`;
  }, [text]);
  const submit = () => {
    const words = text.trim();
    if (!words && !file) return;
    void send({ instance: name, chat: jid, text: words, quotedMessageId: quoted?.messageId, file }).then(onSent);
    setText('');
    setFile(undefined);
    onUnquote();
    area.current?.focus();
  };
  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      {quoted && (
        <div className={styles.above}>
          <div className={styles.quoted}>
            <strong>{t('replyTo')}</strong>
            <span>{quoted.text ?? typeName(quoted.type)}</span>
          </div>
          <Button kind="quiet" size="icon" aria-label={t('unquote')} onClick={onUnquote}>
            <X aria-hidden />
          </Button>
        </div>
      )}
      {file && (
        <div className={styles.above}>
          <div className={styles.file}>
            <FilePreview file={file} />
            <span>{file.name}</span>
          </div>
          <Button kind="quiet" size="icon" aria-label={t('removeFile')} onClick={() => setFile(undefined)}>
            <X aria-hidden />
          </Button>
        </div>
      )}
      <div className={styles.line}>
        <input
          ref={picker}
          type="file"
          className={styles.picker}
          tabIndex={-1}
          aria-label={t('attach')}
          onChange={(event) => {
            setFile(event.target.files?.[0]);
            event.target.value = '';
            area.current?.focus();
          }}
        />
        <Button kind="quiet" size="icon" aria-label={t('attach')} onClick={() => picker.current?.click()}>
          <Paperclip aria-hidden />
        </Button>
        <textarea
          ref={area}
          className={styles.text}
          rows={1}
          value={text}
          maxLength={MAX_LENGTH}
          placeholder={t(file ? 'caption' : 'write')}
          aria-label={t(file ? 'caption' : 'write')}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && quoted) onUnquote();
            // While an input method composes, Enter chooses one of its words.
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
            event.preventDefault();
            submit();
          }}
          onPaste={(event) => {
            const [pasted] = event.clipboardData.files;
            if (pasted) setFile(pasted);
          }}
        />
        <Button kind="primary" size="icon" type="submit" aria-label={t('send')} disabled={!text.trim() && !file}>
          <Send aria-hidden />
        </Button>
      </div>
    </form>
  );
}

function FilePreview({ file }: { file: File }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!file.type.startsWith('image/')) return setUrl(undefined);
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url ? <img src={url} alt="" /> : <FileText aria-hidden />;
}
