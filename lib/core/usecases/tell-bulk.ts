import type { AccountEvent } from '../catalogue/events.ts';
import { type BulkCounts, bulkStatus, countsOf } from '../model/bulk.ts';
import type { BulkWithLanes } from '../ports/index.ts';
import type { FeedPorts } from './feed-bulk.ts';

/** Shares of the recipients, in percent, at which progress is told. */
const MARKS = [25, 50, 75] as const;

/** Tells how far a bulk is: each mark once, and its end once. @throws what the store throws */
export async function tellBulk(
  ports: Pick<FeedPorts, 'events' | 'clock' | 'announce'>,
  { bulk, lanes }: BulkWithLanes,
  what: 'progress' | 'completed',
  before?: BulkCounts,
): Promise<void> {
  const counts = countsOf(lanes);
  const timestampMs = ports.clock();
  const lane = lanes.find(({ instanceId }) => instanceId === bulk.instanceId);
  const status = bulkStatus(bulk, lanes, timestampMs);
  const data = { bulkId: bulk.id, title: bulk.title, instanceName: lane?.instanceName ?? null, status, ...counts };
  const record = async (event: AccountEvent, once: string) => {
    const bell = await ports.events.recordAccountEvent(bulk.tenantId, event, `bulk|${bulk.id}|${once}`);
    if (bell) ports.announce(bell);
  };
  if (what === 'completed') {
    return record({ type: 'bulk.completed', instanceId: null, timestampMs, data }, 'completed');
  }
  const reached = (of: BulkCounts, mark: number) => endedOf(of) * 100 >= of.total * mark;
  for (const mark of MARKS) {
    if (!before || !reached(counts, mark) || reached(before, mark)) continue;
    await record({ type: 'bulk.progress', instanceId: null, timestampMs, data }, String(mark));
  }
}

function endedOf({ sent, failed, unknown, skipped, cancelled }: BulkCounts): number {
  return sent + failed + unknown + skipped + cancelled;
}
