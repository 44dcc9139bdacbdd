import { expect, it } from 'vitest';
import { newId } from '../../lib/core/model/ids.ts';
import { aCommand, anInstance, randomText, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();

function aClock() {
  const clock = { nowMs: Date.now() };
  return { clock, adapters: embedded.adapters(() => clock.nowMs) };
}

it('gives a key to one of many who come at once; the others find it running', async () => {
  const { idempotency } = embedded.adapters();
  const [tenantId, key] = [newId('sub'), randomText()];
  const states = await Promise.all(
    Array.from({ length: 5 }, async () => (await idempotency.begin(tenantId, key, 'f1', 30)).state),
  );
  expect(states.toSorted()).toEqual(['begun', 'running', 'running', 'running', 'running']);
  expect(await idempotency.begin(newId('sub'), key, 'f1', 30)).toEqual({ state: 'begun' });
});

it('answers what was answered, to the same request only', async () => {
  const { idempotency } = embedded.adapters();
  const [tenantId, key] = [newId('sub'), randomText()];
  await idempotency.begin(tenantId, key, 'f1', 30);
  expect(await idempotency.begin(tenantId, key, 'f2', 30)).toEqual({ state: 'mismatch' });
  await idempotency.complete(tenantId, key, 201, '{"a":1}');
  expect(await idempotency.begin(tenantId, key, 'f1', 30)).toEqual({ state: 'done', status: 201, body: '{"a":1}' });
  expect(await idempotency.begin(tenantId, key, 'f2', 30)).toEqual({ state: 'mismatch' });
});

it('lets the first answer stand', async () => {
  const { idempotency } = embedded.adapters();
  const [tenantId, key] = [newId('sub'), randomText()];
  await idempotency.begin(tenantId, key, 'f1', 30);
  await idempotency.complete(tenantId, key, 201, 'first');
  await idempotency.complete(tenantId, key, 500, 'second');
  await idempotency.abandon(tenantId, key);
  expect(await idempotency.begin(tenantId, key, 'f1', 30)).toEqual({ state: 'done', status: 201, body: 'first' });
});

it('frees a key that was abandoned, for any request', async () => {
  const { idempotency } = embedded.adapters();
  const [tenantId, key] = [newId('sub'), randomText()];
  await idempotency.begin(tenantId, key, 'f1', 30);
  await idempotency.abandon(tenantId, key);
  expect(await idempotency.begin(tenantId, key, 'f2', 30)).toEqual({ state: 'begun' });
});

it('frees the key of a request that died when its lock ends, not before, and never an answer', async () => {
  const { clock, adapters } = aClock();
  const { idempotency } = adapters;
  const [tenantId, key, answered] = [newId('sub'), randomText(), randomText()];
  await idempotency.begin(tenantId, key, 'f1', 30);
  await idempotency.begin(tenantId, answered, 'f1', 30);
  await idempotency.complete(tenantId, answered, 200, 'x');
  clock.nowMs += 29_999;
  expect(await idempotency.begin(tenantId, key, 'f1', 30)).toEqual({ state: 'running' });
  clock.nowMs += 1;
  expect(await idempotency.begin(tenantId, key, 'f1', 30)).toEqual({ state: 'begun' });
  expect(await idempotency.begin(tenantId, key, 'f1', 30)).toEqual({ state: 'running' });
  expect(await idempotency.begin(tenantId, answered, 'f1', 30)).toMatchObject({ state: 'done' });
});

it('forgets after a day', async () => {
  const { clock, adapters } = aClock();
  const { idempotency } = adapters;
  const [tenantId, key] = [newId('sub'), randomText()];
  await idempotency.begin(tenantId, key, 'f1', 30);
  await idempotency.complete(tenantId, key, 200, 'x');
  clock.nowMs += 86_400_000 - 1_000;
  expect(await idempotency.begin(tenantId, key, 'f1', 30)).toMatchObject({ state: 'done' });
  clock.nowMs += 2_000;
  expect(await idempotency.begin(tenantId, key, 'f2', 30)).toEqual({ state: 'begun' });
});

it("keeps a command's key and an answer's apart", async () => {
  const { idempotency, commands } = embedded.adapters();
  const instance = anInstance(newId('sub'));
  const [ofCommand, ofAnswer] = [randomText(), randomText()];
  const accept = (key: string) =>
    commands.accept({ command: aCommand(instance), message: null, idempotency: { key, fingerprint: 'f1' } });
  await accept(ofCommand);
  expect(await idempotency.begin(instance.tenantId, ofCommand, 'f1', 30)).toEqual({ state: 'mismatch' });
  await idempotency.complete(instance.tenantId, ofCommand, 200, 'x');
  await idempotency.abandon(instance.tenantId, ofCommand);
  expect(await commands.findByIdempotencyKey(instance.tenantId, ofCommand)).toBeDefined();
  await idempotency.begin(instance.tenantId, ofAnswer, 'f1', 30);
  expect(await accept(ofAnswer)).toEqual({ accepted: false, commandId: null });
  expect(await commands.findByIdempotencyKey(instance.tenantId, ofAnswer)).toBeUndefined();
});
