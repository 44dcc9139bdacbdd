import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Chat } from '../../model/chat.ts';
import { phoneOfJid } from '../../model/phone.ts';
import type { ChatFilter, ChatStore } from '../../ports/chats.ts';
import { associationOfRow, chatOfRow, labelOfRow } from './chat-row.ts';
import { badCursor, decodeCursor, encodeCursor } from './cursor.ts';
import { CHAT_INDEX, GSI1, KEYS, PREFIXES } from './keys.ts';
import { getRows, type Place, queryAll, queryUpTo, type Row } from './rows.ts';
import { nameMatcher } from './search.ts';

/** With a filter, pages are read this large: most of their rows may be the wrong ones. */
const FILTERED_PAGE = 500;
/** Pages that one call reads at most. */
const MAX_PAGES = 3;

/** A chat is what was heard: a moment more or less does not matter. */
const ROUGHLY = { consistent: false };

const INDEX_SHAPE = /^\d{13}#.{1,200}$/s;
const LABELLED_SHAPE = /^LABELLED#.{1,400}$/s;

export function createChatStore(place: Place): ChatStore {
  const { dynamo, table: TableName } = place;

  /** Rows of the index, latest activity first. */
  async function* indexPages(instanceId: string, from: Row | undefined, limit: number) {
    let start = from;
    do {
      const page = await dynamo.send(
        new QueryCommand({
          TableName,
          IndexName: GSI1,
          KeyConditionExpression: 'gsi1pk = :pk',
          ExpressionAttributeValues: { ':pk': CHAT_INDEX.pk(instanceId) },
          ScanIndexForward: false,
          ExclusiveStartKey: start,
          Limit: limit,
        }),
      );
      start = page.LastEvaluatedKey;
      yield { rows: page.Items ?? [], next: start };
    } while (start);
  }

  return {
    async get(instanceId, chatId) {
      const [row] = await getRows(place, [KEYS.chat(instanceId, chatId)], ROUGHLY);
      return row && chatOfRow(row);
    },

    async getMany(instanceId, ids) {
      const keys = ids.map((id) => KEYS.chat(instanceId, id));
      return (await getRows(place, keys, ROUGHLY)).map(chatOfRow);
    },

    async list(instanceId, filter, limit, cursor) {
      const start = cursor === undefined ? undefined : startOf(instanceId, cursor);
      const wanted = matcherOf(filter);
      const pageSize = Object.keys(filter).length === 0 ? limit + 1 : Math.max(limit + 1, FILTERED_PAGE);
      const found: Chat[] = [];
      let pages = 0;
      let unread: Row | undefined;
      for await (const { rows, next } of indexPages(instanceId, start, pageSize)) {
        found.push(...rows.map(chatOfRow).filter(wanted));
        pages += 1;
        unread = next;
        if (found.length > limit || pages === MAX_PAGES) break;
      }
      const last = found[limit - 1];
      const after =
        found.length > limit && last
          ? CHAT_INDEX.sk(last.lastMessageAtMs as number, last.id)
          : (unread?.gsi1sk as string | undefined);
      return { items: found.slice(0, limit), nextCursor: after === undefined ? null : encodeCursor([after]) };
    },

    async listLabels(instanceId) {
      return (await queryAll(place, PREFIXES.labels(instanceId))).map(labelOfRow);
    },

    async listLabelled(instanceId, labelId, limit, cursor) {
      const prefix = PREFIXES.labelled(instanceId, labelId);
      const [sk] = cursor === undefined ? [] : decodeCursor(cursor, [LABELLED_SHAPE]);
      if (sk !== undefined && !sk.startsWith(prefix.prefix)) throw badCursor();
      const { rows, more } = await queryUpTo(place, prefix, limit, sk ? { after: { pk: prefix.pk, sk } } : {});
      const nextCursor = more ? encodeCursor([rows.at(-1)?.sk as string]) : null;
      return { items: rows.map(associationOfRow), nextCursor };
    },

    async labelsOfMessage(instanceId, chat, messageId, labelIds) {
      const keys = labelIds.map((labelId) => KEYS.labelled(instanceId, labelId, chat, messageId));
      return (await getRows(place, keys, ROUGHLY)).map(associationOfRow);
    },
  };
}

/** The index row to start after. @throws GatewayError VALIDATION_ERROR for a cursor of another list */
function startOf(instanceId: string, cursor: string): Row {
  const [gsi1sk] = decodeCursor(cursor, [INDEX_SHAPE]) as [string];
  const key = KEYS.chat(instanceId, gsi1sk.slice(gsi1sk.indexOf('#') + 1));
  return { ...key, gsi1pk: CHAT_INDEX.pk(instanceId), gsi1sk };
}

function matcherOf({ archived, unreadOnly, isGroup, search }: ChatFilter): (chat: Chat) => boolean {
  const isNamed = search === undefined ? () => true : nameMatcher(search);
  return (chat) =>
    (archived === undefined || chat.archived === archived) &&
    (isGroup === undefined || chat.isGroup === isGroup) &&
    (!unreadOnly || chat.unread > 0 || chat.markedUnread) &&
    isNamed([chat.name, chat.pushName], phoneOfJid(chat.id) ?? null);
}
