import type { ApiKey, Subscription, User } from '../../../lib/core/model/account.ts';
import { publicMessageId } from '../../../lib/core/model/ids.ts';
import { type AccountHealth, type Instance, newChatStop, publicSettings } from '../../../lib/core/model/instance.ts';
import { secretEndsAtMs } from '../../../lib/core/model/key-rotation.ts';
import { type Contact, type Message, messageStatus } from '../../../lib/core/model/message.ts';
import { LID_SERVER, phoneOfJid, USER_SERVER } from '../../../lib/core/model/phone.ts';
import { percentOf } from '../../../lib/core/model/stats.ts';
import { uptimeOf } from '../../../lib/core/model/uptime.ts';
import type { SessionTokens } from '../../../lib/core/usecases/open-session.ts';

export function userView(user: User): object {
  const { id, email, username, name, role, tenantId, mustChangePassword, createdAt } = user;
  const shown = { id, email, ...(username !== null && { username }), name, role };
  return { ...shown, subscriptionId: tenantId, mustChangePassword, createdAt };
}

export function subscriptionView(subscription: Subscription): object {
  const { id, name, tier, maxInstances, currentInstances } = subscription;
  return { id, name, tier, maxInstances, currentInstances };
}

export function tokensView(tokens: SessionTokens): SessionTokens {
  const { token, tokenExpiresAt, refreshToken, refreshTokenExpiresAt } = tokens;
  return { token, tokenExpiresAt, refreshToken, refreshTokenExpiresAt };
}

export function instanceView(instance: Instance): object {
  const { id, name, environment, state, settings, createdAt, createdById } = instance;
  return {
    id,
    name,
    environment,
    status: state.status,
    phone: plusPhone(state.phone),
    displayName: state.displayName,
    lastConnectedAt: state.lastConnectedAt,
    settings: publicSettings(settings),
    createdAt,
    createdById,
  };
}

/** The connection as it stands. */
export function statusView(instance: Instance, nowMs: number): object {
  const { name, environment, state } = instance;
  return {
    name,
    environment,
    status: state.status,
    phone: plusPhone(state.phone),
    displayName: state.displayName,
    lastConnectedAt: state.lastConnectedAt,
    connectionAttempts: state.connectionAttempts,
    nextRetry: state.nextRetryAt,
    lastError: state.lastError,
    lastErrorAt: state.lastErrorAt,
    uptime: uptimeView(instance, nowMs),
    qrCodeExpiry: state.qr?.expiresAt ?? null,
    account: accountView(state.account, nowMs),
  };
}

/** Limits that WhatsApp has put on the account. */
export function accountView(account: AccountHealth | null, nowMs: number) {
  const { timeLock = null, newChats = null, refusedAt = null } = account ?? {};
  return { mayBeginChats: newChatStop(account, nowMs) === undefined, timeLock, newChats, refusedAt };
}

/** What may be told of a key: never the key. `previous` is its secret before the last rotation, while it works. */
export function apiKeyView(key: ApiKey): object {
  const { id, name, hint, permissions, rateLimit, ipAllowList, createdAt, createdById, expiresAt, revokedAt } = key;
  const previous = key.previous && { hint: key.previous.hint, validUntil: key.previous.until };
  return {
    ...{ id, name, hint, permissions, rateLimit, ipAllowList, createdAt, createdById, expiresAt, revokedAt },
    ...{ lastUsedAt: key.lastUsedAt, previous },
    ...(key.rotation && {
      rotation: { ...key.rotation, secretValidUntil: new Date(secretEndsAtMs(key)).toISOString() },
    }),
  };
}

/** `from` is the author of a received message, `to` the chat of a sent one; the other side is the instance: null. */
export function messageView(message: Message, mediaUrl: string | null = null): object {
  const { phone, lid } = message.party;
  const isReceived = message.direction === 'received';
  return {
    messageId: publicMessageId(message.id),
    direction: message.direction,
    status: messageStatus(message),
    type: message.type,
    from: isReceived ? (phone ?? (lid === null ? null : `${lid}@${LID_SERVER}`)) : null,
    to: isReceived ? null : addressOf(message.chat),
    chat: addressOf(message.chat),
    phone,
    lid,
    authorName: message.authorName,
    text: message.edit ? message.edit.text : message.text,
    media: message.media ? { ...message.media, url: mediaUrl } : null,
    quoted: message.parts?.quoted ?? null,
    location: message.parts?.location ?? null,
    contacts: message.parts?.contacts ?? [],
    poll: message.parts?.poll ?? null,
    reactions: (message.reactions ?? []).map(({ emoji, from, atMs }) => ({ emoji, from, timestamp: iso(atMs) })),
    isAutoReply: message.isAutoReply,
    timestamp: iso(message.timestampMs),
    editedAt: iso(message.edit?.atMs ?? null),
    revokedAt: iso(message.revokedAtMs),
  };
}

/** `name` is the phone's own for them, or else the one they gave themselves. */
export function contactView({ phone, lid, name, pushName, blocked }: Contact): object {
  const jid = phone === null ? `${lid}@${LID_SERVER}` : `${phone}@${USER_SERVER}`;
  return { jid, phone, lid, name: name ?? pushName, pushName, blocked };
}

/** A message with every moment of it. */
export function messageDetailView(message: Message, mediaUrl: string | null = null): object {
  return { ...messageStatusView(message), ...messageView(message, mediaUrl) };
}

/** `timestamp` is the moment of the present status; the others say when each was reached. */
export function messageStatusView(message: Message): object {
  const status = messageStatus(message);
  const moments = {
    READ: message.readAtMs,
    DELIVERED: message.deliveredAtMs,
    SENT: message.sentAtMs,
    FAILED: message.failedAtMs,
    UNKNOWN: message.unknownAtMs,
    SCHEDULED: message.timestampMs,
    CANCELLED: message.cancelledAtMs,
    QUEUED: message.releasedAtMs ?? message.timestampMs,
    RECEIVED: message.timestampMs,
  };
  return {
    messageId: publicMessageId(message.id),
    direction: message.direction,
    to: message.direction === 'sent' ? addressOf(message.chat) : null,
    status,
    timestamp: iso(moments[status] ?? message.timestampMs),
    createdAt: iso(message.timestampMs),
    ...(message.sendAtMs ? { sendAt: iso(message.sendAtMs) } : {}),
    sentAt: iso(message.sentAtMs),
    deliveredAt: iso(message.deliveredAtMs),
    readAt: iso(message.readAtMs),
    failedAt: iso(message.failedAtMs),
    error: message.error,
  };
}

/** The digits of a person's number where a JID has one, else the JID. */
export function addressOf(jid: string): string {
  return phoneOfJid(jid) ?? jid;
}

export function iso(ms: number): string;
export function iso(ms: number | null): string | null;
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** `99.2%` of the last 30 days, or since it was first linked; null before. */
export function uptimeView({ connections = [] }: Instance, nowMs: number): string | null {
  const uptime = uptimeOf(connections, nowMs);
  if (uptime === null) return null;
  return percentOf(uptime.upMs, uptime.ofMs) ?? percentOf(1, 1);
}

export function plusPhone(digits: string | null): string | null {
  return digits === null ? null : `+${digits}`;
}

/** The turns of its connection, oldest first. */
export function historyView({ connections = [] }: Instance): { connected: boolean; since: string }[] {
  return connections.map((atMs, index) => ({ connected: index % 2 === 0, since: iso(atMs) }));
}
