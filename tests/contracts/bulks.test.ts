import { expect, it } from 'vitest';
import type { Bulk, BulkLane, BulkRecipient } from '../../lib/core/model/bulk.ts';
import { newId, newSortableId } from '../../lib/core/model/ids.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import type { BulkEntry, NewBulk } from '../../lib/core/ports/index.ts';
import { aCommand, aMessage, anAudit, anInstance, randomText, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
/** Long ago, so that these bulks are the first of their shard, which is theirs alone. */
const DUE_MS = 1_000_000;
let shard = 5_000;

function aBulk(instances: Instance[], recipients = 120): NewBulk {
  const [home] = instances as [Instance];
  const nowMs = Date.now();
  const bulk: Bulk = {
    ...{
      id: newSortableId('bulk', nowMs),
      tenantId: home.tenantId,
      instanceId: home.id,
      title: null,
      state: 'running',
    },
    ...{ operation: 'message.sendText', input: { text: 'Hello {{name}}', nothing: null }, template: null },
    ...{ total: recipients, pacing: { minDelayMs: 0, maxDelayMs: 0 }, skipUnregistered: false },
    ...{ createdAtMs: nowMs, startAtMs: nowMs, requestId: null },
  };
  const lanes = instances.map(({ id: instanceId, name, shard }): BulkLane => {
    return {
      ...{ bulkId: bulk.id, tenantId: home.tenantId, homeId: home.id, instanceId, instanceName: name, shard },
      ...{ total: recipients, next: 0, accepted: 0, open: [], back: [], sent: 0, failed: 0, unknown: 0, cancelled: 0 },
      ...{ unregistered: [], invalid: [], checkedTo: 0, checkId: null, checks: 0, nextAtMs: nowMs, dueMs: DUE_MS },
      ...{ idleMs: 0, gone: false, over: false, done: false },
    };
  });
  const people = Array.from({ length: recipients }, (_, i): BulkRecipient => {
    return { to: `${i}@s.whatsapp.net`, instanceId: home.id, variables: { name: `P${i}` }, line: i + 1 };
  });
  return {
    bulk,
    lanes: lanes.sort((a, b) => (a.instanceName < b.instanceName ? -1 : 1)),
    recipients: people,
    idempotency: null,
  };
}

function instances(count = 1): Instance[] {
  const tenantId = newId('sub');
  shard += 1;
  return Array.from({ length: count }, () => ({ ...anInstance(tenantId), shard }));
}

const dueOf = async ({ shard }: Instance, byMs = Date.now()) =>
  (await embedded.adapters().schedule.due(shard, byMs, 100)) as BulkEntry[];

it('keeps a bulk with its lanes, its recipients and what is due, and reads all back exactly', async () => {
  const { bulks } = embedded.adapters();
  const [home, other] = instances(2) as [Instance, Instance];
  const made = aBulk([home, other]);
  expect(await bulks.create(made)).toEqual({ created: true });
  expect(await bulks.get(home.id, made.bulk.id)).toEqual({ bulk: made.bulk, lanes: made.lanes });
  const pages = await bulks.pages(home.id, made.bulk.id, [0, 2, 9]);
  expect([pages.get(0), pages.get(2), pages.get(9)]).toEqual([
    made.recipients.slice(0, 50),
    made.recipients.slice(100),
    [],
  ]);
  expect((await dueOf(home)).map(({ instanceId }) => instanceId).sort()).toEqual([home.id, other.id].sort());
  expect(await dueOf(home, DUE_MS - 1)).toEqual([]);
  expect(await bulks.get(other.id, made.bulk.id)).toBeUndefined();
});

it('accepts once under an Idempotency-Key, which a command cannot use again', async () => {
  const { bulks, commands } = embedded.adapters();
  const [home] = instances() as [Instance];
  const key = randomText();
  const all = Array.from({ length: 4 }, () => ({ ...aBulk([home]), idempotency: { key, fingerprint: 'f1' } }));
  const results = await Promise.all(all.map((one) => bulks.create(one)));
  const bulkId = all[results.findIndex(({ created }) => created)]?.bulk.id;
  expect(results.filter(({ created }) => !created)).toEqual(Array(3).fill({ created: false, bulkId }));
  expect((await bulks.list(home.id, 10)).items.map(({ bulk }) => bulk.id)).toEqual([bulkId]);
  const other = { ...aBulk([home]), idempotency: { key, fingerprint: 'f2' } };
  expect(await bulks.create(other)).toEqual({ created: false, bulkId: null });
  const command = { command: aCommand(home), message: null, idempotency: { key, fingerprint: 'f1' } };
  expect(await commands.accept(command)).toEqual({ accepted: false, commandId: null });
});

it('moves a lane on with its commands by one of those who try, or not at all', async () => {
  const { bulks, commands, messages } = embedded.adapters();
  const [home] = instances() as [Instance];
  const made = aBulk([home]);
  await bulks.create(made);
  const [lane] = made.lanes as [BulkLane];
  const message = aMessage(home.id);
  const accepted = { command: aCommand(home, { messageId: message.id }), message, idempotency: null };
  const next = { ...lane, next: 1, accepted: 1, open: [0], dueMs: DUE_MS + 5 };
  const tries = await Promise.all([1, 2, 3].map(() => bulks.advance(lane, next, [accepted])));
  expect(tries.filter(Boolean)).toHaveLength(1);
  expect((await bulks.get(home.id, made.bulk.id))?.lanes).toEqual([next]);
  expect((await dueOf(home)).map(({ dueMs }) => dueMs)).toEqual([DUE_MS + 5]);
  expect(await commands.listPending(home.shard, home.id)).toHaveLength(1);

  // Somebody who read it before, with nothing to accept, moves nothing.
  expect(await bulks.advance(lane, { ...lane, dueMs: DUE_MS + 99 }, [])).toBe(false);
  // A command that is there already: nothing of it happens.
  await expect(bulks.advance(next, { ...next, next: 2, dueMs: DUE_MS + 9 }, [accepted])).resolves.toBe(false);
  expect((await bulks.get(home.id, made.bulk.id))?.lanes).toEqual([next]);

  expect(await commands.withdraw(accepted.command, 7)).toBe(true);
  expect(await commands.withdraw(accepted.command, 7)).toBe(false);
  expect(await commands.listPending(home.shard, home.id)).toEqual([]);
  expect(await commands.claim(home.id, accepted.command.id, 'runner', 1, 8)).toBeUndefined();
  expect((await messages.get(home.id, message.id))?.cancelledAtMs).toBe(7);
});

it('steers the bulk and all of its lanes at once, or not at all', async () => {
  const { bulks } = embedded.adapters();
  const [home, other] = instances(2) as [Instance, Instance];
  const made = aBulk([home, other]);
  await bulks.create(made);
  const read = async () =>
    (await bulks.get(home.id, made.bulk.id)) as NonNullable<Awaited<ReturnType<typeof bulks.get>>>;
  const found = await read();
  expect(await bulks.steer(found, ['paused'], 'running', DUE_MS + 1)).toBe(false);
  expect(await bulks.steer(found, ['running'], 'paused', DUE_MS + 1)).toBe(true);
  expect(await bulks.steer(found, ['paused'], 'cancelled', DUE_MS + 2)).toBe(false);
  const now = await read();
  expect([now.bulk.state, now.lanes.map(({ dueMs }) => dueMs)]).toEqual(['paused', [DUE_MS + 1, DUE_MS + 1]]);
  expect((await dueOf(home)).map(({ dueMs }) => dueMs)).toEqual([DUE_MS + 1, DUE_MS + 1]);
  expect(await bulks.setState(now.bulk, ['running'], 'cancelled')).toBe(false);
  expect(await bulks.setState(now.bulk, ['running', 'paused'], 'cancelled')).toBe(true);
});

it('drops only entries that mean nothing any more', async () => {
  const { bulks } = embedded.adapters();
  const [home] = instances() as [Instance];
  const made = aBulk([home]);
  await bulks.create(made);
  const [entry] = (await dueOf(home)) as [BulkEntry];
  await bulks.dropEntry(entry);
  expect(await dueOf(home)).toEqual([entry]);
  const [lane] = made.lanes as [BulkLane];
  expect(await bulks.advance(lane, { ...lane, done: true, dueMs: DUE_MS + 1 }, [])).toBe(true);
  const [last] = (await dueOf(home)) as [BulkEntry];
  await bulks.dropEntry(last);
  expect(await dueOf(home)).toEqual([]);
});

it('reads sent messages by more ids than one batch takes, and knows none of others', async () => {
  const { commands, messages } = embedded.adapters();
  const [home] = instances() as [Instance];
  const made = Array.from({ length: 130 }, () => aMessage(home.id));
  for (const message of made) {
    await commands.accept({ command: aCommand(home, { messageId: message.id }), message, idempotency: null });
  }
  const places = [
    ...made.map(({ id }) => ({ instanceId: home.id, messageId: id })),
    { instanceId: home.id, messageId: 'x' },
  ];
  const found = await messages.getSent(places);
  expect([...found.keys()].sort()).toEqual(made.map(({ id }) => id).sort());
  expect(await messages.getSent([])).toEqual(new Map());
});

it('keeps templates by name without regard to case, of one tenant', async () => {
  const { templates } = embedded.adapters();
  const tenantId = newId('sub');
  const audit = () => anAudit(tenantId);
  const template = { tenantId, name: 'Order', message: { type: 'text', text: '' }, createdAtMs: 1, updatedAtMs: 1 };
  expect(await templates.replace(template, audit())).toBe(false);
  expect([
    await templates.create(template, audit()),
    await templates.create({ ...template, name: 'ORDER' }, audit()),
  ]).toEqual([true, false]);
  expect(await templates.get(tenantId, 'order')).toEqual(template);
  expect(await templates.get(newId('sub'), 'order')).toBeUndefined();
  expect(await templates.replace({ ...template, updatedAtMs: 2 }, audit())).toBe(true);
  expect((await templates.list(tenantId, 5)).items).toEqual([{ ...template, updatedAtMs: 2 }]);
  const remove = () => templates.remove(tenantId, 'order', audit());
  expect([await remove(), await remove()]).toEqual([true, false]);
  // What did not happen is not recorded.
  expect((await embedded.adapters().audit.list(tenantId, {}, 10)).items).toHaveLength(3);
});
