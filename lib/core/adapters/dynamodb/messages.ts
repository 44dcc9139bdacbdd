import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Chat, Contact, Message } from '../../model/message.ts';
import { OUT_SCOPE } from '../../model/message.ts';
import { isGroupJid } from '../../model/phone.ts';
import type { MessageFilter, MessageStore } from '../../ports/messages.ts';
import { badCursor, decodeCursor, encodeCursor } from './cursor.ts';
import { GSI1, KEYS, type Key, MESSAGE_INDEX, PREFIXES } from './keys.ts';
import { messageOfRow } from './message-row.ts';
import { isLive, type Place, queryAll, queryUpTo, type Row } from './rows.ts';

/** With a filter, pages are read this large: most of their rows may be the wrong ones. */
const FILTERED_PAGE = 200;

const INDEX_SHAPE = /^\d{13}#.{1,600}$/s;
const MESSAGE_SHAPE = /^MSG#.{1,800}$/s;
const CONTACT_SHAPE = /^CONTACT#.{1,800}$/s;

export function createMessageStore(place: Place): MessageStore {
  const { dynamo, table: TableName, clock } = place;

  /** Rows of the time index, newest first, from after `start`. */
  async function* indexPages(instanceId: string, filter: MessageFilter, start: Row | undefined, limit: number) {
    let from = start;
    const { direction, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER } = filter;
    do {
      const page = await dynamo.send(
        new QueryCommand({
          TableName,
          IndexName: GSI1,
          KeyConditionExpression: 'gsi1pk = :pk AND gsi1sk BETWEEN :from AND :to',
          ExpressionAttributeValues: {
            ':pk': MESSAGE_INDEX.pk(instanceId),
            ':from': MESSAGE_INDEX.from(fromMs),
            ':to': MESSAGE_INDEX.to(toMs),
            ...(direction ? { ':direction': direction } : {}),
          },
          ...(direction
            ? { FilterExpression: '#direction = :direction', ExpressionAttributeNames: { '#direction': 'direction' } }
            : {}),
          ScanIndexForward: false,
          ExclusiveStartKey: from,
          Limit: direction ? Math.max(limit, FILTERED_PAGE) : limit,
        }),
      );
      yield (page.Items ?? []).filter((row) => isLive(row, clock()));
      from = page.LastEvaluatedKey;
    } while (from);
  }

  return {
    async get(instanceId, messageId) {
      const rows = await queryAll(place, PREFIXES.messageScopes(instanceId, messageId));
      // Somebody may give a message the id of one of ours: ours comes first.
      const ours = KEYS.message(instanceId, messageId, OUT_SCOPE).sk;
      const messages = rows.sort((a, b) => Number(b.sk === ours) - Number(a.sk === ours)).map(messageOfRow);
      return messages.find((message) => message !== undefined);
    },

    async list(instanceId, filter, limit, cursor) {
      if (filter.fromMs !== undefined && filter.toMs !== undefined && filter.fromMs > filter.toMs) {
        return { items: [], nextCursor: null };
      }
      const start = cursor === undefined ? undefined : startOf(instanceId, filter, cursor);
      const found: { row: Row; message: Message }[] = [];
      for await (const rows of indexPages(instanceId, filter, start, limit + 1)) {
        for (const row of rows) {
          const message = messageOfRow(row);
          if (message) found.push({ row, message });
        }
        if (found.length > limit) break;
      }
      const last = found.length > limit ? found[limit - 1]?.row : undefined;
      return {
        items: found.slice(0, limit).map(({ message }) => message),
        nextCursor: last ? encodeCursor([last.gsi1sk as string, last.sk as string]) : null,
      };
    },

    async listChats(instanceId) {
      const chats = (await queryAll(place, PREFIXES.chats(instanceId))).map(chatOfRow);
      return chats.sort((a, b) => (b.lastMessageAtMs ?? 0) - (a.lastMessageAtMs ?? 0));
    },

    async listContacts(instanceId, limit, cursor) {
      const prefix = PREFIXES.contacts(instanceId);
      const [sk] = cursor === undefined ? [] : decodeCursor(cursor, [CONTACT_SHAPE]);
      const { rows, more } = await queryUpTo(
        place,
        prefix,
        limit,
        sk === undefined ? {} : { after: { pk: prefix.pk, sk } },
      );
      const last = more ? rows.at(-1) : undefined;
      return { items: rows.map(contactOfRow), nextCursor: last ? encodeCursor([last.sk as string]) : null };
    },
  };
}

/** The index row to start after. @throws GatewayError VALIDATION_ERROR for a cursor of another list or filter */
function startOf(
  instanceId: string,
  { fromMs = 0, toMs = Number.MAX_SAFE_INTEGER }: MessageFilter,
  cursor: string,
): Row {
  const [gsi1sk, sk] = decodeCursor(cursor, [INDEX_SHAPE, MESSAGE_SHAPE]) as [string, string];
  if (gsi1sk < MESSAGE_INDEX.from(fromMs) || gsi1sk > MESSAGE_INDEX.to(toMs)) throw badCursor();
  const key: Key = { pk: PREFIXES.chats(instanceId).pk, sk };
  return { ...key, gsi1pk: MESSAGE_INDEX.pk(instanceId), gsi1sk };
}

function chatOfRow(row: Row): Chat {
  const { instanceId, id, name, isGroup, lastMessageAtMs, unread } = row as unknown as Chat;
  return {
    instanceId,
    id,
    name: name ?? null,
    isGroup: isGroup ?? isGroupJid(id),
    lastMessageAtMs: lastMessageAtMs ?? null,
    unread: unread ?? null,
  };
}

function contactOfRow(row: Row): Contact {
  const { instanceId, id, phone, lid, name, pushName } = row as unknown as Contact;
  return { instanceId, id, phone: phone ?? null, lid: lid ?? null, name: name ?? null, pushName: pushName ?? null };
}
