import type { RecordedEvent } from './events.ts';

/** The SNS topic of events. */
export interface EventTopic {
  /** ARN of the topic; made first where the gateway makes its own. */
  arn(): Promise<string>;
  /** `body`: the event as receivers get it. @throws when the topic did not take it */
  publish(event: RecordedEvent, body: { data: object }): Promise<void>;
}
