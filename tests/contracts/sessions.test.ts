import { expect, it } from 'vitest';
import { newId } from '../../lib/core/model/ids.ts';
import { OUT_SCOPE, receivedScope } from '../../lib/core/model/message.ts';
import { type Fence, FencedError, MAX_GROUP_WRITES, type SessionWrite } from '../../lib/core/ports/session-store.ts';
import { aCommand, aMessage, anAudit, anInstance, newTenant, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();

const bytes = (length: number, fill = 7) => new Uint8Array(length).fill(fill);
const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1);

async function aFence(owner = 'runner_1', tenantId = newId('sub'), instanceId = newId('inst')): Promise<Fence> {
  return (await embedded.adapters().sessions.takeFence(tenantId, instanceId, owner)).fence;
}

it('raises the epoch with each owner, also when two come at once', async () => {
  const { sessions } = embedded.adapters();
  const first = await aFence('runner_1');
  expect(first.epoch).toBe(1);
  const later = await Promise.all(
    ['runner_2', 'runner_3'].map((owner) => sessions.takeFence(first.tenantId, first.instanceId, owner)),
  );
  expect(later.map(({ fence }) => fence.epoch).toSorted()).toEqual([2, 3]);
  expect(later.map(({ fence }) => fence.owner)).toEqual(['runner_2', 'runner_3']);
});

it('stores a data key once, under the fence, and hands it to the next owner', async () => {
  const { sessions } = embedded.adapters();
  const fence = await aFence();
  await sessions.putDataKey(fence, bytes(60, 1));
  await expect(sessions.putDataKey(fence, bytes(60, 2))).rejects.toThrow('has a data key already');
  const next = await sessions.takeFence(fence.tenantId, fence.instanceId, 'runner_2');
  expect(next.wrappedDataKey).toEqual(bytes(60, 1));
  await expect(sessions.putDataKey(fence, bytes(60, 3))).rejects.toBeInstanceOf(FencedError);

  const unkeyed = await sessions.takeFence(newId('sub'), newId('inst'), 'runner_1');
  expect(unkeyed.wrappedDataKey).toBeNull();
});

it('writes nothing for a stale epoch, another owner or a missing fence', async () => {
  const adapters = embedded.adapters();
  const { sessions } = adapters;
  const tenantId = await newTenant(adapters);
  const instance = anInstance(tenantId);
  await adapters.instances.create(instance, anAudit(instance.tenantId));
  const command = aCommand(instance);
  await adapters.commands.accept({ command, message: null, idempotency: null });
  const stale = await aFence('runner_1', tenantId, instance.id);
  await sessions.commit(stale, [{ kind: 'key', key: 'creds|', value: bytes(10, 1) }]);
  const { fence } = await sessions.takeFence(tenantId, instance.id, 'runner_2');

  const message = aMessage(instance.id);
  const {
    instanceId: _,
    id,
    sentAtMs: _1,
    deliveredAtMs: _2,
    readAtMs: _3,
    failedAtMs: _4,
    unknownAtMs: _5,
    ...set
  } = message;
  const writes: SessionWrite[] = [
    { kind: 'key', key: 'creds|', value: bytes(10, 2) },
    { kind: 'key', key: 'session|1', value: bytes(10, 2) },
    { kind: 'message', id, scope: OUT_SCOPE, set },
    { kind: 'state', set: { status: 'CONNECTED' } },
    { kind: 'sentProto', id, value: bytes(10), ttlSeconds: 60 },
    { kind: 'finish', commandId: command.id, shard: 1, outcome: { state: 'done', output: 1 }, finishedAtMs: 1 },
  ];
  const wrong: Fence[] = [
    stale,
    { ...fence, owner: 'runner_1' },
    { ...fence, epoch: 3 },
    { ...fence, instanceId: 'none' },
  ];
  for (const its of wrong) await expect(sessions.commit(its, writes)).rejects.toBeInstanceOf(FencedError);

  expect(await sessions.loadKeys(instance.id)).toEqual([{ key: 'creds|', value: bytes(10, 1) }]);
  expect(await sessions.loadKeys('none')).toEqual([]);
  expect(await adapters.messages.get(instance.id, id)).toBeUndefined();
  expect(await sessions.loadSentProto(instance.id, id)).toBeUndefined();
  expect(await adapters.instances.get(tenantId, instance.id)).toEqual(instance);
  expect(await adapters.commands.get(instance.id, command.id)).toEqual(command);
  expect(await adapters.commands.listPending(instance.shard, instance.id)).toHaveLength(1);

  await sessions.commit(fence, writes);
  expect(await sessions.loadKeys(instance.id)).toHaveLength(2);
  expect(await adapters.messages.get(instance.id, id)).toEqual(message);
});

