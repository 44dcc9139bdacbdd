import { constants, type NodeGCPerformanceDetail, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { INSTANCE_STATUSES, type InstanceStatus } from '../lib/core/model/instance.ts';
import type { DecryptFailure, RunnerMetrics } from './metrics.ts';

const LATENCY_BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const COMMIT_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const DECRYPT_FAILURES: readonly DecryptFailure[] = ['bad_mac', 'counter', 'no_session', 'other'];

/** What is looked at when somebody asks, instead of being counted as it happens. */
export interface RunnerFacts {
  shards: number;
  /** Instances of the owned shards, by what their session is. */
  sessions: ReadonlyMap<InstanceStatus, number>;
  heartbeatAgeMs: number;
}

export interface PrometheusMetrics extends RunnerMetrics {
  contentType: string;
  /** Text of the exposition format; Node's own figures (event-loop lag, RSS, GC) are in it. */
  text(): Promise<string>;
}

/** Counts for Prometheus, in base units. `facts` is asked at each scrape. */
export function createPrometheusMetrics(facts: () => RunnerFacts): PrometheusMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const liveHeapBytes = watchLiveHeap();
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name, help, buckets, registers });
  const counter = (name: string, help: string) => new Counter({ name, help, registers });
  const queueAge = histogram(
    'switchboard_command_queue_seconds',
    'From the acceptance of a command to its claim by this runner',
    LATENCY_BUCKETS_SECONDS,
  );
  const acks = histogram(
    'switchboard_accept_to_ack_seconds',
    "From the acceptance of a message to the ack of WhatsApp's server",
    LATENCY_BUCKETS_SECONDS,
  );
  const commits = histogram(
    'switchboard_commit_seconds',
    'Time of a group commit of a session',
    COMMIT_BUCKETS_SECONDS,
  );
  const fenced = counter('switchboard_fence_refusals_total', 'Writes refused because another owner has the session');
  const failures = new Counter({
    name: 'switchboard_decrypt_failures_total',
    help: 'Incoming messages that could not be decrypted, by reason',
    labelNames: ['kind'],
    registers,
  });
  // From 0 on, so that a first failure is a rise.
  for (const kind of DECRYPT_FAILURES) failures.inc({ kind }, 0);
  const retries = counter('switchboard_retry_receipts_total', 'Messages that a device asked for again');
  const reconnects = counter('switchboard_reconnects_total', 'Connects of sessions that had been connected before');
  const connecting = new Gauge({ name: 'switchboard_connects_in_progress', help: 'Sessions that connect', registers });
  new Gauge({
    name: 'switchboard_sessions',
    help: 'Sessions of this runner by state',
    labelNames: ['state'],
    registers,
    collect() {
      const { sessions } = facts();
      for (const state of INSTANCE_STATUSES) this.set({ state }, sessions.get(state) ?? 0);
    },
  });
  new Gauge({
    name: 'switchboard_shards_owned',
    help: 'Shards that this runner owns',
    registers,
    collect() {
      this.set(facts().shards);
    },
  });
  new Gauge({
    name: 'switchboard_heartbeat_age_seconds',
    help: 'Since the last heartbeat of this runner that was stored',
    registers,
    collect() {
      this.set(facts().heartbeatAgeMs / 1_000);
    },
  });
  new Gauge({
    name: 'switchboard_live_heap_bytes',
    help: 'Heap in use after the last full collection: what grows here is kept. 0 before the first one',
    registers,
    collect() {
      this.set(liveHeapBytes());
    },
  });
  new Gauge({
    name: 'switchboard_rss_per_session_bytes',
    help: 'Resident memory of the process, shared out over its sessions',
    registers,
    collect() {
      const count = [...facts().sessions.values()].reduce((sum, each) => sum + each, 0);
      this.set(count === 0 ? 0 : Math.round(process.memoryUsage.rss() / count));
    },
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    claimed: (waitedMs) => queueAge.observe(seconds(waitedMs)),
    acked: (sinceAcceptMs) => acks.observe(seconds(sinceAcceptMs)),
    committed: (tookMs) => commits.observe(seconds(tookMs)),
    fenceRefused: () => fenced.inc(),
    decryptFailed: (kind) => failures.inc({ kind }),
    retryAsked: () => retries.inc(),
    connecting(again) {
      connecting.inc();
      if (again) reconnects.inc();
      let over = false;
      return () => {
        if (!over) connecting.dec();
        over = true;
      };
    },
  };
}

/** Clocks of two machines differ a little, and a histogram takes no negative number well. */
function seconds(ms: number): number {
  return Math.max(0, ms) / 1_000;
}

/** @returns what the heap held when it had just been collected as a whole, in bytes */
function watchLiveHeap(): () => number {
  let bytes = 0;
  new PerformanceObserver((list) => {
    const collections = list.getEntries() as (PerformanceEntry & { detail: NodeGCPerformanceDetail })[];
    const isFull = collections.some(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR);
    if (isFull) bytes = process.memoryUsage().heapUsed;
  }).observe({ entryTypes: ['gc'] });
  return () => bytes;
}
