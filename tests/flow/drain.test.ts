import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunnerProcesses } from '../../bin/runner-processes.ts';
import { readAdminFile } from '../../lib/core/adapters/local/admin-file.ts';
import { freshNumber } from '../support/client.ts';
import { Fleet } from '../support/fleet.ts';
import { until, useFleet } from '../support/runner-fleet.ts';

describe('a runner that stops', () => {
  const fleet = useFleet(2, { drainMs: 1_000, endMs: 1_500 });

  it('gives up a session whose commit hangs, and the next owner has it and all others', {
    timeout: 90_000,
  }, async () => {
    const ann = await fleet.start('ann', 2);
    const stuck = await fleet.link(0);
    const other = await fleet.link(1);
    ann.wire.freeze(/^commit$/);
    // A message that came in has to be stored before its receipt leaves.
    await fleet.sandbox.phone(freshNumber()).send(stuck.phone, 'is anybody there?');
    await until('a commit that hangs', () => ann.wire.held > 0 || undefined);
    await ann.runner.stop();
    expect((await fleet.adapters.shards.list()).map(({ owner }) => owner)).toEqual([null, null]);
    await fleet.start('bob', 2);
    const to = freshNumber();
    for (const of of [stuck, other])
      expect(await fleet.ended(await fleet.send(of, to, 'here'))).toMatchObject({ state: 'done' });
    await until('the message that came in', async () => {
      const { items } = await fleet.adapters.messages.list(stuck.instance.id, { direction: 'received' }, 10);
      return items.length === 1 || undefined;
    });
  });

  it('ends though every store hangs', { timeout: 60_000 }, async () => {
    const ann = await fleet.start('carl', 2);
    ann.wire.freeze();
    await ann.runner.stop();
    expect(ann.runner.state).toBe('stopped');
  });
});

describe('the process of a runner', () => {
  let fleet: Fleet;
  let env: Record<string, string>;
  beforeAll(async () => {
    fleet = await Fleet.start(0);
    env = readAdminFile(fleet.dataDir)?.env as Record<string, string>;
  }, 60_000);
  afterAll(() => fleet?.stop());

  it('ends at its bound when the drain does not', { timeout: 60_000 }, async () => {
    const runner = await fleet.addRunner({ DRAIN_SECONDS: '2' });
    runner.dynamo.cut();
    runner.sqs.cut();
    expect(await runner.stop()).toBe(1);
    expect(runner.said('the drain took too long')).toHaveLength(1);
  });

  it('is killed by its parent when it hears no signal any more', { timeout: 60_000 }, async () => {
    const hangs = 'const { send } = process; process.send = (told) => send.call(process, told, () => { for (;;); });';
    const nodeArguments = ['--import', `data:text/javascript,${encodeURIComponent(hangs)}`];
    const runners = new RunnerProcesses(1, { env, onLine: () => undefined, nodeArguments, killAfterMs: 500 });
    await runners.setDesired(1);
    await runners.setDesired(0);
    expect(await runners.describe()).toEqual({ desired: 0, running: 0 });
  });
});
