import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../lib/core/model/command.ts';
import { targetOwner } from '../../lib/core/model/ownership.ts';
import type { RunnerBeat } from '../../lib/core/ports/index.ts';
import { probe } from '../../runner/probe.ts';
import { disconnect } from '../../sandbox/index.ts';
import { freshNumber } from '../support/client.ts';
import { anAudit } from '../support/embedded.ts';
import { Person } from '../support/person.ts';
import { type FleetInstance, type FleetRunner, until, useFleet } from '../support/runner-fleet.ts';

const SHARDS = 4;
/** Room for two more shards. */
const fleet = useFleet(SHARDS + 2);

/** One on each shard; every test's runners bring them back. */
let instances: FleetInstance[];
beforeAll(async () => {
  await fleet.start('ann', SHARDS);
  instances = await Promise.all(Array.from({ length: SHARDS }, (_, shard) => fleet.link(shard)));
  await fleet.clear();
});
afterEach(() => fleet.clear());

/** Resolves when every shard is with the runner that all of them compute for it. */
async function settled(runners: FleetRunner[]): Promise<void> {
  const ids = runners.map(({ runner }) => runner.id);
  await until('the last move', async () => {
    const rows = await fleet.adapters.shards.list();
    const held = runners.flatMap(({ shards }) => shards).length;
    return rows.length > 0 && held === rows.length && rows.every((row) => row.owner === targetOwner(row.shard, ids));
  });
}

/** What the simulated phones must say of everything that was sent to `to`, in order, from each instance. */
async function expectDelivered(to: string, texts: string[]): Promise<void> {
  const person = new Person(fleet.sandbox.controlUrl, to);
  await person.sees(() => true, texts.length, 60_000);
  const seen = (await person.messages()).map(({ text }) => text ?? '');
  expect([...seen].sort()).toEqual([...texts].sort());
  const instances = new Set(texts.map(instanceOf));
  for (const name of instances) {
    const mine = (text: string) => instanceOf(text) === name;
    expect(seen.filter(mine)).toEqual(texts.filter(mine));
  }
  expect(await person.facts()).toMatchObject({ decryptErrors: [], retryRequests: 0 });
}

const instanceOf = (text: string) => text.split(' ')[0];

/** Says what every instance is to send next. */
function storyteller() {
  const to = freshNumber();
  const texts: string[] = [];
  const commands: Command[] = [];
  const written: string[] = [];
  const writer = new Person(fleet.sandbox.controlUrl, freshNumber());
  let round = 0;
  return {
    /** Every instance sends one more message, and gets one. */
    async tell(count = 1) {
      for (let i = 0; i < count; i += 1) {
        round += 1;
        for (const [n, of] of instances.entries()) {
          const text = `i${n} ${String(round).padStart(4, '0')}`;
          texts.push(text);
          commands.push(await fleet.send(of, to, text));
          written.push(await writer.writes(of.phone, `to ${text}`));
        }
      }
    },
    /** All of it ended well: sent once, in order; received once. */
    async expectTold() {
      for (const command of commands) expect(await fleet.ended(command)).toMatchObject({ state: 'done' });
      await expectDelivered(to, texts);
      const received = await until('all that was written', async () => {
        const pages = await Promise.all(
          instances.map(({ instance }) => fleet.adapters.messages.list(instance.id, { direction: 'received' }, 100)),
        );
        const ids = pages.flatMap(({ items }) => items.map(({ id }) => id)).filter((id) => written.includes(id));
        return ids.length >= written.length ? ids : undefined;
      });
      expect(received.sort()).toEqual(written.sort());
      for (const { phone } of instances) {
        const facts = await new Person(fleet.sandbox.controlUrl, phone).facts();
        expect(facts).toMatchObject({ decryptErrors: [], retryRequests: 0 });
      }
      expect(await writer.facts()).toMatchObject({ decryptErrors: [], retryRequests: 0 });
    },
  };
}

const replaced = () => fleet.sandbox.network.stats().replaced ?? 0;

