import { BellOff, Pin, UserRound, UsersRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Chat } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import styles from './conversations.module.css';
import { nameOfChat, pathOf, useTypeName } from './names.ts';
import { dayOf } from './thread.ts';

export function ChatRow({ name, chat, isOpen }: { name: string; chat: Chat; isOpen: boolean }) {
  const { t } = useTranslation('conversations');
  const { lastMessage: last, unread, isMarkedUnread } = chat;
  const typeName = useTypeName();
  const isUnread = unread > 0 || isMarkedUnread;
  return (
    <Link
      href={pathOf(name, chat.jid)}
      className={styles.chat}
      aria-current={isOpen ? 'true' : undefined}
      data-unread={isUnread || undefined}
    >
      <Avatar isGroup={chat.isGroup} name={chat.name} />
      <span className={styles.chatName}>{nameOfChat(chat)}</span>
      <span className={styles.chatTime}>
        <ShortTime at={chat.lastMessageAt} />
      </span>
      <span className={styles.chatText}>
        {last?.direction === 'sent' && `${t('you')}: `}
        {last && (last.text ?? typeName(last.type))}
      </span>
      <span className={styles.marks}>
        {chat.isMuted && <BellOff role="img" aria-label={t('muted')} />}
        {chat.isPinned && <Pin role="img" aria-label={t('pinned')} />}
        {isUnread && (
          <span className={styles.unread}>
            {unread > 0 ? unread : ''}
            <span className="visually-hidden">{unread > 0 ? t('unread') : t('markedUnread')}</span>
          </span>
        )}
      </span>
    </Link>
  );
}

export function Avatar({ isGroup, name }: { isGroup: boolean; name: string | null }) {
  const letter = name?.match(/\p{L}/u)?.[0];
  return (
    <span className={styles.avatar} aria-hidden>
      {isGroup ? <UsersRound /> : letter ? letter.toUpperCase() : <UserRound />}
    </span>
  );
}

function ShortTime({ at }: { at: string | null }) {
  const format = useFormat();
  if (at === null) return null;
  return <time dateTime={at}>{dayOf(at) === dayOf(Date.now()) ? format.time(at) : format.date(at)}</time>;
}
