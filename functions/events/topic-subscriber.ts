import type { EventSubscriber } from '../../lib/core/ports/events.ts';
import type { EventTopic } from '../../lib/core/ports/topic.ts';

/** Tells the topic every event. Receivers deduplicate by the attribute `id`. */
export function createTopicSubscriber(topic: Pick<EventTopic, 'publish'>): EventSubscriber {
  return { name: 'topic', tell: (event) => topic.publish(event) };
}
