import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { RunnerState } from './lifecycle.ts';
import type { PrometheusMetrics } from './prometheus.ts';

const MAX_LAG_MS = 1_000;
/** A runner fences itself at this age of its last heartbeat. */
const MAX_HEARTBEAT_AGE_MS = 7_000;
/** The lag that counts is the longest one since the window before last began. */
const WINDOW_MS = 5_000;

/** What health is judged by. */
export interface Vitals {
  state: RunnerState;
  heartbeatAgeMs: number;
  lagMs: number;
}

export interface HealthServerOptions {
  host: string;
  port: number;
  vitals(): Omit<Vitals, 'lagMs'>;
  metrics: Pick<PrometheusMetrics, 'contentType' | 'text'>;
}

export interface HealthServer {
  url: string;
  close(): Promise<void>;
}

/**
 *   GET /healthz   the process is alive and owns what it believes to own; a runner that drains is healthy
 *   GET /readyz    it takes work: started, not draining, healthy
 *   GET /metrics   Prometheus
 *
 * Resolves when it listens. @throws when the port is taken
 */
export async function startHealthServer({ host, port, vitals, metrics }: HealthServerOptions): Promise<HealthServer> {
  const lag = createLagMeter();
  const judge = () => judgeHealth({ ...vitals(), lagMs: lag.ms() });
  const server = createServer((request, response) => {
    const answer = async (): Promise<[status: number, type: string, body: string]> => {
      const path = request.method === 'GET' ? (request.url ?? '').split('?')[0] : undefined;
      if (path === '/metrics') return [200, metrics.contentType, await metrics.text()];
      if (path !== '/healthz' && path !== '/readyz') return [404, 'text/plain', 'not found\n'];
      const { healthy, ready, ...facts } = judge();
      const good = path === '/healthz' ? healthy : ready;
      return [good ? 200 : 503, 'application/json', `${JSON.stringify({ ok: good, ...facts })}\n`];
    };
    answer().then(
      ([status, type, body]) => response.writeHead(status, { 'content-type': type }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  await listen(server, port, host);
  const { port: bound } = server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${shown}:${bound}`,
    async close() {
      lag.stop();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Healthy and ready or not, with what they were judged by. */
export function judgeHealth(vitals: Vitals): Vitals & { healthy: boolean; ready: boolean } {
  const healthy =
    vitals.state !== 'stopped' && vitals.lagMs < MAX_LAG_MS && vitals.heartbeatAgeMs < MAX_HEARTBEAT_AGE_MS;
  return { ...vitals, healthy, ready: healthy && vitals.state === 'running' };
}

/** The longest that the event loop was late in the last five to ten seconds. */
function createLagMeter(): { ms(): number; stop(): void } {
  const histogram = monitorEventLoopDelay({ resolution: 20 });
  histogram.enable();
  let beforeMs = 0;
  const maxMs = () => Math.round(histogram.max / 1e6);
  const timer = setInterval(() => {
    beforeMs = maxMs();
    histogram.reset();
  }, WINDOW_MS);
  timer.unref();
  return {
    ms: () => Math.max(beforeMs, maxMs()),
    stop() {
      clearInterval(timer);
      histogram.disable();
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
