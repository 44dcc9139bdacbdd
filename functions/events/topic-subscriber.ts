import type { EventSubscriber } from '../../lib/core/ports/events.ts';
import type { EventTopic } from '../../lib/core/ports/topic.ts';

/** Ids of events that are remembered as published. */
const MEMORY = 2_000;

/**
 * Tells the topic every event. Told first of all, it fails before anybody else has heard of the event; an event that
 * is told again because somebody else failed is not published again by this process. Receivers deduplicate by the
 * attribute `id` all the same.
 */
export function createTopicSubscriber(topic: Pick<EventTopic, 'publish'>): EventSubscriber {
  const published = new Set<string>();
  return {
    name: 'topic',
    async tell(event) {
      if (published.has(event.id)) return;
      await topic.publish(event);
      published.add(event.id);
      if (published.size > MEMORY) published.delete(published.values().next().value as string);
    },
  };
}
