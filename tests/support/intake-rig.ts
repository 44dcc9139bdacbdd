import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { expect } from 'vitest';
import { type IntakePorts, takeDelivery } from '../../functions/intake/worker.ts';
import { createSqsClient } from '../../lib/core/adapters/sqs/bells.ts';
import { intakeReply } from '../../lib/core/catalogue/intake.ts';
import { OPERATION_NAMES } from '../../lib/core/catalogue/operations.ts';
import { type Account, ApiRig, LINKED } from './api-rig.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into replies of every shape
export type Reply = any;

/** What lay on a queue. */
interface Taken {
  body: string;
  json: Reply;
  notes: Record<string, string>;
}

/** An API rig whose queue of operations is worked on by hand, with one linked instance whose stub runner does everything. */
export class IntakeRig {
  readonly rig: ApiRig;
  readonly ports: IntakePorts;
  readonly sqs: SQSClient;
  readonly john: Account;
  readonly instanceId: string;
  /** Of the instance. */
  readonly key: string;
  /** Where the next test's replies go. */
  replies = '';
  #queues = 0;

  private constructor(rig: ApiRig, john: Account, instanceId: string, key: string) {
    this.rig = rig;
    this.ports = { ...rig.ports, intake: rig.adapters.intake };
    this.sqs = createSqsClient(rig.config);
    this.john = john;
    this.instanceId = instanceId;
    this.key = key;
  }

  static async start(): Promise<IntakeRig> {
    const rig = await ApiRig.start();
    const john = await rig.register();
    const instanceId = await rig.instance(john, 'customer-service', LINKED);
    for (const name of OPERATION_NAMES) {
      const sends = name.startsWith('message.send');
      const output = sends ? { messageId: 'msg_1', to: 'x', timestampMs: 1 } : { it: name };
      rig.runner.behave(instanceId, name, () => ({ state: 'done', output }));
    }
    return new IntakeRig(rig, john, instanceId, (await rig.key(john, 'customer-service')).text);
  }

  async stop(): Promise<void> {
    this.sqs.destroy();
    await this.rig.stop();
  }

  /** A queue of its own for the replies of each test. */
  async newReplies(): Promise<void> {
    this.#queues += 1;
    const made = await this.sqs.send(new CreateQueueCommand({ QueueName: `switchboard-reply-${this.#queues}` }));
    this.replies = made.QueueUrl as string;
  }

  async urlOf(QueueName: string): Promise<string> {
    return (await this.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl as string;
  }

  /** Puts a message on the queue and takes it, as often as it is delivered again. Returns what became of each delivery. */
  async put(message: unknown, using: IntakePorts = this.ports): Promise<('done' | 'again')[]> {
    const QueueUrl = await this.urlOf('switchboard-intake');
    const MessageBody = typeof message === 'string' ? message : JSON.stringify(message);
    await this.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    return this.takeAll(using);
  }

  async takeAll(using: IntakePorts = this.ports): Promise<('done' | 'again')[]> {
    const verdicts: ('done' | 'again')[] = [];
    for (;;) {
      const deliveries = await using.intake.receive(0);
      if (deliveries.length === 0) return verdicts;
      for (const delivery of deliveries) verdicts.push(await takeDelivery(using, delivery));
    }
  }

  /** Everything on a queue, in the order of arrival; taken off it. */
  async drain(QueueUrl: string): Promise<Taken[]> {
    const all: Taken[] = [];
    for (;;) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
      );
      if (Messages.length === 0) return all;
      for (const { Body = '', ReceiptHandle, MessageAttributes = {} } of Messages) {
        const notes = Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]);
        all.push({ body: Body, json: JSON.parse(Body), notes: Object.fromEntries(notes) });
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      }
    }
  }

  /** What the caller was told, each in the form that is promised. */
  async answers(): Promise<Reply[]> {
    const said = (await this.drain(this.replies)).map(({ json }) => json);
    for (const reply of said) expect(intakeReply.safeParse(reply).error).toBe(undefined);
    return said;
  }

  async deadLetters(): Promise<Taken[]> {
    return this.drain(await this.urlOf('switchboard-intake-dlq'));
  }

  /** A queue whose receipts are made up, as a raw event's are. */
  deaf(): IntakePorts['intake'] {
    return { ...this.ports.intake, acknowledge: async () => undefined, postpone: async () => undefined };
  }

  /** A good message of the queue, but for `fields`. */
  text(fields: object = {}) {
    return {
      apiKey: this.key,
      operation: 'message.sendText',
      input: { to: '6281234567890', text: 'Hello' },
      replyTo: this.replies,
      ...fields,
    };
  }
}
