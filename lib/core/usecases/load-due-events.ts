import type { DueAttempt, DueEntry, Ports, RecordedEvent } from '../ports/index.ts';

/** Events that lie this close are read in one go with what lies between them. */
const MAX_GAP = 8;

/** The events of what is due, by their ids; those that are no longer there are missing. One read for each run of them. */
export async function loadDueEvents(
  ports: Pick<Ports, 'events'>,
  entries: readonly DueEntry[],
): Promise<Map<string, RecordedEvent>> {
  const due = entries.flatMap((entry): DueAttempt['delivery'][] => (entry.kind === 'event' ? [entry.delivery] : []));
  const runs: { streamId: string; first: number; last: number }[] = [];
  for (const [streamId, ofStream] of Map.groupBy(due, (delivery) => delivery.streamId)) {
    for (const seq of ofStream.map((delivery) => delivery.seq).sort((a, b) => a - b)) {
      const run = runs.at(-1);
      if (run && run.streamId === streamId && seq - run.last <= MAX_GAP) run.last = seq;
      else runs.push({ streamId, first: seq, last: seq });
    }
  }
  const found = await Promise.all(
    runs.map(({ streamId, first, last }) => ports.events.list(streamId, first - 1, last - first + 1)),
  );
  return new Map(found.flatMap(({ events }) => events).map((event) => [event.id, event]));
}
