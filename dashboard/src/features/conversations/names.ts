import { useTranslation } from 'react-i18next';
import { at } from '../../api/client.ts';
import type { Chat, Message } from '../../api/types.ts';

const TYPES = [
  ...(['text', 'image', 'video', 'audio', 'voice', 'document', 'sticker', 'location', 'contact', 'poll'] as const),
  ...(['event', 'album', 'list', 'buttons', 'undecryptable', 'viewOnce', 'system', 'groupInvite'] as const),
] as const;

/** The way to a chat, or to the chats of an instance. */
export function pathOf(name: string, chat?: string): string {
  return chat === undefined ? at`/conversations/${name}` : `${at`/conversations/${name}`}/${chat}`;
}

/** What a message is that has no words of its own. */
export function useTypeName(): (type: string) => string {
  const { t } = useTranslation('conversations');
  return (type) => t(`types.${TYPES.find((known) => known === type) ?? 'other'}`);
}

export function nameOfChat({ name, jid }: Pick<Chat, 'name' | 'jid'>): string {
  return name ?? nameOfJid(jid);
}

/** `+6281234567890` of a person; else what WhatsApp calls it. */
export function nameOfJid(jid: string): string {
  const phone = phoneOf(jid);
  return phone ? `+${phone}` : (jid.split('@')[0] as string);
}

/** Digits, of a person whose number is known. */
export function phoneOf(jid: string): string | undefined {
  return /^(\d{5,20})@s\.whatsapp\.net$/.exec(jid)?.[1];
}

/** Who wrote a received message. */
export function authorOf({ authorName, phone, lid }: Pick<Message, 'authorName' | 'phone' | 'lid'>): string {
  return authorName ?? (phone ? `+${phone}` : (lid ?? ''));
}