it('lets only the present owner through when old and new commit at once', async () => {
  const { sessions } = embedded.adapters();
  const old = await aFence();
  const { fence } = await sessions.takeFence(old.tenantId, old.instanceId, 'runner_2');
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, (_, i) =>
      sessions.commit(i % 2 ? fence : old, [{ kind: 'key', key: `k|${i}`, value: bytes(4, i) }]),
    ),
  );
  expect(results.map(({ status }) => status)).toEqual(
    Array.from({ length: 10 }, (_, i) => (i % 2 ? 'fulfilled' : 'rejected')),
  );
  expect((await sessions.loadKeys(fence.instanceId)).map(({ key }) => key)).toEqual([
    'k|1',
    'k|3',
    'k|5',
    'k|7',
    'k|9',
  ]);
});

it('loads 900 keys of more than one page exactly, and not what was deleted', async () => {
  const { sessions } = embedded.adapters();
  const fence = await aFence();
  const keys = Array.from({ length: 900 }, (_, i) => ({ key: `pre-key|${i}`, value: bytes(1_500 + i, i % 256) }));
  for (let i = 0; i < keys.length; i += MAX_GROUP_WRITES) {
    await sessions.commit(
      fence,
      keys.slice(i, i + MAX_GROUP_WRITES).map((key) => ({ kind: 'key', ...key })),
    );
  }
  await sessions.commit(fence, [
    { kind: 'key', key: 'pre-key|7', value: null },
    { kind: 'key', key: 'pre-key|none', value: null },
  ]);
  const expected = keys.filter(({ key }) => key !== 'pre-key|7');
  expect((await sessions.loadKeys(fence.instanceId)).sort(byKey)).toEqual(expected.sort(byKey));
});

it('takes a full group, each write of which is a finish', async () => {
  const adapters = embedded.adapters();
  const instance = anInstance(newId('sub'));
  const fence = await aFence('runner_1', instance.tenantId, instance.id);
  const all = Array.from({ length: MAX_GROUP_WRITES }, () => aCommand(instance));
  await Promise.all(all.map((command) => adapters.commands.accept({ command, message: null, idempotency: null })));
  await adapters.sessions.commit(
    fence,
    all.map(({ id }) => ({
      kind: 'finish',
      commandId: id,
      shard: instance.shard,
      outcome: { state: 'done', output: null },
      finishedAtMs: Date.now(),
    })),
  );
  expect(await adapters.commands.listPending(instance.shard, instance.id)).toEqual([]);
});

it('refuses a group that is too large, and a value no row can hold, before it writes anything', async () => {
  const { sessions } = embedded.adapters();
  const fence = await aFence();
  const many = Array.from({ length: MAX_GROUP_WRITES + 1 }, (_, i) => ({
    kind: 'key' as const,
    key: `k|${i}`,
    value: bytes(1),
  }));
  await expect(sessions.commit(fence, many)).rejects.toThrow('A group takes 48 writes, not 49');
  const small = { kind: 'key' as const, key: 'k|small', value: bytes(1) };
  const large = { kind: 'key' as const, key: 'sender-key|g', value: bytes(380 * 1024 + 1) };
  await expect(sessions.commit(fence, [small, large])).rejects.toThrow('sender-key|g has 389121 bytes');
  expect(await sessions.loadKeys(fence.instanceId)).toEqual([]);
  await sessions.commit(fence, [{ ...large, value: bytes(380 * 1024) }]);
  expect(await sessions.loadKeys(fence.instanceId)).toEqual([{ key: large.key, value: bytes(380 * 1024) }]);
});

