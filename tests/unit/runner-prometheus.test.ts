import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { InstanceStatus } from '../../lib/core/model/instance.ts';
import { createPrometheusMetrics, type PrometheusMetrics } from '../../runner/prometheus.ts';
import { parseMetrics } from '../support/metrics.ts';

const facts = { shards: 2, sessions: new Map<InstanceStatus, number>([['CONNECTED', 3]]), heartbeatAgeMs: 1_500 };

/** Each name that a runner tells of itself, and what makes it move. */
const MOVES: [name: string, happens: (metrics: PrometheusMetrics) => unknown][] = [
  ['switchboard_accept_to_ack_seconds_count', (metrics) => metrics.acked(120)],
  ['switchboard_accept_to_ack_seconds_sum', (metrics) => metrics.acked(120)],
  ['switchboard_accept_to_ack_seconds_bucket{le="0.25"}', (metrics) => metrics.acked(120)],
  ['switchboard_command_queue_seconds_count', (metrics) => metrics.claimed(5)],
  ['switchboard_command_queue_seconds_sum', (metrics) => metrics.claimed(5)],
  ['switchboard_commit_seconds_count', (metrics) => metrics.committed(3)],
  ['switchboard_commit_seconds_sum', (metrics) => metrics.committed(3)],
  ['switchboard_fence_refusals_total', (metrics) => metrics.fenceRefused()],
  ...(['bad_mac', 'counter', 'no_session', 'other'] as const).map((kind): (typeof MOVES)[number] => [
    `switchboard_decrypt_failures_total{kind="${kind}"}`,
    (metrics) => metrics.decryptFailed(kind),
  ]),
  ['switchboard_retry_receipts_total', (metrics) => metrics.retryAsked()],
  ['switchboard_reconnects_total', (metrics) => metrics.connecting(true)],
  ['switchboard_connects_in_progress', (metrics) => metrics.connecting(false)],
  ['switchboard_sessions{state="RECONNECTING"}', () => facts.sessions.set('RECONNECTING', 1)],
  ['switchboard_shards_owned', () => Object.assign(facts, { shards: facts.shards + 1 })],
  ['switchboard_heartbeat_age_seconds', () => Object.assign(facts, { heartbeatAgeMs: 2_500 })],
];

it.each(MOVES)('%s rises with what it counts', async (name, happens) => {
  const metrics = createPrometheusMetrics(() => facts);
  const read = async () => parseMetrics(await metrics.text()).get(name);
  const before = await read();
  expect(before).toEqual(expect.any(Number));
  happens(metrics);
  expect(await read()).toBeGreaterThan(before as number);
});

it('counts connects that are over as over, once, and no negative time', async () => {
  const metrics = createPrometheusMetrics(() => facts);
  const [first] = [metrics.connecting(false), metrics.connecting(true)];
  for (let n = 0; n < 2; n += 1) first?.();
  metrics.acked(-5);
  const told = parseMetrics(await metrics.text());
  expect(told.get('switchboard_connects_in_progress')).toBe(1);
  expect(told.get('switchboard_reconnects_total')).toBe(1);
  expect(told.get('switchboard_accept_to_ack_seconds_sum')).toBe(0);
});

it('shares the memory out over the sessions, and tells how late the event loop is', async () => {
  const some = { ...facts, sessions: new Map<InstanceStatus, number>([['CONNECTED', 1]]) };
  const metrics = createPrometheusMetrics(() => some);
  const perSession = async () => parseMetrics(await metrics.text()).get('switchboard_rss_per_session_bytes') as number;
  const alone = await perSession();
  some.sessions.set('CONNECTED', 100);
  expect(await perSession()).toBeLessThan(alone / 10);
  some.sessions.clear();
  expect(await perSession()).toBe(0);
  const told = parseMetrics(await metrics.text());
  for (const name of [
    'nodejs_eventloop_lag_seconds',
    'nodejs_eventloop_lag_p99_seconds',
    'process_resident_memory_bytes',
  ]) {
    expect(told.get(name), name).toEqual(expect.any(Number));
  }
});

it('tells what is alive on the heap once all of it was collected', async () => {
  const metrics = createPrometheusMetrics(() => facts);
  const alive = async () => parseMetrics(await metrics.text()).get('switchboard_live_heap_bytes') as number;
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const fill = () => Array.from({ length: 1_000_000 }, (_, n) => ({ n }));
  let kept = fill();
  collect();
  const held = process.memoryUsage().heapUsed;
  await expect.poll(alive).toBeGreaterThan(held - 5_000_000);
  kept = [];
  collect();
  await expect.poll(alive).toBeLessThan(held - 10_000_000);
  expect(kept).toEqual([]);
});
