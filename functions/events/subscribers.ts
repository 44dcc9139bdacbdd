import type { EventSubscriber, EventSubscribers } from '../../lib/core/ports/events.ts';
import { type LinkPorts, withMediaLinks } from '../../lib/core/usecases/media-links.ts';
import { tellOnce } from './tell-once.ts';

/**
 * Everybody who is told every event, in this order. Received files are told with links: the session that records an
 * event has no key to make them. Without `links` they are told by their ids alone.
 */
export function createSubscribers(
  links: LinkPorts | undefined,
  subscribers: readonly EventSubscriber[],
): EventSubscribers {
  return subscribers.map((subscriber) =>
    tellOnce({
      name: subscriber.name,
      tell: (event, context) => subscriber.tell(links ? withMediaLinks(links, event) : event, context),
    }),
  );
}
