import type { InstanceStatus } from '../lib/core/model/instance.ts';
import type { DecryptFailure, RunnerMetrics } from './metrics.ts';

export const EMF_NAMESPACE = 'Switchboard';
/**
 * What CloudWatch makes metrics of; each is paid for. Everything else of a line is found by Logs Insights, and the
 * dashboard draws it from there.
 */
export const EMF_METRICS = [
  { Name: 'AcceptToAckMs', Unit: 'Milliseconds' },
  { Name: 'DecryptFailures', Unit: 'Count' },
  { Name: 'SessionsAwayPercent', Unit: 'Percent' },
] as const;

/** The most values of a metric in one line. */
const MAX_VALUES = 100;
/** Should be connected and are not: one that is not linked, or that somebody stopped, is not away. */
const AWAY: readonly InstanceStatus[] = ['CONNECTING', 'RECONNECTING', 'CONFLICT', 'ERROR'];

export interface EmfMetrics extends RunnerMetrics {
  /** What happened since the last line, in the embedded metric format; counts from nothing again. */
  line(sessions: ReadonlyMap<InstanceStatus, number>): object;
}

/** Counts for the log that CloudWatch reads; a line a minute is what a runner writes. */
export function createEmfMetrics(stage: string, clock: () => number): EmfMetrics {
  let acks = sample();
  let queue = sample();
  let commits = sample();
  let counts = none();
  return {
    claimed: (waitedMs) => queue.add(waitedMs),
    acked: (sinceAcceptMs) => acks.add(sinceAcceptMs),
    committed: (tookMs) => commits.add(tookMs),
    fenceRefused() {
      counts.fenceRefusals += 1;
    },
    decryptFailed(kind) {
      counts.decryptFailures[kind] += 1;
    },
    retryAsked() {
      counts.retryReceipts += 1;
    },
    connecting(again) {
      if (again) counts.reconnects += 1;
      return () => undefined;
    },
    line(sessions) {
      const of = (states: Iterable<InstanceStatus>) =>
        [...states].reduce((sum, at) => sum + (sessions.get(at) ?? 0), 0);
      const [all, away] = [of(sessions.keys()), of(AWAY)];
      const wanted = away + of(['CONNECTED']);
      const ackMs = acks.values();
      const { decryptFailures, ...others } = counts;
      const said = {
        _aws: {
          Timestamp: clock(),
          CloudWatchMetrics: [
            {
              Namespace: EMF_NAMESPACE,
              Dimensions: [['service', 'stage']],
              // A metric without a value would be one of nothing.
              Metrics: EMF_METRICS.filter(({ Name }) => Name !== 'AcceptToAckMs' || ackMs.length > 0),
            },
          ],
        },
        service: 'runner',
        stage,
        ...(ackMs.length > 0 && { AcceptToAckMs: ackMs }),
        DecryptFailures: Object.values(decryptFailures).reduce((sum, each) => sum + each),
        SessionsAwayPercent: wanted === 0 ? 0 : Math.round((away / wanted) * 100),
        sessions: Object.fromEntries(sessions),
        ...{ decryptFailures, ...others },
        ...{ queueAgeMs: queue.summary(), commitMs: commits.summary() },
        rssPerSessionBytes: all === 0 ? 0 : Math.round(process.memoryUsage.rss() / all),
      };
      [acks, queue, commits, counts] = [sample(), sample(), sample(), none()];
      return said;
    },
  };
}

/** Tells several. */
export function teeMetrics(...all: readonly RunnerMetrics[]): RunnerMetrics {
  return {
    claimed: (ms) => all.forEach((each) => void each.claimed(ms)),
    acked: (ms) => all.forEach((each) => void each.acked(ms)),
    committed: (ms) => all.forEach((each) => void each.committed(ms)),
    fenceRefused: () => all.forEach((each) => void each.fenceRefused()),
    decryptFailed: (kind) => all.forEach((each) => void each.decryptFailed(kind)),
    retryAsked: () => all.forEach((each) => void each.retryAsked()),
    connecting(again) {
      const ends = all.map((each) => each.connecting(again));
      return () => ends.forEach((end) => void end());
    },
  };
}

const none = () => ({
  fenceRefusals: 0,
  retryReceipts: 0,
  reconnects: 0,
  decryptFailures: { bad_mac: 0, counter: 0, no_session: 0, other: 0 } satisfies Record<DecryptFailure, number>,
});

/** Times of a minute: of many, a fair choice of `MAX_VALUES`. */
function sample() {
  const kept: number[] = [];
  let [count, sumMs, maxMs] = [0, 0, 0];
  return {
    add(ms: number): void {
      const value = Math.max(0, Math.round(ms));
      [count, sumMs, maxMs] = [count + 1, sumMs + value, Math.max(maxMs, value)];
      if (kept.length < MAX_VALUES) kept.push(value);
      else {
        const place = Math.floor(Math.random() * count);
        if (place < MAX_VALUES) kept[place] = value;
      }
    },
    values: () => kept,
    summary: () => ({ count, mean: count === 0 ? 0 : Math.round(sumMs / count), max: maxMs }),
  };
}
