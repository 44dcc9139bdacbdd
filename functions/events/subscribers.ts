import type { EventSubscriber, EventSubscribers } from '../../lib/core/ports/events.ts';
import { tellOnce } from './tell-once.ts';

/** Everybody who is told every event, in this order. `more`: those that only exist where the process holds sockets. */
export function createSubscribers(more: readonly EventSubscriber[] = []): EventSubscribers {
  return more.map(tellOnce);
}
