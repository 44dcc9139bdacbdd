import { hourStart } from '../model/stats.ts';
import type { ApiCallMeter, Ports } from '../ports/index.ts';

const FLUSH_MS = 1_000;
const FLUSH_CALLS = 100;

interface Tally {
  tenantId: string;
  hourMs: number;
  calls: number;
  byInstance: Map<string, number>;
  byKey: Map<string, number>;
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

  function add({ tenantId, hourMs, calls, byInstance, byKey }: Tally): void {
    const key = `${tenantId} ${hourMs}`;
    const tally = tallies.get(key) ?? { tenantId, hourMs, calls: 0, byInstance: new Map(), byKey: new Map() };
    tallies.set(key, tally);
    tally.calls += calls;
    addTo(tally.byInstance, byInstance);
    addTo(tally.byKey, byKey);
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
      due.map(async (tally) => {
        const { tenantId, hourMs, calls, byInstance, byKey } = tally;
        try {
          await stats.addApiCalls(tenantId, hourMs, calls, byInstance, byKey);
        } catch (error) {
          log.warn({ err: error, tenantId }, 'API calls could not be counted yet');
          add(tally);
        }
      }),
    );
  }

  const meter: ApiCallMeter = {
    count(tenantId, { instanceId, keyId } = {}) {
      const once = (id: string | undefined) => new Map(id === undefined ? [] : [[id, 1]]);
      add({ tenantId, hourMs: hourStart(clock()), calls: 1, byInstance: once(instanceId), byKey: once(keyId) });
      if (counted >= FLUSH_CALLS) void meter.flush();
    },
    flush() {
      storing = storing.then(store);
      return storing;
    },
  };
  return meter;
}

function addTo(sums: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [id, n] of more) sums.set(id, (sums.get(id) ?? 0) + n);
}
