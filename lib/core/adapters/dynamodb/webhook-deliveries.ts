import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Attempt, DELIVERY_TTL_MS, type Delivery, deliveryIdFrom, KEPT_ATTEMPTS } from '../../model/webhook.ts';
import type { DeliveryStore, DueAttempt, DueKey, EndpointHealth, HealthChange } from '../../ports/webhooks.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { buildUpdate } from './expression.ts';
import { DELIVERY_RANGE, DUE_RANGE, KEYS, PREFIXES, TTL } from './keys.ts';
import { getRow, isLive, type Place, queryPages, type Row, ttlAt, withoutNulls } from './rows.ts';
import { isConditionFailure, MAX_TRANSACT_ITEMS, type TransactItem, transact } from './transact.ts';
import { dueItem, dueOfRow, overdueEndpoints, waitingEntries } from './webhook-due.ts';

/** A test comes before everything else that is due. */
const AT_ONCE_MS = 0;
const MAX_TIMESTAMP_MS = 2 ** 50 - 1;
/** Queries of one page, at most, and rows of one where a filter leaves little of them. */
const MAX_QUERIES = 5;
const FILTERED_CHUNK = 200;
const SORT_KEY = /^DLV#dlv_[0-9A-Z]{1,64}$/;

export function createDeliveryStore(place: Place): DeliveryStore {
  const { dynamo, table: TableName, clock } = place;
  const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };

  async function deleteAll(keys: readonly { pk: string; sk: string }[]): Promise<void> {
    for (let i = 0; i < keys.length; i += MAX_TRANSACT_ITEMS) {
      const items = keys.slice(i, i + MAX_TRANSACT_ITEMS).map((Key) => ({ Delete: { TableName, Key } }));
      await transact(dynamo, items);
    }
  }

  /** Fails when somebody else has taken it. */
  const takeDue = ({ webhookId, dueAtMs, id }: DueKey): TransactItem => {
    const Key = KEYS.due(webhookId, dueAtMs, id);
    return { Delete: { TableName, Key, ConditionExpression: 'attribute_exists(pk)' } };
  };

  const store: DeliveryStore = {
    async enqueue(delivery, kind) {
      const { attempts: _none, ...fields } = delivery;
      const key = keyOfDelivery(delivery, kind === 'test' ? AT_ONCE_MS : delivery.createdAtMs);
      const failed = await transact(dynamo, [
        {
          Put: {
            TableName,
            Item: {
              ...KEYS.delivery(delivery.webhookId, delivery.id),
              ...withoutNulls({ ...fields, nextAttemptAtMs: delivery.createdAtMs }),
              [TTL]: ttlAt(delivery.createdAtMs + DELIVERY_TTL_MS),
            },
            ...isNew,
          },
        },
        dueItem(TableName, key, attemptOf(delivery, kind), delivery.createdAtMs),
      ]);
      return failed === undefined;
    },

    async get(webhookId, deliveryId) {
      const row = await getRow(place, KEYS.delivery(webhookId, deliveryId));
      return row && deliveryOfRow(row);
    },

    async list({ id, logClearedAtMs }, filter, limit, cursor) {
      const { state, eventType, failed, fromMs = 0, toMs = MAX_TIMESTAMP_MS } = filter;
      const { pk, from, to } = DELIVERY_RANGE(id, deliveryIdFrom(fromMs), `${deliveryIdFrom(toMs)}~`);
      const isWanted = (delivery: Delivery) =>
        (state === undefined || delivery.state === state) &&
        (eventType === undefined || delivery.eventType === eventType) &&
        (!failed || delivery.error !== null) &&
        (delivery.state === 'pending' || (delivery.endedAtMs ?? 0) > logClearedAtMs);
      let start: Row | undefined = cursor ? { pk, sk: decodeCursor(cursor, [SORT_KEY])[0] } : undefined;
      const found: Row[] = [];
      for (let query = 0; query < MAX_QUERIES; query += 1) {
        const page = await dynamo.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
            ExpressionAttributeValues: { ':pk': pk, ':from': from, ':to': to },
            ConsistentRead: true,
            ScanIndexForward: false,
            ExclusiveStartKey: start,
            Limit: state || eventType || failed || logClearedAtMs > 0 ? FILTERED_CHUNK : limit + 1,
          }),
        );
        found.push(...(page.Items ?? []).filter((row) => isLive(row, clock()) && isWanted(deliveryOfRow(row))));
        start = page.LastEvaluatedKey;
        if (found.length > limit || !start) break;
      }
      const items = found.slice(0, limit);
      const last = found.length > limit ? items.at(-1) : start;
      return { items: items.map(deliveryOfRow), nextCursor: last ? encodeCursor([last.sk as string]) : null };
    },

    async replay(delivery) {
      const nowMs = clock();
      const { webhookId, id, state, nextAttemptAtMs } = delivery;
      const waits = state === 'pending';
      if (waits && (nextAttemptAtMs ?? 0) <= nowMs) return false;
      const names = { '#state': 'state', ...(waits && { '#next': 'nextAttemptAtMs' }) };
      const values = { ':seen': state, ...(waits && { ':next': nextAttemptAtMs }) };
      const items: TransactItem[] = [
        {
          Update: {
            TableName,
            Key: KEYS.delivery(webhookId, id),
            ...buildUpdate({ set: { state: 'pending', nextAttemptAtMs: nowMs, endedAtMs: null } }, { names, values }),
            ConditionExpression: `#state = :seen${waits ? ' AND #next = :next' : ''}`,
          },
        },
        dueItem(TableName, keyOfDelivery(delivery, nowMs), attemptOf(delivery, 'event'), nowMs),
      ];
      if (waits) items.push(takeDue(keyOfDelivery(delivery, nextAttemptAtMs as number)));
      return (await transact(dynamo, items)) === undefined;
    },

    async addWork(key, work) {
      await transact(dynamo, [dueItem(TableName, key, work, clock())]);
    },

    async endWork({ webhookId, dueAtMs, id }) {
      await transact(dynamo, [{ Delete: { TableName, Key: KEYS.due(webhookId, dueAtMs, id) } }]);
    },

    async lease(webhookId, owner, untilMs) {
      try {
        const { Attributes } = await dynamo.send(
          new UpdateCommand({
            TableName,
            Key: KEYS.webhookLane(webhookId),
            ...buildUpdate(
              { set: { owner, lockedUntilMs: untilMs } },
              {
                names: { '#until': 'lockedUntilMs', '#by': 'owner', '#rest': 'restUntilMs' },
                values: { ':now': clock(), ':me': owner },
              },
            ),
            ConditionExpression:
              '(attribute_not_exists(#until) OR #until <= :now OR #by = :me) AND ' +
              '(attribute_not_exists(#rest) OR #rest <= :now)',
            ReturnValues: 'ALL_NEW',
          }),
        );
        return healthOfRow(Attributes);
      } catch (error) {
        if (isConditionFailure(error)) return undefined;
        throw error;
      }
    },

    async checkIn(webhookId, owner, change, untilMs) {
      try {
        await dynamo.send(
          new UpdateCommand({
            TableName,
            Key: KEYS.webhookLane(webhookId),
            ...buildUpdate(laneChanges(change, untilMs), { names: { '#by': 'owner' }, values: { ':me': owner } }),
            ConditionExpression: '#by = :me',
          }),
        );
        return true;
      } catch (error) {
        if (isConditionFailure(error)) return false;
        throw error;
      }
    },

    async wake(webhookId) {
      const changes = buildUpdate({ set: { restUntilMs: 0 } });
      await dynamo.send(new UpdateCommand({ TableName, Key: KEYS.webhookLane(webhookId), ...changes }));
    },

    async health(webhookId) {
      return healthOfRow(await getRow(place, KEYS.webhookLane(webhookId)));
    },

    async due(webhookId, byMs, limit) {
      const { from, to } = DUE_RANGE(byMs);
      const { Items = [] } = await dynamo.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
          ExpressionAttributeValues: { ':pk': PREFIXES.due(webhookId).pk, ':from': from, ':to': to },
          ConsistentRead: true,
          Limit: limit,
        }),
      );
      return Items.map(dueOfRow);
    },

    waiting: (webhookId, afterMs) => waitingEntries(place, webhookId, afterMs),

    async finish(entry, attempt, next) {
      const nowMs = clock();
      const { webhookId, id, delivery } = entry;
      const ended = next.state === 'pending' ? null : nowMs;
      const tries = delivery.tries + (attempt ? 1 : 0);
      const items: TransactItem[] = [
        takeDue(entry),
        {
          Update: {
            TableName,
            Key: KEYS.delivery(webhookId, id),
            ...buildUpdate({
              set: {
                state: next.state,
                tries,
                endedAtMs: ended,
                nextAttemptAtMs: next.state === 'pending' ? next.atMs : null,
                error: next.state === 'failed' ? next.error : (attempt?.error ?? null),
                ...(attempt && { [attemptSlot(delivery.tries)]: withoutNulls(attempt) }),
              },
              once: { [TTL]: ttlAt(nowMs + DELIVERY_TTL_MS) },
            }),
          },
        },
      ];
      if (next.state === 'pending') {
        const later = { ...entry, dueAtMs: next.atMs };
        const { attempt: made, held } = next;
        const again = { kind: entry.kind, delivery: { ...delivery, tries }, attempt: made, ...(held && { held }) };
        items.push(dueItem(TableName, later, again, nowMs));
      }
      return (await transact(dynamo, items)) === undefined;
    },

    overdue: (shard, beforeMs) => overdueEndpoints(place, shard, beforeMs),

    async deleteEnded(webhookId, beforeMs) {
      for await (const rows of queryPages(place, PREFIXES.deliveries(webhookId), { expiredToo: true })) {
        const ended = rows.filter(({ endedAtMs }) => typeof endedAtMs === 'number' && endedAtMs <= beforeMs);
        await deleteAll(ended.map((row) => KEYS.delivery(webhookId, row.id as string)));
      }
    },

    async purge(webhookId) {
      for (const prefix of [PREFIXES.due(webhookId), PREFIXES.deliveries(webhookId)]) {
        for await (const rows of queryPages(place, prefix, { expiredToo: true, attributes: ['pk', 'sk'] })) {
          await deleteAll(rows.map(({ pk, sk }) => ({ pk: pk as string, sk: sk as string })));
        }
      }
    },
  };
  return store;
}

