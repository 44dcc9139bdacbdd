import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Contact, Message } from '../../model/message.ts';
import { OUT_SCOPE } from '../../model/message.ts';
import type { MessageFilter, MessageStore } from '../../ports/messages.ts';
import { badCursor, decodeCursor, encodeCursor } from './cursor.ts';
import { GSI1, KEYS, type Key, MESSAGE_INDEX, PREFIXES } from './keys.ts';
import { messageOfRow } from './message-row.ts';
import { getRows, isLive, type Place, queryAll, queryPages, type Row } from './rows.ts';
import { nameMatcher } from './search.ts';

/** With a filter, pages are read this large: most of their rows may be the wrong ones. */
const FILTERED_PAGE = 1_000;
/** Pages that one call reads at most. */
const MAX_PAGES = 3;

const CONTACT_PAGE = 4_000;

const INDEX_SHAPE = /^\d{13}#.{1,600}$/s;
const MESSAGE_SHAPE = /^MSG#.{1,800}$/s;
const CONTACT_SHAPE = /^CONTACT#.{1,800}$/s;

export function createMessageStore(place: Place): MessageStore {
  const { dynamo, table: TableName, clock } = place;

  /** Rows of the time index, newest first, from after `start`, and the row to go on after. */
  async function* indexPages(instanceId: string, filter: MessageFilter, start: Row | undefined, limit: number) {
    let from = start;
    const { direction, chats, type, fromMs = 0, toMs = Number.MAX_SAFE_INTEGER } = filter;
    const wanted = Object.entries({ direction, type, chat: chats })
      .map(([name, value]) => ({ name, values: [value ?? []].flat() }))
      .filter(({ values }) => values.length > 0);
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
            ...Object.fromEntries(
              wanted.flatMap(({ name, values }) => values.map((value, i) => [`:${name}${i}`, value])),
            ),
          },
          ...(wanted.length > 0
            ? {
                FilterExpression: wanted
                  .map(({ name, values }) => `#${name} IN (${values.map((_, i) => `:${name}${i}`).join(', ')})`)
                  .join(' AND '),
                ExpressionAttributeNames: Object.fromEntries(wanted.map(({ name }) => [`#${name}`, name])),
              }
            : {}),
          ScanIndexForward: false,
          ExclusiveStartKey: from,
          Limit: wanted.length > 0 ? Math.max(limit, FILTERED_PAGE) : limit,
        }),
      );
      from = page.LastEvaluatedKey;
      yield { rows: (page.Items ?? []).filter((row) => isLive(row, clock())), next: from };
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

    async getSent(places) {
      const keys = places.map(({ instanceId, messageId }) => KEYS.message(instanceId, messageId, OUT_SCOPE));
      const messages = (await getRows(place, keys)).map(messageOfRow).filter((message) => message !== undefined);
      return new Map(messages.map((message) => [message.id, message]));
    },

    async list(instanceId, filter, limit, cursor) {
      if (filter.fromMs !== undefined && filter.toMs !== undefined && filter.fromMs > filter.toMs) {
        return { items: [], nextCursor: null };
      }
      const start = cursor === undefined ? undefined : startOf(instanceId, filter, cursor);
      const found: { row: Row; message: Message }[] = [];
      let pages = 0;
      let unread: Row | undefined;
      for await (const { rows, next } of indexPages(instanceId, filter, start, limit + 1)) {
        for (const row of rows) {
          const message = messageOfRow(row);
          if (message) found.push({ row, message });
        }
        pages += 1;
        unread = next;
        if (found.length > limit || pages === MAX_PAGES) break;
      }
      const last = found.length > limit ? found[limit - 1]?.row : unread;
      return {
        items: found.slice(0, limit).map(({ message }) => message),
        nextCursor: last ? encodeCursor([last.gsi1sk as string, last.sk as string]) : null,
      };
    },

    async listContacts(instanceId, { search }, limit, cursor) {
      const prefix = PREFIXES.contacts(instanceId);
      const [sk] = cursor === undefined ? [] : decodeCursor(cursor, [CONTACT_SHAPE]);
      const wanted = search === undefined ? () => true : nameMatcher(search);
      const pageSize = search === undefined ? limit + 1 : CONTACT_PAGE;
      const found: Contact[] = [];
      let pages = 0;
      let after = sk;
      for await (const rows of queryPages(place, prefix, { pageSize, ...(sk && { after: { pk: prefix.pk, sk } }) })) {
        for (const row of rows) {
          const contact = contactOfRow(row);
          if (!wanted([contact.name, contact.pushName], contact.phone)) continue;
          if (found.length === limit) {
            return { items: found, nextCursor: encodeCursor([KEYS.contact(instanceId, last(found)).sk]) };
          }
          found.push(contact);
        }
        after = (rows.at(-1)?.sk as string | undefined) ?? after;
        pages += 1;
        if (pages === MAX_PAGES) {
          return { items: found, nextCursor: after === undefined ? null : encodeCursor([after]) };
        }
      }
      return { items: found, nextCursor: null };
    },

    async getContacts(instanceId, ids) {
      const keys = ids.map((id) => KEYS.contact(instanceId, id));
      return (await getRows(place, keys, { consistent: false })).map(contactOfRow);
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
  const key: Key = { pk: PREFIXES.contacts(instanceId).pk, sk };
  return { ...key, gsi1pk: MESSAGE_INDEX.pk(instanceId), gsi1sk };
}

function last(contacts: readonly Contact[]): string {
  return (contacts.at(-1) as Contact).id;
}

function contactOfRow(row: Row): Contact {
  const { instanceId, id, phone, lid, name, pushName, blocked } = row as unknown as Contact;
  return {
    ...{ instanceId, id, phone: phone ?? null, lid: lid ?? null, name: name ?? null, pushName: pushName ?? null },
    blocked: blocked ?? false,
  };
}
