import { expect, it } from 'vitest';
import { createCommandEnds } from '../../lib/core/adapters/local/command-ends.ts';
import type { Command } from '../../lib/core/model/command.ts';
import { newId } from '../../lib/core/model/ids.ts';
import { awaitCommand } from '../../lib/core/usecases/await-command.ts';
import { aCommand, anInstance, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
/** Longer than a test may take: whoever waits that long has missed the end. */
const WAIT_MS = 600_000;

/** An accepted command, how to end it in a session's commit, and how often its row was read. */
async function accepted() {
  const { commands, sessions } = embedded.adapters();
  const ends = createCommandEnds();
  const store = ends.over(sessions);
  const { id: instanceId, tenantId, shard } = anInstance(newId('sub'));
  const { fence } = await store.takeFence(tenantId, instanceId, 'runner_1');
  const command = aCommand({ ...anInstance(tenantId), id: instanceId, shard });
  await commands.accept({ command, message: null, idempotency: null });
  const reads: string[] = [];
  const counted = {
    ...commands,
    get: async (...of: Parameters<typeof commands.get>): Promise<Command | undefined> => {
      const found = await commands.get(...of);
      reads.push(found?.state ?? 'none');
      return found;
    },
  };
  const end = (commandId: string) =>
    store.commit(fence, [
      { kind: 'finish', commandId, shard, outcome: { state: 'done', output: { n: 1 } }, finishedAtMs: Date.now() },
    ]);
  return { ports: { commands: counted, ends }, command, reads, end };
}

it('reads a row once when its end is told, whoever else ends meanwhile', async () => {
  const { ports, command, reads, end } = await accepted();
  const waiting = awaitCommand(ports, { command, waitMs: WAIT_MS });
  await end(command.id);
  expect((await waiting).output).toEqual({ n: 1 });
  expect(reads).toEqual(['done']);
});

it('finds by itself what ended before it waited', async () => {
  const { ports, command, reads, end } = await accepted();
  await end(newId('cmd'));
  await end(command.id);
  const waiting = awaitCommand(ports, { command, waitMs: WAIT_MS });
  expect((await waiting).state).toBe('done');
  expect(reads).toEqual(['done']);
});

it('answers as it stands when the time is over', async () => {
  const { ports, command, reads } = await accepted();
  expect((await awaitCommand(ports, { command, waitMs: 0 })).state).toBe('queued');
  expect(reads).toEqual(['queued']);
});
