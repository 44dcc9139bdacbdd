import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Template } from '../../model/template.ts';
import type { TemplateStore } from '../../ports/bulks.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { KEYS, PREFIXES } from './keys.ts';
import { getRow, type Place, queryUpTo, type Row } from './rows.ts';
import { isConditionFailure } from './transact.ts';

const SK_SHAPE = /^TEMPLATE#.{1,64}$/s;

export function createTemplateStore(place: Place): TemplateStore {
  const { dynamo, table: TableName } = place;

  async function put(template: Template, ConditionExpression: string): Promise<boolean> {
    const { tenantId, name, message, createdAtMs, updatedAtMs } = template;
    const Item = {
      ...KEYS.template(tenantId, name),
      ...{ tenantId, name, message: JSON.stringify(message), createdAtMs, updatedAtMs },
    };
    return isDone(dynamo.send(new PutCommand({ TableName, Item, ConditionExpression })));
  }

  return {
    create: (template) => put(template, 'attribute_not_exists(pk)'),
    replace: (template) => put(template, 'attribute_exists(pk)'),

    remove(tenantId, name) {
      const Key = KEYS.template(tenantId, name);
      return isDone(dynamo.send(new DeleteCommand({ TableName, Key, ConditionExpression: 'attribute_exists(pk)' })));
    },

    async get(tenantId, name) {
      const row = await getRow(place, KEYS.template(tenantId, name));
      return row && templateOfRow(row);
    },

    async list(tenantId, limit, cursor) {
      const [sk] = cursor === undefined ? [] : decodeCursor(cursor, [SK_SHAPE]);
      const prefix = PREFIXES.templates(tenantId);
      const { rows, more } = await queryUpTo(place, prefix, limit, sk ? { after: { pk: prefix.pk, sk } } : {});
      return {
        items: rows.map(templateOfRow),
        nextCursor: more ? encodeCursor([rows.at(-1)?.sk as string]) : null,
      };
    },
  };
}

async function isDone(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw error;
  }
}

function templateOfRow(row: Row): Template {
  const { tenantId, name, message, createdAtMs, updatedAtMs } = row as unknown as Template & { message: string };
  return { tenantId, name, message: JSON.parse(message) as Template['message'], createdAtMs, updatedAtMs };
}
