import type { EventSubscriber, RecordedEvent } from '../../lib/core/ports/events.ts';
import type { EventTopic } from '../../lib/core/ports/topic.ts';
import { nativePayload } from '../dialects/native/events.ts';

/** Tells the topic every event, as native webhooks tell it and whose it is. Receivers deduplicate by the id. */
export function createTopicSubscriber(topic: Pick<EventTopic, 'publish'>): EventSubscriber {
  return {
    name: 'topic',
    tell: (event, { instance }) => topic.publish(event, topicBody(event, instance?.name ?? null)),
  };
}

/** The body of an event on the topic. */
export function topicBody(event: RecordedEvent, instanceName: string | null) {
  const { body } = nativePayload(event, instanceName) as { body: { data: object } };
  return { ...body, subscription: { id: event.tenantId } };
}
