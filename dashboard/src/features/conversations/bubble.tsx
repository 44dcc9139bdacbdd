import { Ban, Check, CheckCheck, CircleAlert, CircleQuestionMark, Clock, type LucideIcon } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message, MessageStatus } from '../../api/types.ts';
import { kindOf } from '../../api/upload.ts';
import { useFormat } from '../../i18n/format.ts';
import { Button, useErrorText } from '../../ui/index.ts';
import type { MessageActs } from './acts.ts';
import { useFailure } from './data.ts';
import { FileContent } from './file-content.tsx';
import { MessageMenu } from './message-menu.tsx';
import styles from './messages.module.css';
import { authorOf, useTypeName } from './names.ts';
import { forget, type Outgoing, sendAgain } from './outbox.ts';
import { PartsContent } from './parts-content.tsx';

interface BubbleProps {
  /** Of the instance. */
  name: string;
  message: Message;
  isFirst: boolean;
  showsAuthor: boolean;
  /** The message that it replies to, where that has been fetched. */
  quoted: Message | undefined;
  acts: MessageActs;
  onReply: (message: Message) => void;
  onJump: (messageId: string) => void;
  onTakeBack: (message: Message) => void;
}

/** One message: what it is, who wrote it and when, how far it has come, and what can be done with it. */
export const Bubble = memo(function Bubble(props: BubbleProps) {
  const { name, message, isFirst, showsAuthor, quoted, acts, onReply, onJump, onTakeBack } = props;
  const { t } = useTranslation('conversations');
  const format = useFormat();
  const isOwn = message.direction === 'sent';
  return (
    <article className={`${styles.line} ${isOwn ? styles.own : ''}`} data-first={isFirst || undefined}>
      <div className={styles.bubble} data-type={message.type}>
        {showsAuthor && !isOwn && <strong className={styles.author}>{authorOf(message)}</strong>}
        <span className="visually-hidden">{isOwn ? t('you') : authorOf(message)}: </span>
        {message.revokedAt ? (
          <p className={styles.revoked}>
            <Ban aria-hidden />
            {t('revoked')}
          </p>
        ) : (
          <>
            {message.quoted && <Quote quote={message.quoted} quoted={quoted} onJump={onJump} />}
            <FileContent message={message} />
            <PartsContent name={name} message={message} onVote={acts.vote} />
            <Words message={message} />
          </>
        )}
        <span className={styles.foot}>
          {message.editedAt && !message.revokedAt && <span>{t('edited')}</span>}
          {message.isAutoReply && <span>{t('autoReply')}</span>}
          <time dateTime={message.timestamp}>{format.time(message.timestamp)}</time>
          {isOwn && !message.revokedAt && <Ticks status={message.status} />}
        </span>
        {message.reactions.length > 0 && !message.revokedAt && <Reactions message={message} />}
        {message.status === 'FAILED' && <Failure name={name} message={message} />}
      </div>
      {!message.revokedAt && (
        <MessageMenu message={message} onReact={acts.react} onReply={onReply} onTakeBack={onTakeBack} />
      )}
    </article>
  );
});

/** Something that the gateway has not taken yet. */
export function OutgoingBubble({ item }: { item: Outgoing }) {
  const { t } = useTranslation('conversations');
  const error = useErrorText();
  const typeName = useTypeName();
  const kind = item.file && kindOf(item.file.type);
  return (
    <article className={`${styles.line} ${styles.own}`}>
      <div className={styles.bubble} data-type={kind ?? 'text'}>
        <span className="visually-hidden">{t('you')}: </span>
        {item.previewUrl && kind === 'image' && (
          <img className={styles.image} src={item.previewUrl} alt={typeName('image')} />
        )}
        {item.file && kind !== 'image' && <p className={styles.words}>{item.file.name}</p>}
        {item.text && <p className={styles.words}>{item.text}</p>}
        {item.error === undefined ? (
          <span className={styles.foot}>
            <Ticks status="QUEUED" />
          </span>
        ) : (
          <div className={styles.failure} role="alert">
            <span>{error(item.error)}</span>
            <Button size="small" onClick={() => void sendAgain(item)}>
              {t('sendAgain')}
            </Button>
            <Button size="small" kind="quiet" onClick={() => forget(new Set([item.id]))}>
              {t('discard')}
            </Button>
          </div>
        )}
      </div>
    </article>
  );
}

const TICKS: Record<MessageStatus, LucideIcon> = {
  SCHEDULED: Clock,
  QUEUED: Clock,
  SENT: Check,
  DELIVERED: CheckCheck,
  READ: CheckCheck,
  RECEIVED: Check,
  FAILED: CircleAlert,
  UNKNOWN: CircleQuestionMark,
  CANCELLED: Ban,
};

/** How far a sent message has come, as WhatsApp shows it. */
function Ticks({ status }: { status: MessageStatus }) {
  const { t } = useTranslation('conversations');
  const Icon = TICKS[status];
  const label = t(`status.${status}`);
  return (
    <span className={styles.ticks} data-status={status} title={label}>
      <Icon role="img" aria-label={label} />
    </span>
  );
}

function Failure({ name, message }: { name: string; message: Message }) {
  const { t } = useTranslation('conversations');
  const { data } = useFailure(name, message);
  return (
    <p className={styles.failure}>
      {t('failed')}
      {data?.error && ` ${data.error.message}`}
    </p>
  );
}

interface QuoteProps {
  quote: NonNullable<Message['quoted']>;
  quoted: Message | undefined;
  onJump: (messageId: string) => void;
}

/** What the message replies to; a click goes there. */
function Quote({ quote, quoted, onJump }: QuoteProps) {
  const { t } = useTranslation('conversations');
  const typeName = useTypeName();
  const author = quoted
    ? quoted.direction === 'sent'
      ? t('you')
      : authorOf(quoted)
    : quote.from?.phone && `+${quote.from.phone}`;
  return (
    <button type="button" className={styles.quote} onClick={() => onJump(quote.messageId)}>
      {author && <strong>{author}</strong>}
      <span>{quoted?.text ?? quote.text ?? (quoted ? typeName(quoted.type) : t('quotedMessage'))}</span>
    </button>
  );
}

const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/;

/** The text, with its links. */
function Words({ message: { text, type, poll, media } }: { message: Message }) {
  const { t } = useTranslation('conversations');
  const typeName = useTypeName();
  if (poll) return null;
  if (text === null) {
    // What has no words and nothing to show says at least what it is.
    const isShown =
      media || ['location', 'contact', 'image', 'video', 'audio', 'voice', 'document', 'sticker'].includes(type);
    return isShown ? null : (
      <p className={styles.revoked}>{type === 'undecryptable' ? t('undecryptable') : typeName(type)}</p>
    );
  }
  return (
    <p className={styles.words}>
      {text.split(LINK).map((part, index) =>
        index % 2 === 0 ? (
          part
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text stand in its order
          <a key={index} href={part} target="_blank" rel="noopener noreferrer">
            {part}
          </a>
        ),
      )}
    </p>
  );
}

/** Each emoji once, with how many chose it. */
function Reactions({ message: { reactions } }: { message: Message }) {
  const { t } = useTranslation('conversations');
  const counts = new Map<string, number>();
  for (const { emoji } of reactions) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
  return (
    <ul className={styles.reactions} aria-label={t('reactions')}>
      {[...counts].map(([emoji, count]) => (
        <li key={emoji} className={styles.reaction}>
          {emoji}
          {count > 1 && ` ${count}`}
        </li>
      ))}
    </ul>
  );
}