it('merges writes of one row in a group', async () => {
  const { sessions, chats } = embedded.adapters();
  const fence = await aFence();
  await sessions.commit(fence, [
    { kind: 'chat', id: 'c@g.us', set: { name: 'old', unread: 3 } },
    { kind: 'key', key: 'k|1', value: bytes(1, 1) },
    { kind: 'chat', id: 'c@g.us', set: { name: 'new' } },
    { kind: 'key', key: 'k|1', value: null },
    { kind: 'key', key: 'k|1', value: bytes(1, 3) },
  ]);
  expect(await sessions.loadKeys(fence.instanceId)).toEqual([{ key: 'k|1', value: bytes(1, 3) }]);
  expect(await chats.get(fence.instanceId, 'c@g.us')).toMatchObject({ name: 'new', isGroup: true, unread: 3 });
});

it('keeps receipts that come before their message out of sight, and gives them to it', async () => {
  const { sessions, messages } = embedded.adapters();
  const fence = await aFence();
  const { instanceId } = fence;
  const message = aMessage(instanceId);
  const {
    instanceId: _,
    id,
    sentAtMs: _1,
    deliveredAtMs: _2,
    readAtMs: _3,
    failedAtMs: _4,
    unknownAtMs: _5,
    ...set
  } = message;
  await sessions.commit(fence, [{ kind: 'message', id, scope: OUT_SCOPE, once: { deliveredAtMs: 20 } }]);
  await sessions.commit(fence, [{ kind: 'message', id, scope: OUT_SCOPE, once: { deliveredAtMs: 25, readAtMs: 30 } }]);
  expect(await messages.get(instanceId, id)).toBeUndefined();
  expect((await messages.list(instanceId, {}, 10)).items).toEqual([]);
  await sessions.commit(fence, [{ kind: 'message', id, scope: OUT_SCOPE, set, once: { sentAtMs: 10 } }]);
  const whole = { ...message, sentAtMs: 10, deliveredAtMs: 20, readAtMs: 30 };
  expect(await messages.get(instanceId, id)).toEqual(whole);
  expect((await messages.list(instanceId, {}, 10)).items).toEqual([whole]);
});

it('sets and clears fields of a message, and never moves its moments', async () => {
  const { sessions, messages, commands } = embedded.adapters();
  const instance = anInstance(newId('sub'));
  const fence = await aFence('runner_1', instance.tenantId, instance.id);
  const message = aMessage(instance.id);
  const command = aCommand(instance, { messageId: message.id });
  await commands.accept({ command, message, idempotency: null });
  const write = (fields: Pick<Extract<SessionWrite, { kind: 'message' }>, 'set' | 'once'>) =>
    sessions.commit(fence, [{ kind: 'message', id: message.id, scope: OUT_SCOPE, ...fields }]);
  const error = { code: 'MESSAGE_SEND_FAILED', message: '463' };
  await write({ set: { error }, once: { failedAtMs: 5 } });
  expect(await messages.get(instance.id, message.id)).toEqual({ ...message, error, failedAtMs: 5 });
  await write({ set: { error: null }, once: { failedAtMs: 9, sentAtMs: 6 } });
  expect(await messages.get(instance.id, message.id)).toEqual({ ...message, failedAtMs: 5, sentAtMs: 6 });
});

it('finishes a command with output or error, and takes it off the pending list', async () => {
  const { sessions, commands } = embedded.adapters();
  const instance = anInstance(newId('sub'));
  const fence = await aFence('runner_1', instance.tenantId, instance.id);
  const outcomes = [
    { state: 'done', output: { messageId: 'x', timestampMs: 1.5, nothing: null } },
    { state: 'failed', error: { code: 'MESSAGE_SEND_FAILED', message: 'no', details: { reason: 463 } } },
    { state: 'unknown', error: { code: 'COMMAND_TIMEOUT', message: 'late' } },
  ] as const;
  for (const outcome of outcomes) {
    const command = aCommand(instance);
    await commands.accept({ command, message: null, idempotency: null });
    await commands.claim(instance.id, command.id, fence.owner, fence.epoch, 50);
    const finishedAtMs = Date.now();
    await sessions.commit(fence, [
      { kind: 'finish', commandId: command.id, shard: instance.shard, outcome, finishedAtMs },
    ]);
    expect(await commands.get(instance.id, command.id)).toEqual({
      ...command,
      ...{ owner: fence.owner, epoch: fence.epoch, attempt: 1, claimedAtMs: 50, finishedAtMs },
      ...outcome,
    });
    const later = embedded.adapters(() => finishedAtMs + 7 * 86_400_000 + 1_000);
    expect(await later.commands.get(instance.id, command.id)).toBeUndefined();
  }
  expect(await commands.listPending(instance.shard, instance.id)).toEqual([]);
});