function keyOfDelivery({ tenantId, webhookId, id }: Delivery, dueAtMs: number): DueKey {
  return { tenantId, webhookId, id, dueAtMs };
}

function attemptOf(delivery: Delivery, kind: DueAttempt['kind']): DueAttempt {
  const { eventId, eventType, streamId, seq, instanceId, instanceName, instancePhone, timestampMs, tries } = delivery;
  const kept = { eventId, eventType, streamId, seq, instanceId, instanceName, instancePhone, timestampMs, tries };
  return { kind, delivery: kept, attempt: 0 };
}

/** Attempts have a few attributes of the row in turn, so that one is written without reading the others. */
function attemptSlot(tries: number): string {
  return `attempt${tries % KEPT_ATTEMPTS}`;
}

function deliveryOfRow(row: Row): Delivery {
  const fields = row as unknown as Delivery;
  const { id, tenantId, webhookId, eventId, eventType, streamId, seq, timestampMs, createdAtMs, state, tries } = fields;
  const attempts = Array.from({ length: KEPT_ATTEMPTS }, (_, i) => row[attemptSlot(i)] as Attempt | undefined)
    .filter((attempt) => attempt !== undefined)
    .map(({ atMs, durationMs, status = null, error = null, answer = null }) => {
      return { atMs, status, durationMs, error, answer };
    });
  return {
    ...{ id, tenantId, webhookId, eventId, eventType, streamId, seq, timestampMs, createdAtMs, state, tries },
    instanceId: fields.instanceId ?? null,
    instanceName: fields.instanceName ?? null,
    instancePhone: fields.instancePhone ?? null,
    nextAttemptAtMs: fields.nextAttemptAtMs ?? null,
    endedAtMs: fields.endedAtMs ?? null,
    error: fields.error ?? null,
    attempts: attempts.sort((a, b) => a.atMs - b.atMs),
  };
}

/** Counts are added, moments set. */
function laneChanges(change: HealthChange, lockedUntilMs: number) {
  const { delivered, failedAttempts, exhausted, latencyTotalMs, answered, ...moments } = change;
  const counts = Object.entries({ delivered, failedAttempts, exhausted, latencyTotalMs, answered });
  return {
    set: { lockedUntilMs, ...moments },
    add: Object.fromEntries(counts.filter((count): count is [string, number] => !!count[1])),
  };
}

function healthOfRow(row: Row | undefined): EndpointHealth {
  const fields = (row ?? {}) as Partial<EndpointHealth>;
  return {
    delivered: fields.delivered ?? 0,
    failedAttempts: fields.failedAttempts ?? 0,
    exhausted: fields.exhausted ?? 0,
    latencyTotalMs: fields.latencyTotalMs ?? 0,
    answered: fields.answered ?? 0,
    failingSinceMs: fields.failingSinceMs ?? null,
    failuresInRow: fields.failuresInRow ?? 0,
    lastDeliveredAtMs: fields.lastDeliveredAtMs ?? null,
    lastFailedAtMs: fields.lastFailedAtMs ?? null,
  };
}
