import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { eventTopicName } from '../core/adapters/sns/topic.ts';
import { BELL_QUEUE, bellDeadLettersName, bellQueueName } from '../core/adapters/sqs/bells.ts';
import { DELIVERY_QUEUE, deliveryDeadLettersName, deliveryQueueName } from '../core/adapters/sqs/deliveries.ts';
import { EVENT_QUEUE, eventDeadLettersName, eventQueueName } from '../core/adapters/sqs/events.ts';
import { INTAKE_QUEUE, intakeDeadLettersName, intakeQueueName, replyQueuePrefix } from '../core/adapters/sqs/intake.ts';

const SEND = ['sqs:GetQueueUrl', 'sqs:SendMessage'];
const RECEIVE = [
  'sqs:ChangeMessageVisibility',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:GetQueueUrl',
  'sqs:ReceiveMessage',
];

/** How long a Lambda may work on what it took from a queue. */
export const WORKER_TIMEOUT_SECONDS = { intake: 50, events: 50, deliveries: 90 } as const;
/**
 * For how many such times messages are hidden: as many as AWS advises, or a Lambda that is throttled would use up the
 * deliveries of messages that it never saw. No retry waits for it: the intake Lambda says itself when it wants a message
 * again, and sweeps ring anew for events (runner/outbox-sweeper.ts) and deliveries.
 */
const HIDDEN_TIMES = 6;

interface WithDeadLetters {
  queue: Queue;
  deadLetters: Queue;
}

/**
 * Every queue with its dead letters, by the names that lib/core/adapters/sqs looks them up by, and the topic of events.
 * The shards share one queue of dead letters: what lies there is a bell, and says its instance.
 */
export class Queues extends Construct {
  readonly commands: Queue[];
  readonly commandsDeadLetters: Queue;
  readonly intake: WithDeadLetters;
  readonly events: WithDeadLetters;
  readonly deliveries: WithDeadLetters;
  readonly topic: Topic;
  readonly #prefix: string;

  constructor(scope: Construct, id: string, { prefix, shards }: { prefix: string; shards: number }) {
    super(scope, id);
    this.#prefix = prefix;
    this.commandsDeadLetters = this.#deadLetters('CommandsDeadLetters', bellDeadLettersName(prefix), BELL_QUEUE);
    this.commands = Array.from({ length: shards }, (_, shard) =>
      this.#queue(`Commands${shard}`, bellQueueName(prefix, shard), BELL_QUEUE, {
        deadLetterQueue: { queue: this.commandsDeadLetters, maxReceiveCount: BELL_QUEUE.maxReceiveCount },
      }),
    );
    // No redrive policy: its reader buries messages itself, without the API keys that are in them.
    this.intake = {
      queue: this.#queue('Intake', intakeQueueName(prefix), hiddenFor('intake', INTAKE_QUEUE), KEPT),
      deadLetters: this.#deadLetters('IntakeDeadLetters', intakeDeadLettersName(prefix), INTAKE_QUEUE),
    };
    this.events = this.#pair(
      'Events',
      eventQueueName(prefix),
      eventDeadLettersName(prefix),
      hiddenFor('events', EVENT_QUEUE),
    );
    this.deliveries = this.#pair(
      'Deliveries',
      deliveryQueueName(prefix),
      deliveryDeadLettersName(prefix),
      hiddenFor('deliveries', DELIVERY_QUEUE),
    );
    this.topic = new Topic(this, 'Topic', { topicName: eventTopicName(prefix), enforceSSL: true });
  }

  /** All queues of dead letters, by what is in them. */
  get deadLetters(): Record<'Commands' | 'Intake' | 'Events' | 'Deliveries', Queue> {
    return {
      Commands: this.commandsDeadLetters,
      Intake: this.intake.deadLetters,
      Events: this.events.deadLetters,
      Deliveries: this.deliveries.deadLetters,
    };
  }

  grantSend(grantee: IGrantable, ...queues: Queue[]): void {
    allow(
      grantee,
      SEND,
      queues.map(({ queueArn }) => queueArn),
    );
  }

  grantReceive(grantee: IGrantable, ...queues: Queue[]): void {
    allow(
      grantee,
      RECEIVE,
      queues.map(({ queueArn }) => queueArn),
    );
  }

  /** Wildcard: a policy has no room for the names of 256 shards. */
  grantRing(grantee: IGrantable): void {
    allow(grantee, SEND, [this.#arn(bellQueueName(this.#prefix, '*'))]);
  }

  /** Wildcard, for the same reason. */
  grantHear(grantee: IGrantable): void {
    allow(grantee, RECEIVE, [this.#arn(bellQueueName(this.#prefix, '*'))]);
  }

  /** Wildcard: customers make reply queues, and name them after this prefix. */
  grantReply(grantee: IGrantable): void {
    allow(grantee, SEND, [this.#arn(`${replyQueuePrefix(this.#prefix)}*`)]);
  }

  /** Wildcard: SQS lists queues for an account, not for a queue. */
  grantList(grantee: IGrantable): void {
    allow(grantee, ['sqs:ListQueues'], ['*']);
  }

  #arn(name: string): string {
    return Stack.of(this).formatArn({ service: 'sqs', resource: name });
  }

  #pair(
    id: string,
    name: string,
    deadLettersName: string,
    attributes: Attributes & { maxReceiveCount: number },
  ): WithDeadLetters {
    const deadLetters = this.#deadLetters(`${id}DeadLetters`, deadLettersName, attributes);
    const queue = this.#queue(id, name, attributes, {
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: attributes.maxReceiveCount },
    });
    return { queue, deadLetters };
  }

  #queue(id: string, queueName: string, attributes: Attributes, more: QueueProps = {}): Queue {
    return new Queue(this, id, {
      queueName,
      visibilityTimeout: Duration.seconds(attributes.visibilityTimeoutSeconds),
      retentionPeriod: Duration.seconds(attributes.retentionSeconds),
      ...SAFE,
      ...more,
    });
  }

  #deadLetters(id: string, queueName: string, attributes: Attributes): Queue {
    const retentionPeriod = Duration.seconds(attributes.deadLetterRetentionSeconds);
    return new Queue(this, id, { queueName, retentionPeriod, ...SAFE, ...KEPT });
  }
}

interface Attributes {
  visibilityTimeoutSeconds: number;
  retentionSeconds: number;
  deadLetterRetentionSeconds: number;
}

function hiddenFor<A extends Attributes>(worker: keyof typeof WORKER_TIMEOUT_SECONDS, attributes: A): A {
  return { ...attributes, visibilityTimeoutSeconds: HIDDEN_TIMES * WORKER_TIMEOUT_SECONDS[worker] };
}

const SAFE = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
} as const satisfies QueueProps;

/** For what is nowhere else; bells are made from rows again. */
const KEPT = { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } as const satisfies QueueProps;

function allow({ grantPrincipal }: IGrantable, actions: string[], resources: string[]): void {
  grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources }));
}