it('keeps the protobuf of a sent message for its time', async () => {
  let nowMs = Date.now();
  const { sessions } = embedded.adapters(() => nowMs);
  const fence = await aFence();
  await sessions.commit(fence, [{ kind: 'sentProto', id: 'A', value: bytes(300), ttlSeconds: 60 }]);
  expect(await sessions.loadSentProto(fence.instanceId, 'A')).toEqual(bytes(300));
  expect(await sessions.loadSentProto(fence.instanceId, 'B')).toBeUndefined();
  nowMs += 61_000;
  expect(await sessions.loadSentProto(fence.instanceId, 'A')).toBeUndefined();
});

it('purges everything of one instance under its fence, but for the answer to its removal', async () => {
  const { sessions, commands, messages, chats } = embedded.adapters();
  const instance = anInstance(newId('sub'));
  const other = anInstance(instance.tenantId);
  const stale = await aFence('runner_1', instance.tenantId, instance.id);
  const fence = await aFence('runner_2', instance.tenantId, instance.id);
  const otherFence = await aFence('runner_2', other.tenantId, other.id);
  const removal = aCommand(instance, { operation: 'instance.remove', input: {} });
  const waiting = aCommand(instance);
  for (const command of [removal, waiting]) await commands.accept({ command, message: null, idempotency: null });
  for (const its of [fence, otherFence]) {
    const received = { ...aMessage(its.instanceId), timestampMs: 5, direction: 'received' as const };
    await sessions.commit(its, [
      ...Array.from({ length: 40 }, (_, i): SessionWrite => ({ kind: 'key', key: `k|${i}`, value: bytes(9) })),
      { kind: 'sentProto', id: 'A', value: bytes(9), ttlSeconds: 60 },
      { kind: 'message', id: 'A', scope: receivedScope('x'), set: { timestampMs: 5, chat: received.chat } },
      { kind: 'message', id: 'B', scope: OUT_SCOPE, once: { readAtMs: 5 } },
      { kind: 'chat', id: 'c', set: { unread: 1 } },
      { kind: 'contact', id: 'c', set: { phone: '1' } },
    ]);
    await sessions.commit(
      its,
      Array.from({ length: 30 }, (_, i): SessionWrite => ({ kind: 'key', key: `l|${i}`, value: bytes(9) })),
    );
  }
  const done: SessionWrite = {
    kind: 'finish',
    commandId: removal.id,
    shard: instance.shard,
    outcome: { state: 'done', output: {} },
    finishedAtMs: Date.now(),
  };
  await sessions.commit(fence, [done]);

  await expect(sessions.purge(stale)).rejects.toBeInstanceOf(FencedError);
  expect(await sessions.loadKeys(instance.id)).toHaveLength(70);
  await sessions.purge(fence);

  expect(await sessions.loadKeys(instance.id)).toEqual([]);
  expect(await sessions.loadSentProto(instance.id, 'A')).toBeUndefined();
  expect(await messages.get(instance.id, 'A')).toBeUndefined();
  expect(await chats.get(instance.id, 'c')).toBeUndefined();
  expect((await messages.listContacts(instance.id, {}, 10)).items).toEqual([]);
  expect(await commands.get(instance.id, waiting.id)).toBeUndefined();
  expect(await commands.get(instance.id, removal.id)).toMatchObject({ state: 'done' });
  expect(await commands.listPending(instance.shard, instance.id)).toEqual([]);
  await expect(sessions.commit(fence, [done])).rejects.toBeInstanceOf(FencedError);
  await expect(sessions.purge(fence)).rejects.toBeInstanceOf(FencedError);

  expect(await sessions.loadKeys(other.id)).toHaveLength(70);
  expect(await messages.get(other.id, 'A')).toBeDefined();
  expect(await messages.listContacts(other.id, {}, 10)).toMatchObject({ items: [{ id: 'c', phone: '1' }] });
});
