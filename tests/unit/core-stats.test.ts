import { describe, expect, it } from 'vitest';
import { addUp, hourStart, NO_COUNTS, percentOf } from '../../lib/core/model/stats.ts';
import { recordConnection, UPTIME_WINDOW_MS, uptimeOf } from '../../lib/core/model/uptime.ts';
import { healthOf, qualityOf } from '../../lib/core/usecases/get-instance-health.ts';
import { createApiCallMeter } from '../../lib/core/usecases/meter-api-calls.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2026, 0, 1);

describe('percentages', () => {
  it.each([
    [1250, 1265, '98.8%'],
    [1, 1, '100.0%'],
    [9999, 10_000, '99.9%'],
    [0, 5, '0.0%'],
    [0, 0, null],
  ])('%d of %d is %s', (part, whole, text) => expect(percentOf(part, whole)).toBe(text));
});

describe('uptime', () => {
  const script = (...turns: [boolean, number][]) =>
    turns.reduce<readonly number[]>((record, [up, atMs]) => recordConnection(record, up, atMs), []);

  it('is unknown before the first link', () => {
    expect(uptimeOf(script([false, T0]), T0)).toBeNull();
  });

  it('counts from the first link on', () => {
    const record = script([true, T0], [false, T0 + 3 * HOUR], [true, T0 + 4 * HOUR]);
    expect(uptimeOf(record, T0 + 10 * HOUR)).toEqual({ upMs: 9 * HOUR, ofMs: 10 * HOUR });
  });

  it('ignores what changes nothing, and clocks that step back', () => {
    expect(script([true, T0], [true, T0 + HOUR], [false, T0 + 2 * HOUR], [false, T0 + 3 * HOUR])).toEqual([
      T0,
      T0 + 2 * HOUR,
    ]);
    expect(script([true, T0], [false, T0 - HOUR])).toEqual([T0, T0]);
  });

  it('looks at the last 30 days only', () => {
    const record = script([true, T0], [false, T0 + DAY], [true, T0 + 40 * DAY]);
    const nowMs = T0 + 45 * DAY;
    expect(uptimeOf(record, nowMs)).toEqual({ upMs: 5 * DAY, ofMs: UPTIME_WINDOW_MS });
    expect(uptimeOf(script([true, T0]), nowMs)).toEqual({ upMs: 30 * DAY, ofMs: 30 * DAY });
    expect(uptimeOf(script([true, T0], [false, T0 + DAY]), nowMs)).toEqual({ upMs: 0, ofMs: 30 * DAY });
  });

  it('forgets what is over, and never grows beyond its bound', () => {
    let record: readonly number[] = [];
    for (let n = 0; n < 1_000; n += 1) record = recordConnection(record, n % 2 === 0, T0 + n * HOUR);
    expect(record.length).toBeLessThanOrEqual(256);
    expect(uptimeOf(record, T0 + 999 * HOUR)).toMatchObject({ upMs: expect.any(Number) });
    const later = recordConnection(record, true, T0 + 100 * DAY);
    expect(recordConnection(later, false, T0 + 200 * DAY).length).toBeLessThan(6);
  });
});

describe('health', () => {
  const health = (ackLatencyMs: number | null) => ({ ackLatencyMs, runnerMemoryBytes: 1, measuredAtMs: 1 });
  it.each([
    [20, 'EXCELLENT'],
    [300, 'GOOD'],
    [1_000, 'FAIR'],
    [3_000, 'POOR'],
    [null, 'UNKNOWN'],
  ])('an ack after %s ms is %s', (latencyMs, quality) => {
    expect(qualityOf({ status: 'CONNECTED', health: health(latencyMs) })).toBe(quality);
    expect(qualityOf({ status: 'RECONNECTING', health: health(latencyMs) })).toBe('NONE');
  });

  it.each([
    ['CONNECTED', 'EXCELLENT', 0, 'HEALTHY'],
    ['CONNECTED', 'POOR', 0, 'DEGRADED'],
    ['CONNECTED', 'GOOD', 100, 'DEGRADED'],
    ['RECONNECTING', 'NONE', 0, 'DEGRADED'],
    ['LOGGED_OUT', 'NONE', 0, 'UNHEALTHY'],
    ['DISCONNECTED', 'NONE', 0, 'UNHEALTHY'],
  ] as const)('%s, %s and %d waiting is %s', (status, quality, queued, expected) => {
    expect(healthOf({ status, account: null }, quality, queued, T0)).toBe(expected);
  });
});

describe('the API call meter', () => {
  function aMeter() {
    const stored: { tenantId: string; hourMs: number; calls: number; byInstance: Map<string, number> }[] = [];
    const world = { nowMs: T0, broken: false };
    const log = { debug() {}, info() {}, warn() {}, error() {} };
    const stats = {
      async addApiCalls(tenantId: string, hourMs: number, calls: number, byInstance: ReadonlyMap<string, number>) {
        if (world.broken) throw new Error('throttled');
        stored.push({ tenantId, hourMs, calls, byInstance: new Map(byInstance) });
      },
    };
    const meter = createApiCallMeter({ stats: stats as never, clock: () => world.nowMs, log });
    return { meter, stored, world };
  }

  it('gathers calls by tenant and hour', async () => {
    const { meter, stored, world } = aMeter();
    meter.count('t1', { instanceId: 'a' });
    meter.count('t1', { instanceId: 'a' });
    meter.count('t1');
    meter.count('t2', { instanceId: 'b' });
    world.nowMs += HOUR;
    meter.count('t1', { instanceId: 'a' });
    await meter.flush();
    await meter.flush();
    expect(stored).toEqual([
      { tenantId: 't1', hourMs: T0, calls: 3, byInstance: new Map([['a', 2]]) },
      { tenantId: 't2', hourMs: T0, calls: 1, byInstance: new Map([['b', 1]]) },
      { tenantId: 't1', hourMs: T0 + HOUR, calls: 1, byInstance: new Map([['a', 1]]) },
    ]);
  });

  it('stores by itself after a hundred calls, and keeps what could not be stored', async () => {
    const { meter, stored, world } = aMeter();
    world.broken = true;
    for (let n = 0; n < 100; n += 1) meter.count('t1', { instanceId: 'a' });
    await meter.flush();
    expect(stored).toEqual([]);
    world.broken = false;
    await meter.flush();
    expect(stored).toEqual([{ tenantId: 't1', hourMs: T0, calls: 100, byInstance: new Map([['a', 100]]) }]);
  });
});

it('adds up, and finds the beginning of an hour', () => {
  expect(addUp([{ sent: 2 }, { sent: 3, read: 1 }])).toEqual({ ...NO_COUNTS, sent: 5, read: 1 });
  expect(hourStart(T0 + 5 * HOUR + 123)).toBe(T0 + 5 * HOUR);
});
