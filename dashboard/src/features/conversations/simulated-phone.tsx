import { Send, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Instance, Message } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Button, ErrorBox } from '../../ui/index.ts';
import { useIncoming } from './acts.ts';
import { useTypeName } from './names.ts';
import styles from './simulated-phone.module.css';

/** What a phone of this size shows. */
const SHOWN = 30;

interface SimulatedPhoneProps {
  instance: Instance;
  /** Of the contact: digits. */
  phone: string;
  title: string;
  messages: readonly Message[];
  onClose: () => void;
}

/** The other side of a test chat: what the contact's phone shows, and a place to answer as them. */
export function SimulatedPhone({ instance, phone, title, messages, onClose }: SimulatedPhoneProps) {
  const { t } = useTranslation('conversations');
  const format = useFormat();
  const typeName = useTypeName();
  const incoming = useIncoming(instance.name);
  const [text, setText] = useState('');
  const screen = useRef<HTMLElement>(null);
  const shown = messages
    .filter(({ direction, status }) => direction === 'received' || status === 'DELIVERED' || status === 'READ')
    .slice(0, SHOWN)
    .reverse();
  const last = shown.at(-1)?.messageId;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is newest is in sight
  useEffect(() => {
    screen.current?.scrollTo({ top: screen.current.scrollHeight });
  }, [last]);
  const answer = () => {
    const words = text.trim();
    if (!words || incoming.isPending) return;
    incoming.mutate({ from: phone, text: words }, { onSuccess: () => setText('') });
  };
  return (
    <aside className={styles.aside} aria-label={t('phone.title')}>
      <div className={styles.phone}>
        <div className={styles.head}>
          <div>
            <strong>{t('phone.title')}</strong>
            <span>{t('phone.of', { name: title })}</span>
          </div>
          <Button kind="quiet" size="icon" aria-label={t('phone.close')} onClick={onClose}>
            <X aria-hidden />
          </Button>
        </div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
        <section ref={screen} className={styles.screen} tabIndex={0} aria-label={t('phone.screen')}>
          {shown.length === 0 && <p className={styles.none}>{t('phone.empty')}</p>}
          {shown.map((message) => (
            <p
              key={`${message.direction} ${message.messageId}`}
              className={message.direction === 'received' ? styles.own : styles.theirs}
            >
              {message.revokedAt ? <em>{t('revoked')}</em> : (message.text ?? typeName(message.type))}
              <time dateTime={message.timestamp}>{format.time(message.timestamp)}</time>
            </p>
          ))}
        </section>
        {incoming.isError && <ErrorBox error={incoming.error} />}
        <form
          className={styles.answer}
          onSubmit={(event) => {
            event.preventDefault();
            answer();
          }}
        >
          <input
            value={text}
            maxLength={4_096}
            autoComplete="off"
            placeholder={t('phone.answer')}
            aria-label={t('phone.answer')}
            onChange={(event) => setText(event.target.value)}
          />
          <Button
            type="submit"
            size="icon"
            kind="primary"
            aria-label={t('phone.send')}
            busy={incoming.isPending}
            disabled={!text.trim()}
          >
            <Send aria-hidden />
          </Button>
        </form>
      </div>
    </aside>
  );
}
