import { type Chat, isMuted, type Label, MUTED_FOREVER } from '../../../lib/core/model/chat.ts';
import { publicMessageId } from '../../../lib/core/model/ids.ts';
import type { SeenPresence } from '../../../lib/core/model/person.ts';
import { phoneOfJid } from '../../../lib/core/model/phone.ts';
import { iso } from './views.ts';

/** What is muted for ever has no end to show; a mute that is over is none. */
export function chatView(chat: Chat, nowMs: number): object {
  const { lastMessage: last, mutedUntilMs } = chat;
  const muted = isMuted(chat, nowMs);
  return {
    jid: chat.id,
    phone: phoneOfJid(chat.id) ?? null,
    name: chat.name ?? chat.pushName,
    isGroup: chat.isGroup,
    unread: chat.unread,
    isMarkedUnread: chat.markedUnread,
    isArchived: chat.archived,
    isPinned: chat.pinnedAtMs !== null,
    isMuted: muted,
    mutedUntil: muted && mutedUntilMs !== MUTED_FOREVER ? iso(mutedUntilMs) : null,
    labels: chat.labels,
    lastMessageAt: iso(chat.lastMessageAtMs),
    lastMessage: last && {
      messageId: publicMessageId(last.id),
      direction: last.fromMe ? 'sent' : 'received',
      type: last.type,
      text: last.text,
      timestamp: iso(last.timestampMs),
    },
  };
}

export function labelView({ id, name, color }: Label): object {
  return { labelId: id, name, color };
}

export function presenceView({ chat, phone, lid, presence, lastSeenMs, atMs }: SeenPresence): object {
  return { chat, phone, lid, presence, lastSeen: iso(lastSeenMs), seenAt: iso(atMs) };
}
