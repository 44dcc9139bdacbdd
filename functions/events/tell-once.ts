import type { EventSubscriber } from '../../lib/core/ports/events.ts';

/** Ids that are remembered for each subscriber: many batches of all streams that one process settles at a time. */
const MEMORY = 5_000;

/**
 * A subscriber who is not told again what this process has told it: when one subscriber fails, events come again to all.
 * Of another process, and after a restart, they still come again.
 */
export function tellOnce(subscriber: EventSubscriber): EventSubscriber {
  const told = new Set<string>();
  return {
    name: subscriber.name,
    async tell(event, context) {
      if (told.has(event.id)) return;
      await subscriber.tell(event, context);
      told.add(event.id);
      if (told.size > MEMORY) told.delete(told.values().next().value as string);
    },
  };
}
