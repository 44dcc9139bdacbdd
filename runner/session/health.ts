import type { SessionHealth } from '../../lib/core/model/instance.ts';

/** Reports are rows: at most one in this time. */
const REPORT_MS = 30_000;
/** Weight of the newest measurement in the running mean. */
const NEWEST = 0.2;

/** Running mean of the time from sending to WhatsApp's ack, and when to report it. */
export class HealthMeter {
  #ackLatencyMs: number | null = null;
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  /** Takes a measurement. Returns what to report now, or undefined. */
  acked(latencyMs: number, nowMs: number): SessionHealth | undefined {
    const mean = this.#ackLatencyMs;
    this.#ackLatencyMs = mean === null ? latencyMs : mean + (latencyMs - mean) * NEWEST;
    if (nowMs - this.#reportedAtMs < REPORT_MS) return undefined;
    this.#reportedAtMs = nowMs;
    return this.report(nowMs);
  }

  /** How it stands now, with a row that is written anyway. */
  report(nowMs: number): SessionHealth {
    const ackLatencyMs = this.#ackLatencyMs === null ? null : Math.round(this.#ackLatencyMs);
    return { ackLatencyMs, runnerMemoryBytes: process.memoryUsage.rss(), measuredAtMs: nowMs };
  }
}
