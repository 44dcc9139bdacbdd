import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { AuditEntry } from '../../model/audit.ts';
import { SINGLE_FORMATS, type Webhook, type WebhookChanges } from '../../model/webhook.ts';
import type { WebhookStore } from '../../ports/webhooks.ts';
import { auditItem } from './audit.ts';
import { buildUpdate } from './expression.ts';
import { KEYS, PREFIXES } from './keys.ts';
import { getRow, type Place, queryAll, type Row, withoutNulls } from './rows.ts';
import { isConditionFailure, type TransactItem, transact } from './transact.ts';
import { dueItem } from './webhook-due.ts';

const IS_NEW = { ConditionExpression: 'attribute_not_exists(pk)' };

export function createWebhookStore(place: Place): WebhookStore {
  const { dynamo, table: TableName } = place;
  const rowKey = ({ tenantId, id }: Pick<Webhook, 'tenantId' | 'id'>) => KEYS.webhook(tenantId, id);

  /** The row as it was read: another version is somebody else's change. */
  const asRead = ({ version }: Webhook) => ({ names: { '#version': 'version' }, values: { ':version': version } });

  const changed = (before: Webhook, changes: WebhookChanges): NonNullable<TransactItem['Update']> => ({
    TableName,
    Key: rowKey(before),
    ...buildUpdate({ set: { ...changes, version: before.version + 1 } }, asRead(before)),
    ConditionExpression: '#version = :version',
  });

  /** Endpoints of which an instance has one claim it. */
  const claimOf = ({ tenantId, instanceId, format }: Webhook) =>
    SINGLE_FORMATS.includes(format) && instanceId !== null
      ? KEYS.webhookClaim(tenantId, instanceId, format)
      : undefined;

  const store: WebhookStore = {
    async create(webhook, audit) {
      const claim = claimOf(webhook);
      const failed = await transact(dynamo, [
        { Put: { TableName, Item: { ...rowKey(webhook), ...withoutNulls(webhook) }, ...IS_NEW } },
        auditItem(TableName, audit),
        ...(claim ? [{ Put: { TableName, Item: { ...claim, webhookId: webhook.id }, ...IS_NEW } }] : []),
      ]);
      return failed ? 'taken' : 'created';
    },

    async get(tenantId, webhookId) {
      const row = await getRow(place, KEYS.webhook(tenantId, webhookId));
      return row && webhookOfRow(row);
    },

    async list(tenantId) {
      const webhooks = (await queryAll(place, PREFIXES.webhooks(tenantId))).map(webhookOfRow);
      return webhooks.sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
    },

    async update(before, changes, audit, backlog) {
      const items = [{ Update: changed(before, changes) }, auditItem(TableName, audit)];
      if (backlog) items.push(dueItem(TableName, backlog, { kind: 'backlog' }, backlog.dueAtMs));
      return !(await transact(dynamo, items));
    },

    async remove(webhook, audit) {
      return !(await transact(dynamo, removal(webhook, audit)));
    },

    async removeAll(tenantId, instanceId) {
      const doomed = (await store.list(tenantId)).filter((webhook) => webhook.instanceId === instanceId);
      for (const webhook of doomed) await transact(dynamo, removal(webhook));
      return doomed;
    },

    async disable(webhook, disabledReason) {
      return !(await transact(dynamo, [{ Update: changed(webhook, { isActive: false, disabledReason }) }]));
    },

    async clearLog(webhook, logClearedAtMs) {
      try {
        const update = buildUpdate({ set: { logClearedAtMs } });
        const isThere = { ConditionExpression: 'attribute_exists(pk)' };
        await dynamo.send(new UpdateCommand({ TableName, Key: rowKey(webhook), ...update, ...isThere }));
      } catch (error) {
        // Nothing is left to clear of an endpoint that is gone.
        if (!isConditionFailure(error)) throw error;
      }
    },
  };

  function removal(webhook: Webhook, audit?: AuditEntry): TransactItem[] {
    const claim = claimOf(webhook);
    return [
      { Delete: { TableName, Key: rowKey(webhook), ConditionExpression: 'attribute_exists(pk)' } },
      ...(claim ? [{ Delete: { TableName, Key: claim } }] : []),
      ...(audit ? [auditItem(TableName, audit)] : []),
    ];
  }

  return store;
}

function webhookOfRow(row: Row): Webhook {
  const webhook = row as unknown as Webhook;
  const { id, tenantId, format, url, events, headers, isActive, secret, version, createdAt, createdById } = webhook;
  return {
    ...{ id, tenantId, format, url, events, headers, isActive, secret, version, createdAt, createdById },
    instanceId: webhook.instanceId ?? null,
    environment: webhook.environment ?? null,
    description: webhook.description ?? null,
    chatTypes: webhook.chatTypes ?? null,
    disabledReason: webhook.disabledReason ?? null,
    previous: webhook.previous ?? null,
    activatedAtMs: webhook.activatedAtMs,
    logClearedAtMs: webhook.logClearedAtMs,
  };
}