describe('planned moves', { timeout: 120_000 }, () => {
  it('share with runners that come and take from one that goes: nothing lost, doubled, disordered or replaced', async () => {
    const ann = await fleet.start('ann', SHARDS);
    expect(ann.shards).toEqual([0, 1, 2, 3]);
    const story = storyteller();
    const before = replaced();
    await story.tell(2);
    const bob = await fleet.start('bob', SHARDS);
    const cem = await fleet.start('cem', SHARDS);
    await story.tell(3);
    await settled([ann, bob, cem]);
    await story.tell(2);
    await ann.runner.stop();
    expect(ann.runner.state).toBe('stopped');
    await story.tell(2);
    await settled([bob, cem]);
    await story.expectTold();
    for (const of of instances) await fleet.connected(of);
    expect(replaced()).toBe(before);
    const present = (await fleet.adapters.runners.list()).map(({ id }) => id);
    expect(present.sort()).toEqual([bob.runner.id, cem.runner.id].sort());
  });

  it('begin with who has only just come, when a runner that was alone goes', async () => {
    const ann = await fleet.start('ann', SHARDS);
    for (const of of instances) await fleet.connected(of);
    const [beat] = await fleet.adapters.runners.list();
    // The first beat of one that is just starting; the runner that goes has not seen it yet.
    await fleet.adapters.runners.beat({ ...(beat as RunnerBeat), id: 'runner_bob', counter: 1, releasing: [] });
    const stopping = ann.runner.stop();
    // It is looked at while he starts: it is over in a moment.
    const starting = fleet.start('bob', SHARDS);
    await until('a shard that bob has claimed while ann still holds others', async () => {
      const owners = (await fleet.adapters.shards.list()).map(({ owner }) => owner);
      return owners.includes('runner_bob') && owners.includes(ann.runner.id);
    });
    const bob = await starting;
    await stopping;
    await settled([bob]);
    for (const of of instances) await fleet.connected(of);
  });

  it('show a fresh code to who is just linking a phone', async () => {
    const ann = await fleet.start('ann', SHARDS);
    const bob = await fleet.start('bob', SHARDS);
    await settled([ann, bob]);
    const [shard] = ann.shards as [number];
    const of = await fleet.create(shard);
    await fleet.submit(of, 'instance.connect', {});
    const first = await fleet.code(of);
    await ann.runner.stop();
    const second = await until('another code', async () => {
      const text = await fleet.code(of);
      return text === first ? undefined : text;
    });
    await fleet.sandbox.phone(of.phone).scan(second);
    await fleet.connected(of);
    await fleet.adapters.instances.remove(of.instance.tenantId, of.instance.id, anAudit(of.instance.tenantId));
  });

  it('take in shards that are new, and go on with those that are more than there shall be', async () => {
    const before = await fleet.adapters.shards.list();
    const more = await fleet.start('ann', SHARDS + 2);
    expect(more.shards).toEqual([0, 1, 2, 3, 4, 5]);
    for (const of of instances) await fleet.connected(of);
    await more.runner.stop();
    const fewer = await fleet.start('ann', 1);
    expect(fewer.shards).toEqual([0, 1, 2, 3, 4, 5]);
    const story = storyteller();
    await story.tell();
    await story.expectTold();
    const after = await fleet.adapters.shards.list();
    expect(after.map(({ instances: count }) => count)).toEqual([...before.map((row) => row.instances), 0, 0]);
  });
});

describe('a runner that is cut off from its stores', { timeout: 120_000 }, () => {
  it('ends its sessions before others take them over, and joins again', async () => {
    const ann = await fleet.start('ann', SHARDS);
    const bob = await fleet.start('bob', SHARDS);
    await settled([ann, bob]);
    const story = storyteller();
    await story.tell(2);
    ann.wire.cut();
    await story.tell(2);
    await until('a fenced runner', () => ann.runner.state === 'fenced' || undefined);
    await until('its end of everything', () => ann.runner.workers.length === 0 || undefined);
    await settled([bob]);
    await story.tell(2);
    ann.wire.mend();
    await until('its return', () => ann.runner.state === 'running' || undefined);
    await settled([ann, bob]);
    await story.tell(2);
    await story.expectTold();
  });

  it('with all the others: each goes on with what it had', async () => {
    const ann = await fleet.start('ann', SHARDS);
    const bob = await fleet.start('bob', SHARDS);
    await settled([ann, bob]);
    const before = [ann.shards, bob.shards];
    for (const { wire } of [ann, bob]) wire.cut();
    const story = storyteller();
    await story.tell();
    for (const { runner } of [ann, bob]) await until('a fenced runner', () => runner.state === 'fenced' || undefined);
    for (const { wire } of [ann, bob]) wire.mend();
    await settled([ann, bob]);
    expect([ann.shards, bob.shards]).toEqual(before);
    await story.tell();
    await story.expectTold();
  });
});

describe('a runner that freezes', { timeout: 120_000 }, () => {
  it('writes and sends nothing when it thaws, drops its sockets, and joins again', async () => {
    const ann = await fleet.start('ann', SHARDS);
    const bob = await fleet.start('bob', SHARDS);
    await settled([ann, bob]);
    const story = storyteller();
    await story.tell(2);
    ann.freeze();
    await story.tell(2);
    await settled([bob]);
    expect(ann.runner.state).toBe('running');
    await story.tell(2);
    const epochs = (await fleet.adapters.shards.list()).map(({ epoch }) => epoch);
    ann.thaw();
    await until('its return with shards', () => (ann.runner.state === 'running' && ann.shards.length > 0) || undefined);
    await settled([ann, bob]);
    await story.tell(2);
    await story.expectTold();
    const later = (await fleet.adapters.shards.list()).map(({ epoch }) => epoch);
    expect(later.every((epoch, shard) => epoch >= (epochs[shard] as number))).toBe(true);
  });
});

