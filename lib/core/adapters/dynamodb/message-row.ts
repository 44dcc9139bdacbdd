import type { Message, Reaction } from '../../model/message.ts';
import type { MessageFields, SessionWrite } from '../../ports/session-store.ts';
import type { Changes } from './expression.ts';
import { KEYS, MESSAGE_INDEX, TTL } from './keys.ts';
import { type Row, ttlAt, withoutNulls } from './rows.ts';

/** How long messages are kept after their last change. */
export const MESSAGE_TTL_MS = 90 * 86_400_000;

/** The whole row of a new message. */
export function messageToRow(message: Message, scope: string, nowMs: number): Row {
  return {
    ...KEYS.message(message.instanceId, message.id, scope),
    ...withoutNulls(message),
    ...indexKeys(message.instanceId, message.id, message.timestampMs),
    [TTL]: ttlAt(Math.max(nowMs, message.sendAtMs ?? 0) + MESSAGE_TTL_MS),
  };
}

/** The changes of a session's write. The row enters the time index with its `timestampMs`. */
export function messageChanges(
  instanceId: string,
  { id, set, once, placeholder }: Extract<SessionWrite, { kind: 'message' }>,
  nowMs: number,
): Changes {
  return {
    set: {
      ...set,
      instanceId,
      id,
      ...(set?.timestampMs === undefined ? {} : indexKeys(instanceId, id, set.timestampMs)),
      [TTL]: ttlAt(nowMs + MESSAGE_TTL_MS),
    },
    once: { ...placeholderOf(instanceId, id, { ...placeholder }, { ...set }), ...once },
  };
}

/** The message of a row, or undefined while the row holds only receipts. */
export function messageOfRow(row: Row): Message | undefined {
  const fields = row as Partial<Message>;
  if (fields.timestampMs === undefined) return undefined;
  return {
    instanceId: fields.instanceId as string,
    id: fields.id as string,
    direction: fields.direction ?? 'received',
    chat: fields.chat ?? '',
    address: fields.address ?? null,
    party: fields.party ?? { phone: null, lid: null },
    authorName: fields.authorName ?? null,
    type: fields.type ?? 'unknown',
    text: fields.text ?? null,
    media: fields.media ?? null,
    ...(fields.parts && { parts: fields.parts }),
    ...reactionsOf(row),
    edit: fields.edit ?? null,
    isAutoReply: fields.isAutoReply ?? false,
    commandId: fields.commandId ?? null,
    timestampMs: fields.timestampMs,
    sendAtMs: fields.sendAtMs ?? null,
    releasedAtMs: fields.releasedAtMs ?? null,
    cancelledAtMs: fields.cancelledAtMs ?? null,
    sentAtMs: fields.sentAtMs ?? null,
    deliveredAtMs: fields.deliveredAtMs ?? null,
    readAtMs: fields.readAtMs ?? null,
    failedAtMs: fields.failedAtMs ?? null,
    unknownAtMs: fields.unknownAtMs ?? null,
    revokedAtMs: fields.revokedAtMs ?? null,
    error: fields.error ?? null,
  };
}

/** Each is a field of its own, so that those of two people never meet. */
function reactionsOf(row: Row): Pick<Message, 'reactions'> {
  const fields = Object.keys(row).filter((name) => name.startsWith('reaction:'));
  return fields.length === 0 ? {} : { reactions: fields.map((name) => row[name] as Reaction) };
}

/** What of a placeholder is not set anyway: an update may name an attribute once. */
function placeholderOf(instanceId: string, id: string, placeholder: MessageFields, set: MessageFields): Row {
  const { timestampMs } = placeholder;
  const all = { ...placeholder, ...(timestampMs === undefined ? {} : indexKeys(instanceId, id, timestampMs)) };
  if (set.timestampMs !== undefined) return {};
  return Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(set, name)));
}

function indexKeys(instanceId: string, id: string, timestampMs: number): Row {
  return { gsi1pk: MESSAGE_INDEX.pk(instanceId), gsi1sk: MESSAGE_INDEX.sk(timestampMs, id) };
}
