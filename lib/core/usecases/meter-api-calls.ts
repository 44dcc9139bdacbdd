import { hourStart } from '../model/stats.ts';
import type { ApiCallMeter, Ports } from '../ports/index.ts';

const FLUSH_MS = 1_000;
const FLUSH_CALLS = 100;

interface Tally {
  tenantId: string;
  hourMs: number;
  calls: number;
  byInstance: Map<string, number>;
}

/**
 * The meter of a process: one per process, flushed before it ends. Statistics are all it is for (rate limits count for
 * themselves), so a second's calls may be lost in a crash, and a write whose answer was lost may count twice.
 */
export function createApiCallMeter({ stats, clock, log }: Pick<Ports, 'stats' | 'clock' | 'log'>): ApiCallMeter {
  let tallies = new Map<string, Tally>();
  let counted = 0;
  let timer: NodeJS.Timeout | undefined;
  let storing: Promise<void> = Promise.resolve();

  function add(tenantId: string, hourMs: number, calls: number, byInstance: ReadonlyMap<string, number>): void {
    const key = `${tenantId} ${hourMs}`;
    const tally = tallies.get(key) ?? { tenantId, hourMs, calls: 0, byInstance: new Map() };
    tallies.set(key, tally);
    tally.calls += calls;
    for (const [id, n] of byInstance) tally.byInstance.set(id, (tally.byInstance.get(id) ?? 0) + n);
    counted += calls;
    if (timer) return;
    timer = setTimeout(() => void meter.flush(), FLUSH_MS);
    timer.unref();
  }

  async function store(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const due = [...tallies.values()];
    tallies = new Map();
    counted = 0;
    await Promise.all(
      due.map(async ({ tenantId, hourMs, calls, byInstance }) => {
        try {
          await stats.addApiCalls(tenantId, hourMs, calls, byInstance);
        } catch (error) {
          log.warn({ err: error, tenantId }, 'API calls could not be counted yet');
          add(tenantId, hourMs, calls, byInstance);
        }
      }),
    );
  }

  const meter: ApiCallMeter = {
    count(tenantId, instanceId) {
      add(tenantId, hourStart(clock()), 1, instanceId === undefined ? new Map() : new Map([[instanceId, 1]]));
      if (counted >= FLUSH_CALLS) void meter.flush();
    },
    flush() {
      storing = storing.then(store);
      return storing;
    },
  };
  return meter;
}
