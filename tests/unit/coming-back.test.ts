import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunnerPorts, ShardDeps } from '../../runner/deps.ts';
import { createLogger } from '../../runner/log.ts';
import { NO_METRICS } from '../../runner/metrics.ts';
import { Outbox } from '../../runner/outbox.ts';
import { Shard } from '../../runner/shards.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/**
 * Claims a shard of so many instances. Returns when each was looked for, in ms after the claim; the `n`th of them draws
 * the `n`th part of the time there is.
 */
async function comingBack(count: number): Promise<Map<string, number>> {
  const looked = new Map<string, number>();
  const startMs = Date.now();
  let drawn = 0;
  const none = async () => [];
  const ports = {
    instances: {
      listShard: async () => Array.from({ length: count }, (_, n) => ({ tenantId: 'sub_1', instanceId: `inst_${n}` })),
      get: async (_tenantId: string, id: string) => void looked.set(id, Date.now() - startMs),
    },
    commands: { listPending: none, listLate: none },
    events: { listOutbox: none, clearOutbox: none },
    schedule: { nextMs: async () => undefined },
    bells: {
      receive: (_shard: number, _waitSeconds: number, signal: AbortSignal) =>
        new Promise((done) => signal.addEventListener('abort', () => done([]), { once: true })),
    },
    clock: Date.now,
  } as unknown as RunnerPorts;
  const logger = createLogger('silent');
  const deps = {
    ...ports,
    ...{ logger, metrics: NO_METRICS, owner: 'runner_1', outbox: new Outbox(ports.eventQueue, logger) },
    ...{ random: () => drawn++ / count, loadSlot: async () => () => undefined, isFenced: () => false },
  } as unknown as ShardDeps;
  const shard = new Shard({ shard: 0, owner: 'runner_1', epoch: 1 }, ports, deps);
  await shard.start();
  await vi.advanceTimersByTimeAsync(60_000);
  await shard.stop();
  return looked;
}

it.each([2, 5, 20])(
  '%i instances of a claimed shard come back one by one, each within its random part',
  async (count) => {
    const looked = await comingBack(count);
    const times = [...looked.values()];
    expect(looked.size).toBe(count);
    expect(new Set(times).size).toBe(count);
    expect(Math.max(...times)).toBeLessThanOrEqual(25 * (count - 1));
  },
);

it('many come back within half a second, all over it', async () => {
  const times = [...(await comingBack(400)).values()];
  expect(times).toHaveLength(400);
  expect(Math.max(...times)).toBeLessThanOrEqual(500);
  for (let fromMs = 0; fromMs < 500; fromMs += 100) {
    expect(times.filter((ms) => ms >= fromMs && ms < fromMs + 100).length).toBeGreaterThan(60);
  }
});

it('a single one does not wait', async () => {
  expect([...(await comingBack(1)).values()]).toEqual([expect.toSatisfy((ms: number) => ms <= 1)]);
});
