import { expect, it } from 'vitest';
import type { Command } from '../../lib/core/model/command.ts';
import { newId } from '../../lib/core/model/ids.ts';
import { aCommand, aMessage, anInstance, randomText, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
const DAY_MS = 86_400_000;

const someInstance = () => anInstance(newId('sub'));

it('accepts a command with its pending entry and message, and reads all back exactly', async () => {
  const { commands, messages } = embedded.adapters();
  const instance = someInstance();
  const message = aMessage(instance.id, { text: '', address: null });
  const input = { to: 'x', nothing: null, nested: [{ deep: [1.5, null, ''] }] };
  const command = aCommand(instance, { messageId: message.id, input });
  expect(await commands.accept({ command, message, idempotency: null })).toEqual({ accepted: true });
  expect(await commands.get(instance.id, command.id)).toEqual(command);
  expect(await messages.get(instance.id, message.id)).toEqual(message);
  expect(await commands.listPending(instance.shard, instance.id)).toEqual([
    {
      instanceId: instance.id,
      tenantId: instance.tenantId,
      commandId: command.id,
      operation: command.operation,
      acceptedAtMs: command.acceptedAtMs,
      notAfterMs: command.notAfterMs,
      to: 'x',
    },
  ]);
  expect(await commands.get(newId('inst'), command.id)).toBeUndefined();
});

it('accepts once under an Idempotency-Key, whoever else comes with it', async () => {
  const { commands, messages } = embedded.adapters();
  const instance = someInstance();
  const key = randomText();
  const attempts = Array.from({ length: 5 }, () => {
    const message = aMessage(instance.id);
    return { command: aCommand(instance, { messageId: message.id }), message, idempotency: { key, fingerprint: 'f1' } };
  });
  const results = await Promise.all(attempts.map((attempt) => commands.accept(attempt)));
  const winner = attempts[results.findIndex((result) => result.accepted)];
  expect(winner).toBeDefined();
  const commandId = winner?.command.id as string;
  expect(results.filter((result) => !result.accepted)).toEqual(Array(4).fill({ accepted: false, commandId }));
  expect(await commands.listPending(instance.shard, instance.id)).toHaveLength(1);
  expect((await messages.list(instance.id, {}, 10)).items).toEqual([winner?.message]);

  const other = { command: aCommand(instance), message: null, idempotency: { key, fingerprint: 'f2' } };
  expect(await commands.accept(other)).toEqual({ accepted: false, commandId: null });
  expect(await commands.get(instance.id, other.command.id)).toBeUndefined();
  expect(await commands.findByIdempotencyKey(instance.tenantId, key)).toEqual({
    instanceId: instance.id,
    commandId,
    fingerprint: 'f1',
  });
  expect(await commands.findByIdempotencyKey(newId('sub'), key)).toBeUndefined();
});

it('forgets an Idempotency-Key after a day', async () => {
  let nowMs = Date.now();
  const { commands } = embedded.adapters(() => nowMs);
  const instance = someInstance();
  const idempotency = { key: randomText(), fingerprint: 'f1' };
  await commands.accept({ command: aCommand(instance), message: null, idempotency });
  nowMs += DAY_MS - 1_000;
  expect(await commands.accept({ command: aCommand(instance), message: null, idempotency })).toMatchObject({
    accepted: false,
  });
  nowMs += 2_000;
  expect(await commands.findByIdempotencyKey(instance.tenantId, idempotency.key)).toBeUndefined();
  expect(await commands.accept({ command: aCommand(instance), message: null, idempotency })).toEqual({
    accepted: true,
  });
});

it('lets one claim of an epoch through, and the next one only under a higher epoch', async () => {
  const { commands } = embedded.adapters();
  const instance = someInstance();
  const command = aCommand(instance);
  await commands.accept({ command, message: null, idempotency: null });
  const claims = await Promise.all(
    ['a', 'b', 'c', 'd'].map((owner) => commands.claim(instance.id, command.id, owner, 3, 111)),
  );
  const won = claims.filter((claimed) => claimed !== undefined);
  expect(won).toHaveLength(1);
  const owner = won[0]?.owner as string;
  const claimed = { ...command, state: 'running', owner, epoch: 3, claimedAtMs: 111, attempt: 1 };
  expect(won[0]).toEqual(claimed);
  expect(await commands.get(instance.id, command.id)).toEqual(claimed);

  expect(await commands.claim(instance.id, command.id, owner, 3, 222)).toBeUndefined();
  expect(await commands.claim(instance.id, command.id, 'e', 2, 222)).toBeUndefined();
  expect(await commands.claim(instance.id, command.id, 'e', 4, 222)).toEqual({
    ...claimed,
    owner: 'e',
    epoch: 4,
    claimedAtMs: 222,
    attempt: 2,
  });
});

it('gives a held command again to who holds it and got no answer, and to nobody else', async () => {
  const { commands } = embedded.adapters();
  const instance = someInstance();
  const command = aCommand(instance);
  await commands.accept({ command, message: null, idempotency: null });
  const claimed = await commands.claim(instance.id, command.id, 'a', 3, 111);
  expect(await commands.claim(instance.id, command.id, 'a', 3, 222, true)).toEqual(claimed);
  expect(await commands.claim(instance.id, command.id, 'b', 3, 222, true)).toBeUndefined();
  expect(await commands.claim(instance.id, command.id, 'a', 2, 222, true)).toBeUndefined();
  const fresh = aCommand(instance);
  await commands.accept({ command: fresh, message: null, idempotency: null });
  expect(await commands.claim(instance.id, fresh.id, 'a', 3, 333, true)).toMatchObject({ attempt: 1, owner: 'a' });
});

it('claims several at once in the order asked, whoever else comes for them, and again only under a higher epoch', async () => {
  const { commands } = embedded.adapters();
  const instance = someInstance();
  const some = [aCommand(instance), aCommand(instance, { bulkId: 'bulk_1' }), aCommand(instance)];
  for (const command of some) await commands.accept({ command, message: null, idempotency: null });
  const ids = some.map(({ id }) => id).reverse();
  const claims = await Promise.all(
    ['a', 'b', 'c', 'd'].map((owner) => commands.claimAll(instance.id, ids, owner, 3, 111)),
  );
  const [won, ...others] = claims.filter((claimed) => claimed !== undefined);
  expect(others).toEqual([]);
  const owner = won?.[0]?.owner as string;
  const claimed = some.map((one) => ({ ...one, state: 'running', owner, epoch: 3, claimedAtMs: 111, attempt: 1 }));
  expect(won).toEqual(claimed.toReversed());
  for (const one of claimed) expect(await commands.get(instance.id, one.id)).toEqual(one);
  expect(await commands.claimAll(instance.id, ids, owner, 3, 222)).toBeUndefined();
  const next = { owner: 'e', epoch: 4, claimedAtMs: 333, attempt: 2 };
  expect(await commands.claimAll(instance.id, ids, 'e', 4, 333)).toEqual(
    claimed.toReversed().map((one) => ({ ...one, ...next })),
  );
});

it('claims none of several when one of them is held or not there', async () => {
  const { commands } = embedded.adapters();
  const instance = someInstance();
  const [free, held] = [aCommand(instance), aCommand(instance)];
  for (const command of [free, held]) await commands.accept({ command, message: null, idempotency: null });
  await commands.claim(instance.id, held.id, 'a', 3, 111);
  expect(await commands.claimAll(instance.id, [free.id, held.id], 'b', 3, 222)).toBeUndefined();
  expect(await commands.claimAll(instance.id, [free.id, 'cmd_none'], 'b', 3, 222)).toBeUndefined();
  expect(await commands.get(instance.id, free.id)).toEqual(free);
});

it('claims neither what is finished nor what is not there', async () => {
  const { commands, sessions } = embedded.adapters();
  const instance = someInstance();
  const command = aCommand(instance);
  await commands.accept({ command, message: null, idempotency: null });
  const { fence } = await sessions.takeFence(instance.tenantId, instance.id, 'r');
  await sessions.commit(fence, [
    {
      kind: 'finish',
      commandId: command.id,
      shard: instance.shard,
      outcome: { state: 'done', output: 1 },
      finishedAtMs: 5,
    },
  ]);
  expect(await commands.claim(instance.id, command.id, 'r', 9, 1)).toBeUndefined();
  expect(await commands.claim(instance.id, 'cmd_none', 'r', 9, 1)).toBeUndefined();
  expect(await commands.get(instance.id, 'cmd_none')).toBeUndefined();
});

it('lists what is pending in the order of acceptance within an instance, by instance and by shard', async () => {
  const { commands } = embedded.adapters();
  const shard = 900;
  const [one, two] = [anInstance('sub_1', { shard }), anInstance('sub_2', { shard })];
  const accepted: string[] = [];
  const ofTwo = aCommand(two);
  for (let i = 0; i < 5; i += 1) accepted.push(aCommand(one).id);
  for (const id of [3, 0, 4, 1, 2].map((i) => accepted[i] as string)) {
    await commands.accept({ command: aCommand(one, { id }), message: null, idempotency: null });
  }
  await commands.accept({ command: ofTwo, message: null, idempotency: null });
  expect((await commands.listPending(shard, one.id)).map(({ commandId }) => commandId)).toEqual(accepted);
  const all = await commands.listPending(shard);
  expect(all.map(({ commandId }) => commandId).toSorted()).toEqual([...accepted, ofTwo.id].toSorted());
  expect(await commands.listPending(901)).toEqual([]);
});

it('takes back what nobody has ever taken, as if it had never been accepted', async () => {
  const { commands, messages } = embedded.adapters();
  const instance = someInstance();
  const message = aMessage(instance.id);
  const accepted = { command: aCommand(instance, { messageId: message.id }), message, idempotency: null };
  await commands.accept(accepted);
  expect(await commands.takeBack(accepted.command)).toBe(true);
  expect(await commands.takeBack(accepted.command)).toBe(false);
  expect(await commands.get(instance.id, accepted.command.id)).toBeUndefined();
  expect(await commands.listPending(instance.shard, instance.id)).toEqual([]);
  expect(await messages.get(instance.id, message.id)).toBeUndefined();
  expect(await commands.claim(instance.id, accepted.command.id, 'r', 1, 1)).toBeUndefined();

  expect(await commands.accept(accepted)).toEqual({ accepted: true });
  expect(await commands.claim(instance.id, accepted.command.id, 'r', 1, 1)).toMatchObject({ attempt: 1 });
  expect(await commands.takeBack(accepted.command)).toBe(false);
  expect(await messages.get(instance.id, message.id)).toEqual(message);
});

it('lists what was accepted by a moment on a shard, and gives what is there of many', async () => {
  const { commands } = embedded.adapters();
  const instance = anInstance('sub_1', { shard: 902 });
  const [early, late] = [1_000, 2_000].map((acceptedAtMs) => aCommand(instance, { acceptedAtMs })) as [
    Command,
    Command,
  ];
  for (const command of [early, late]) await commands.accept({ command, message: null, idempotency: null });
  const listed = async (byMs: number) => (await commands.listLate(902, byMs)).map(({ commandId }) => commandId);
  expect([await listed(999), await listed(1_000)]).toEqual([[], [early.id]]);
  expect((await listed(2_000)).toSorted()).toEqual([early.id, late.id].toSorted());
  const places = Array.from({ length: 150 }, (_, n) => ({ instanceId: instance.id, commandId: `cmd_none${n}` }));
  const found = await commands.getMany([
    ...[early, late, late].map(({ id }) => ({ instanceId: instance.id, commandId: id })),
    ...places,
  ]);
  expect([...found.keys()].toSorted()).toEqual([early.id, late.id].toSorted());
  expect(found.get(late.id)).toEqual(await commands.get(instance.id, late.id));
});

it('tells the soonest moment of what is scheduled on a shard', async () => {
  const { commands, schedule } = embedded.adapters();
  const instance = anInstance('sub_1', { shard: 903 });
  expect(await schedule.nextMs(903)).toBeUndefined();
  for (const sendAtMs of [1_800_000_002_000, 1_800_000_001_000]) {
    const command = aCommand(instance, { state: 'scheduled', sendAtMs, messageId: `3EB0${sendAtMs}` });
    await commands.accept({ command, message: null, idempotency: null });
  }
  expect(await schedule.nextMs(903)).toBe(1_800_000_001_000);
  expect(await schedule.nextMs(904)).toBeUndefined();
});
