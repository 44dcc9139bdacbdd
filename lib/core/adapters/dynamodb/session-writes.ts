import { contactId } from '../../model/message.ts';
import type { Fence, SessionWrite } from '../../ports/session-store.ts';
import { chatChanges, mergeChatWrites } from './chat-row.ts';
import { finishChanges } from './command-row.ts';
import { buildUpdate, type Changes } from './expression.ts';
import { stateChanges } from './instance-row.ts';
import { KEYS, type Key, TTL } from './keys.ts';
import { messageChanges } from './message-row.ts';
import { ttlAt, withoutNulls } from './rows.ts';
import type { TransactItem } from './transact.ts';

/** What somebody was seen doing is of no use later. */
const PRESENCE_TTL_MS = 86_400_000;

/** DynamoDB takes 400 KB a row; the rest is for keys and names. */
export const MAX_VALUE_BYTES = 380 * 1024;

export interface SessionTables {
  mainTable: string;
  keysTable: string;
}

/**
 * One write a row, in the order of first appearance, since a transaction may name a row only once. Of a key, a sent
 * protobuf and a finish the last one counts, of events with the same `once` the first; elsewhere `set` is merged field by field, the later field winning, and
 * `once` likewise, the earlier one winning.
 */
export function mergeSessionWrites(writes: readonly SessionWrite[]): SessionWrite[] {
  const merged = new Map<string, SessionWrite>();
  for (const [i, write] of writes.entries()) {
    const row = rowOf(write, i);
    const earlier = merged.get(row);
    merged.set(row, earlier ? merge(earlier, write) : write);
  }
  return [...merged.values()];
}

function rowOf(write: SessionWrite, position: number): string {
  switch (write.kind) {
    case 'key':
      return `key ${write.key}`;
    case 'message':
      return `message ${write.id} ${write.scope}`;
    case 'sentProto':
    case 'chat':
    case 'contact':
      return `${write.kind} ${write.id}`;
    case 'merged':
      return `${write.row} ${write.id}`;
    case 'pair':
      return `pair ${write.pair.lid}`;
    case 'label':
      return `label ${write.label.id}`;
    case 'labelled': {
      const { labelId, chat, messageId } = write.association;
      return `labelled ${labelId} ${chat} ${messageId}`;
    }
    case 'presence':
      return `presence ${write.seen.chat} ${contactId(write.seen)}`;
    case 'state':
      return 'state';
    case 'finish':
      return `finish ${write.commandId}`;
    case 'event':
      return write.once === undefined ? `event at ${position}` : `event ${write.once}`;
  }
}

function merge(earlier: SessionWrite, later: SessionWrite): SessionWrite {
  if (later.kind === 'event') return earlier;
  if (later.kind === 'message' && earlier.kind === 'message') {
    const set = { ...earlier.set, ...present(later.set) };
    const once = { ...present(later.once), ...moments(earlier.once) };
    return {
      ...later,
      ...(earlier.set || later.set ? { set } : {}),
      ...(earlier.once || later.once ? { once } : {}),
      ...(earlier.placeholder ? { placeholder: earlier.placeholder } : {}),
    };
  }
  if (later.kind === 'chat' && earlier.kind === 'chat') return mergeChatWrites(earlier, later);
  if (later.kind === 'contact' && earlier.kind === 'contact') {
    const once = { ...present(later.once), ...moments(earlier.once) };
    const set = { ...earlier.set, ...present(later.set) };
    return { ...later, set, ...(earlier.once || later.once ? { once } : {}) };
  }
  if ('set' in later && 'set' in earlier) {
    return { ...later, set: { ...earlier.set, ...present(later.set) } } as SessionWrite;
  }
  return later;
}

/** Without fields that are undefined: spreading them would erase earlier ones. */
function present(fields: object | undefined): object {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== undefined));
}

/** Without null too: it is no moment. */
function moments(fields: object | undefined): object {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== undefined && value !== null));
}

/**
 * The items of one merged write.
 * @throws Error when a value is too large for a row
 */
export function itemsOf(
  fence: Fence,
  write: Exclude<SessionWrite, { kind: 'event' }>,
  tables: SessionTables,
  nowMs: number,
): TransactItem[] {
  const { instanceId, tenantId } = fence;
  const { mainTable, keysTable } = tables;
  const update = (Key: Key, changes: Changes): TransactItem => ({
    Update: { TableName: mainTable, Key, ...buildUpdate(changes) },
  });
  const put = (Key: Key, fields: object): TransactItem => ({
    Put: { TableName: mainTable, Item: { ...fields, ...Key } },
  });
  switch (write.kind) {
    case 'key': {
      const Key = KEYS.sessionKey(instanceId, write.key);
      if (write.value === null) return [{ Delete: { TableName: keysTable, Key } }];
      return [{ Put: { TableName: keysTable, Item: { ...Key, d: checked(write.value, write.key) } } }];
    }
    case 'sentProto': {
      const d = checked(write.value, `the sent message ${write.id}`);
      const ttl = ttlAt(nowMs + write.ttlSeconds * 1000);
      return [{ Put: { TableName: keysTable, Item: { ...KEYS.sentProto(instanceId, write.id), d, [TTL]: ttl } } }];
    }
    case 'message':
      return [update(KEYS.message(instanceId, write.id, write.scope), messageChanges(instanceId, write, nowMs))];
    case 'chat':
      return [update(KEYS.chat(instanceId, write.id), chatChanges(instanceId, write))];
    case 'contact': {
      const set = { ...write.set, instanceId, id: write.id };
      const once = Object.entries(write.once ?? {}).filter(([name]) => !Object.hasOwn(set, name));
      return [update(KEYS.contact(instanceId, write.id), { set, once: Object.fromEntries(once) })];
    }
    case 'merged':
      return [{ Delete: { TableName: mainTable, Key: KEYS[write.row](instanceId, write.id) } }];
    case 'pair': {
      const { pair } = write;
      return [put(KEYS.lid(instanceId, pair.lid), { ...pair }), put(KEYS.phone(instanceId, pair.phone), { ...pair })];
    }
    case 'label':
      return [put(KEYS.label(instanceId, write.label.id), { ...write.label })];
    case 'labelled': {
      const { labelId, chat, messageId } = write.association;
      const Key = KEYS.labelled(instanceId, labelId, chat, messageId);
      if (!write.on) return [{ Delete: { TableName: mainTable, Key } }];
      return [put(Key, withoutNulls(write.association))];
    }
    case 'presence': {
      const { seen } = write;
      const Key = KEYS.presence(instanceId, seen.chat, contactId(seen) ?? '');
      return [put(Key, { ...withoutNulls(seen), [TTL]: ttlAt(seen.atMs + PRESENCE_TTL_MS) })];
    }
    case 'state':
      return [update(KEYS.instance(tenantId, instanceId), stateChanges(write.set, nowMs))];
    case 'finish': {
      const { commandId, shard, outcome, finishedAtMs } = write;
      return [
        update(KEYS.command(instanceId, commandId), finishChanges(outcome, finishedAtMs)),
        { Delete: { TableName: mainTable, Key: KEYS.pending(shard, instanceId, commandId) } },
      ];
    }
  }
}

function checked(value: Uint8Array, what: string): Uint8Array {
  if (value.byteLength > MAX_VALUE_BYTES) {
    throw new Error(`The value of ${what} has ${value.byteLength} bytes; a row takes ${MAX_VALUE_BYTES}.`);
  }
  return value;
}
