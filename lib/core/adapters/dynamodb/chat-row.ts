import type { Chat, Label, LabelAssociation } from '../../model/chat.ts';
import { isGroupJid } from '../../model/phone.ts';
import type { SessionWrite } from '../../ports/session-store.ts';
import type { Changes } from './expression.ts';
import { CHAT_INDEX } from './keys.ts';
import type { Row } from './rows.ts';

type ChatWrite = Extract<SessionWrite, { kind: 'chat' }>;

/** One attribute a label, so that two writes of one chat never undo each other. */
const LABEL_ATTRIBUTE = 'label:';

/** The changes of a session's write. The row enters the index with its `lastMessageAtMs`, and leaves it with null. */
export function chatChanges(instanceId: string, { id, set, unread, labels = {} }: ChatWrite): Changes {
  const { lastMessageAtMs } = set;
  const index =
    lastMessageAtMs === undefined
      ? {}
      : {
          gsi1pk: lastMessageAtMs === null ? null : CHAT_INDEX.pk(instanceId),
          gsi1sk: lastMessageAtMs === null ? null : CHAT_INDEX.sk(lastMessageAtMs, id),
        };
  const tags = Object.entries(labels).map(([label, on]) => [`${LABEL_ATTRIBUTE}${label}`, on ? true : null]);
  return {
    set: { ...set, ...index, ...Object.fromEntries(tags), instanceId, id },
    ...(unread === undefined ? {} : { add: { unread } }),
  };
}

/** Two writes of one chat as one: a count that is set ends what was added before, and takes what is added after. */
export function mergeChatWrites(earlier: ChatWrite, later: ChatWrite): ChatWrite {
  const set = { ...earlier.set, ...defined(later.set) };
  const labels = { ...earlier.labels, ...later.labels };
  const added = later.unread ?? 0;
  const { unread: before, ...merged }: ChatWrite = { ...later, set };
  const tags = Object.keys(labels).length > 0 ? { labels } : {};
  if (later.set.unread !== undefined) {
    return { ...merged, ...tags, set: added === 0 ? set : { ...set, unread: (later.set.unread ?? 0) + added } };
  }
  if (earlier.set.unread !== undefined && added !== 0) {
    return { ...merged, ...tags, set: { ...set, unread: (earlier.set.unread ?? 0) + added } };
  }
  const sum = (earlier.unread ?? 0) + added;
  return { ...merged, ...tags, ...(earlier.unread === undefined && before === undefined ? {} : { unread: sum }) };
}

function defined(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

export function chatOfRow(row: Row): Chat {
  const chat = row as unknown as Partial<Chat>;
  const id = chat.id as string;
  return {
    instanceId: chat.instanceId as string,
    id,
    name: chat.name ?? null,
    pushName: chat.pushName ?? null,
    isGroup: chat.isGroup ?? isGroupJid(id),
    lastMessageAtMs: chat.lastMessageAtMs ?? null,
    lastMessage: chat.lastMessage ?? null,
    unread: chat.unread ?? 0,
    markedUnread: chat.markedUnread ?? false,
    archived: chat.archived ?? false,
    pinnedAtMs: chat.pinnedAtMs ?? null,
    mutedUntilMs: chat.mutedUntilMs ?? null,
    clearedAtMs: chat.clearedAtMs ?? null,
    labels: Object.keys(row)
      .filter((name) => name.startsWith(LABEL_ATTRIBUTE))
      .map((name) => name.slice(LABEL_ATTRIBUTE.length))
      .sort(),
  };
}

export function labelOfRow(row: Row): Label {
  const { id, name, color, deleted } = row as unknown as Label;
  return { id, name: name ?? '', color: color ?? 0, deleted: deleted ?? false };
}

export function associationOfRow(row: Row): LabelAssociation {
  const { labelId, chat, messageId } = row as unknown as LabelAssociation;
  return { labelId, chat, messageId: messageId ?? null };
}
