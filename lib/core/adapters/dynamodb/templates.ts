import type { AuditEntry } from '../../model/audit.ts';
import type { Template } from '../../model/template.ts';
import type { TemplateStore } from '../../ports/bulks.ts';
import { auditItem } from './audit.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { KEYS, PREFIXES } from './keys.ts';
import { getRow, type Place, queryUpTo, type Row } from './rows.ts';
import { transact } from './transact.ts';

const SK_SHAPE = /^TEMPLATE#.{1,64}$/s;

export function createTemplateStore(place: Place): TemplateStore {
  const { dynamo, table: TableName } = place;

  async function put(template: Template, ConditionExpression: string, audit: AuditEntry): Promise<boolean> {
    const { tenantId, name, message, createdAtMs, updatedAtMs } = template;
    const Item = {
      ...KEYS.template(tenantId, name),
      ...{ tenantId, name, message: JSON.stringify(message), createdAtMs, updatedAtMs },
    };
    const write = { Put: { TableName, Item, ConditionExpression } };
    return (await transact(dynamo, [write, auditItem(TableName, audit)])) === undefined;
  }

  return {
    create: (template, audit) => put(template, 'attribute_not_exists(pk)', audit),
    replace: (template, audit) => put(template, 'attribute_exists(pk)', audit),

    async remove(tenantId, name, audit) {
      const Key = KEYS.template(tenantId, name);
      const removal = { Delete: { TableName, Key, ConditionExpression: 'attribute_exists(pk)' } };
      return (await transact(dynamo, [removal, auditItem(TableName, audit)])) === undefined;
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

function templateOfRow(row: Row): Template {
  const { tenantId, name, message, createdAtMs, updatedAtMs } = row as unknown as Template & { message: string };
  return { tenantId, name, message: JSON.parse(message) as Template['message'], createdAtMs, updatedAtMs };
}