describe('one instance', { timeout: 120_000 }, () => {
  it('that is paced delays no other, and keeps its own messages in line', async () => {
    await fleet.start('ann', SHARDS);
    for (const of of instances) await fleet.connected(of);
    const [slow, ...quick] = instances as [FleetInstance, ...FleetInstance[]];
    const pace = async (messageDelay: number) => {
      const { tenantId } = slow.instance;
      await fleet.adapters.instances.update(slow.instance, { settings: { messageDelay } }, anAudit(tenantId));
      await fleet.ended(await fleet.submit(slow, 'instance.configure', {}));
    };
    await pace(8_000);
    const to = freshNumber();
    const late = [await fleet.send(slow, to, 'i0 0001'), await fleet.send(slow, to, 'i0 0002')];
    const others = await Promise.all(quick.map((of, n) => fleet.send(of, to, `i${n + 1} 0001`)));
    const ends = await Promise.all([...late, ...others].map((command) => fleet.ended(command)));
    const [first, second, ...rest] = ends.map(({ finishedAtMs }) => finishedAtMs as number) as [number, number];
    expect(ends.every(({ state }) => state === 'done')).toBe(true);
    expect(Math.max(first, ...rest)).toBeLessThan(second);
    await expectDelivered(to, ['i0 0001', 'i0 0002', 'i1 0001', 'i2 0001', 'i3 0001']);
    await pace(0);
  });

  it('that WhatsApp leaves without answers delays nobody on its shard, and sends when it is answered again', async () => {
    await fleet.start('ann', SHARDS);
    for (const of of instances) await fleet.connected(of);
    const [slow] = instances as [FleetInstance];
    const neighbour = await fleet.link(slow.instance.shard);
    const { faults } = fleet.sandbox.network;
    const [to, elsewhere] = [freshNumber(), freshNumber()];
    // A first message to somebody asks for devices and keys before it is encrypted.
    faults.set({ answerDelayMs: 600_000, phones: [slow.phone] });
    try {
      const late = await fleet.send(slow, to, 'i0 0001');
      const isUnderWay = async () => (await fleet.adapters.commands.get(late.instanceId, late.id))?.state === 'running';
      await until('a message under way', async () => (await isUnderWay()) || undefined);
      const texts = ['i1 0001', 'i1 0002', 'i1 0003'];
      for (const text of texts) {
        const sent = await fleet.send(neighbour, elsewhere, text);
        expect(await fleet.ended(sent)).toMatchObject({ state: 'done' });
      }
      await expectDelivered(elsewhere, texts);
      expect(await isUnderWay()).toBe(true);
      faults.clear();
      disconnect(fleet.sandbox.network, slow.phone, 428);
      expect(await fleet.ended(late)).toMatchObject({ state: 'done' });
      await expectDelivered(to, ['i0 0001']);
    } finally {
      faults.clear();
      const { tenantId, id } = neighbour.instance;
      await fleet.adapters.instances.remove(tenantId, id, anAudit(tenantId));
    }
  });

  it('whose fence was taken while its shard was not is loaded again', async () => {
    const ann = await fleet.start('ann', SHARDS);
    for (const of of instances) await fleet.connected(of);
    const [first] = instances as [FleetInstance];
    const { id, tenantId } = first.instance;
    const epoch = ann.runner.shards.find(({ number }) => number === 0)?.epoch as number;
    const { fence } = await fleet.adapters.sessions.takeFence(tenantId, id, ann.runner.id, epoch);
    const to = freshNumber();
    expect(await fleet.ended(await fleet.send(first, to, 'i0 0001'))).toMatchObject({ state: 'done' });
    const worker = ann.runner.workers.find(({ instanceId }) => instanceId === id);
    expect(worker?.session?.epoch).toBe(fence.epoch + 1);
    expect(ann.refusals).toBeGreaterThan(0);
    await expectDelivered(to, ['i0 0001']);
  });

  it('whose session ends amid a message sends nothing that came later before it', async () => {
    const [first] = instances as [FleetInstance];
    const { id, tenantId } = first.instance;
    const to = freshNumber();
    const texts = ['i0 0001', 'i0 0002', 'i0 0003'];
    const commands: Command[] = [];
    for (const text of texts) commands.push(await fleet.send(first, to, text));
    const taken = Promise.withResolvers<unknown>();
    probe.at = (point) => {
      if (point !== 'claimed') return;
      probe.at = () => undefined;
      const epoch = ann.runner.shards.find(({ number }) => number === 0)?.epoch as number;
      fleet.adapters.sessions.takeFence(tenantId, id, ann.runner.id, epoch).then(taken.resolve, taken.reject);
    };
    const ann = await fleet.start('ann', SHARDS);
    await taken.promise;
    const ends = await Promise.all(commands.map((command) => fleet.ended(command)));
    expect(ends.map(({ state }) => state)).toEqual(['done', 'done', 'done']);
    // At least one of them was begun by the session that ended.
    expect(ends.reduce((sum, { attempt }) => sum + attempt, 0)).toBeGreaterThan(texts.length);
    await expectDelivered(to, texts);
  });
});
