import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDynamo } from '../../lib/core/adapters/dynamodb/client.ts';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import type { Command } from '../../lib/core/model/command.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import { type Fence, FencedError, type SessionWrite } from '../../lib/core/ports/session-store.ts';
import { aCommand, anAudit, anInstance, newTenant, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
const bytes = Uint8Array.of(1, 2, 3);
const SHARD = 6;

let adapters: Adapters;
let instance: Instance;
let command: Command;
/** Of the owner that was frozen while another took its shard and loaded its instance. */
let stale: Fence;
let present: Fence;

beforeAll(async () => {
  adapters = embedded.adapters();
  const tenantId = await newTenant(adapters);
  instance = anInstance(tenantId, { shard: SHARD });
  await adapters.instances.create(instance, anAudit(tenantId));
  await adapters.shards.claim(SHARD, 'old', 0);
  stale = (await adapters.sessions.takeFence(tenantId, instance.id, 'old', 1)).fence;
  await adapters.sessions.commit(stale, [
    { kind: 'key', key: 'creds|main', value: bytes },
    { kind: 'sentProto', id: 'M1', value: bytes, ttlSeconds: 600 },
  ]);
  await adapters.shards.claim(SHARD, 'new', 1);
  present = (await adapters.sessions.takeFence(tenantId, instance.id, 'new', 2)).fence;
  command = aCommand(instance);
  await adapters.commands.accept({ command, message: null, idempotency: null });
});

/** Every row of both tables. */
async function everything(): Promise<unknown[]> {
  const dynamo = createDynamo(embedded.config);
  const rows = await Promise.all(
    [embedded.config.mainTable, embedded.config.keysTable].map(async (TableName) => {
      const { Items = [] } = await dynamo.send(new ScanCommand({ TableName, ConsistentRead: true }));
      return Items.sort((a, b) => (`${a.pk} ${a.sk}` < `${b.pk} ${b.sk}` ? -1 : 1));
    }),
  );
  dynamo.destroy();
  return rows;
}

const event: Extract<SessionWrite, { kind: 'event' }>['event'] = {
  ...{ type: 'instance.connected', instanceId: 'inst', timestampMs: 1 },
  data: { status: 'CONNECTED', phone: null, reason: null },
};

const writes: Record<string, () => SessionWrite> = {
  credentials: () => ({ kind: 'key', key: 'creds|main', value: Uint8Array.of(9) }),
  'a Signal session': () => ({ kind: 'key', key: 'session|628.0', value: bytes }),
  'the end of a key': () => ({ kind: 'key', key: 'creds|main', value: null }),
  'a sent protobuf': () => ({ kind: 'sentProto', id: 'M2', value: bytes, ttlSeconds: 600 }),
  'a message': () => ({ kind: 'message', id: 'M3', scope: OUT_SCOPE, set: { text: 'x', timestampMs: 1 } }),
  'a moment of a message': () => ({ kind: 'message', id: 'M1', scope: OUT_SCOPE, once: { readAtMs: 5 } }),
  'a chat': () => ({ kind: 'chat', id: '628@s.whatsapp.net', set: { lastMessageAtMs: 1 } }),
  'a contact': () => ({ kind: 'contact', id: '628', set: { name: 'Ann' } }),
  'a state': () => ({ kind: 'state', set: { status: 'CONNECTED' } }),
  'an event with its outbox entry': () => ({ kind: 'event', event }),
  'a result of a command': () => ({
    ...{ kind: 'finish', commandId: command.id, shard: SHARD, finishedAtMs: Date.now() },
    outcome: { state: 'done', output: 1 },
  }),
};

describe('an owner that has lost its shard', () => {
  it.each(Object.keys(writes))('cannot write %s', async (name) => {
    const before = await everything();
    const write = (writes[name] as () => SessionWrite)();
    await expect(adapters.sessions.commit(stale, [write], { shard: SHARD, lastSeq: 0 })).rejects.toThrow(FencedError);
    expect(await everything()).toEqual(before);
  });

  it('cannot store a data key, purge, take the instance back or release the shard', async () => {
    const before = await everything();
    const { sessions, shards } = adapters;
    await expect(sessions.putDataKey(stale, bytes)).rejects.toThrow(FencedError);
    await expect(sessions.purge(stale)).rejects.toThrow(FencedError);
    await expect(sessions.takeFence(stale.tenantId, stale.instanceId, 'old', 1)).rejects.toThrow(FencedError);
    expect(await shards.release({ shard: SHARD, owner: 'old', epoch: 1 })).toBe(false);
    expect(await shards.claim(SHARD, 'old', 1)).toBeUndefined();
    expect(await everything()).toEqual(before);
  });

  it('may claim a command that waits, but neither holds it nor takes one that runs or has ended', async () => {
    const { commands, sessions } = adapters;
    const claim = (fence: Fence) => commands.claim(instance.id, command.id, fence.owner, fence.epoch, 5);
    expect(await claim(stale)).toMatchObject({ owner: 'old', attempt: 1 });
    expect(await claim(present)).toMatchObject({ owner: 'new', attempt: 2 });
    expect(await claim(stale)).toBeUndefined();
    await sessions.commit(present, [(writes['a result of a command'] as () => SessionWrite)()]);
    expect(await claim(stale)).toBeUndefined();
    expect(await commands.get(instance.id, command.id)).toMatchObject({ state: 'done', owner: 'new', output: 1 });
    expect(await commands.listPending(SHARD, instance.id)).toEqual([]);
  });
});
