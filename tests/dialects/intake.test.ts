import {
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAdminHandler } from '../../functions/admin/lambda.ts';
import { createIntakeHandler } from '../../functions/intake/lambda.ts';
import { type IntakePorts, MAX_RECEIVES, takeDelivery } from '../../functions/intake/worker.ts';
import { createSqsClient } from '../../lib/core/adapters/sqs/bells.ts';
import { createIntakeQueue } from '../../lib/core/adapters/sqs/intake.ts';
import { intakeReply } from '../../lib/core/catalogue/intake.ts';
import { OPERATION_NAMES, OPERATIONS, type OperationName } from '../../lib/core/catalogue/operations.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import type { Ports } from '../../lib/core/ports/index.ts';
import { type Account, ApiRig, LINKED } from '../support/api-rig.ts';
import { INTAKE_INPUTS } from '../support/intake-inputs.ts';

let rig: ApiRig;
let ports: IntakePorts;
let sqs: SQSClient;
let john: Account;
let instanceId: string;
let key: string;
let replies: string;

beforeAll(async () => {
  rig = await ApiRig.start();
  ports = { ...rig.ports, intake: rig.adapters.intake };
  sqs = createSqsClient(rig.config);
  john = await rig.register();
  instanceId = await rig.instance(john, 'customer-service', LINKED);
  key = (await rig.key(john, 'customer-service')).text;
  for (const name of OPERATION_NAMES) {
    if (!name.startsWith('message.send'))
      rig.runner.behave(instanceId, name, () => ({ state: 'done', output: { it: name } }));
    else {
      const output = { messageId: 'msg_1', to: 'x', timestampMs: 1 };
      rig.runner.behave(instanceId, name, () => ({ state: 'done', output }));
    }
  }
});
afterAll(async () => {
  sqs?.destroy();
  await rig?.stop();
});

let queues = 0;
beforeEach(async () => {
  queues += 1;
  const made = await sqs.send(new CreateQueueCommand({ QueueName: `switchboard-reply-${queues}` }));
  replies = made.QueueUrl as string;
});

const urlOf = async (QueueName: string) => (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl as string;

/** Puts a message on the queue and takes it, as often as it is delivered again. Returns what became of each delivery. */
async function put(message: unknown, using: IntakePorts = ports): Promise<('done' | 'again')[]> {
  const QueueUrl = await urlOf('switchboard-intake');
  const MessageBody = typeof message === 'string' ? message : JSON.stringify(message);
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  return takeAll(using);
}

async function takeAll(using: IntakePorts = ports): Promise<('done' | 'again')[]> {
  const verdicts: ('done' | 'again')[] = [];
  for (;;) {
    const deliveries = await using.intake.receive(0);
    if (deliveries.length === 0) return verdicts;
    for (const delivery of deliveries) verdicts.push(await takeDelivery(using, delivery));
  }
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into replies of every shape
type Anything = any;

/** Everything on a queue, in the order of arrival; taken off it. */
async function drain(QueueUrl: string): Promise<{ body: string; json: Anything; notes: Record<string, string> }[]> {
  const all: { body: string; json: Anything; notes: Record<string, string> }[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) return all;
    for (const { Body = '', ReceiptHandle, MessageAttributes = {} } of Messages) {
      const notes = Object.entries(MessageAttributes).map(([name, { StringValue = '' }]) => [name, StringValue]);
      all.push({ body: Body, json: JSON.parse(Body), notes: Object.fromEntries(notes) });
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
}

async function answers(): Promise<Anything[]> {
  const said = (await drain(replies)).map(({ json }) => json);
  for (const reply of said) expect(intakeReply.safeParse(reply).error).toBe(undefined);
  return said;
}

const deadLetters = async () => drain(await urlOf('switchboard-intake-dlq'));
const text = (fields: object = {}) => ({
  apiKey: key,
  operation: 'message.sendText',
  input: { to: '6281234567890', text: 'Hello' },
  replyTo: replies,
  ...fields,
});

describe('a queue message', () => {
  it.each(OPERATION_NAMES.filter((name) => OPERATIONS[name].permission !== null))(
    '%s is done and answered',
    async (operation) => {
      const input = await inputOf(operation);
      expect(await put(text({ operation, input, idempotencyKey: `all-${operation}` }))).toEqual(['done']);
      const said = await answers();
      expect(said.map(({ state, ok }) => [state, ok])).toEqual([
        ['accepted', true],
        ['finished', true],
      ]);
      expect(said[1]).toMatchObject({ v: 1, idempotencyKey: `all-${operation}`, commandId: said[0].commandId });
      expect(rig.runner.seen.at(-1)).toMatchObject({ operation, instanceId, id: said[0].commandId });
      expect(await deadLetters()).toEqual([]);
    },
  );

  it.each(OPERATION_NAMES.filter((name) => OPERATIONS[name].permission === null))(
    '%s is not for API keys',
    async (operation) => {
      await put(text({ operation, input: INTAKE_INPUTS[operation] }));
      expect(await answers()).toMatchObject([{ state: 'refused', error: { code: 'PERMISSION_DENIED' } }]);
    },
  );

  it('without a reply queue is done and taken off the queue', async () => {
    const before = rig.runner.seen.length;
    await put({ ...text(), replyTo: undefined, input: { to: '6281234567890', text: 'quietly' } });
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: await urlOf('switchboard-intake'), AttributeNames: ['All'] }),
    );
    expect([Attributes?.ApproximateNumberOfMessages, Attributes?.ApproximateNumberOfMessagesNotVisible]).toEqual([
      '0',
      '0',
    ]);
    await expect.poll(() => rig.runner.seen.length).toBe(before + 1);
  });

  it('that comes twice sends once, with and without an idempotency key', async () => {
    for (const idempotencyKey of ['order-1', undefined]) {
      const before = rig.runner.seen.length;
      const delivery = {
        messageId: `m-${idempotencyKey}`,
        body: JSON.stringify(text({ idempotencyKey })),
        receiveCount: 1,
      };
      for (let n = 0; n < 3; n += 1) await takeDelivery({ ...ports, intake: deaf() }, { ...delivery, receipt: 'r' });
      expect(rig.runner.seen.length).toBe(before + 1);
      const said = await answers();
      expect(said).toHaveLength(6);
      expect(new Set(said.map(({ commandId }) => commandId)).size).toBe(1);
    }
  });

  it('refuses an idempotency key that was used for something else, here or by HTTP', async () => {
    await put(text({ idempotencyKey: 'twice' }));
    await put(text({ idempotencyKey: 'twice', input: { to: '6281234567890', text: 'Other' } }));
    await rig.call('POST', '/api/messages/text', text().input, { as: key, headers: { 'idempotency-key': 'by-http' } });
    await put(text({ idempotencyKey: 'by-http' }));
    const said = await answers();
    expect(said.slice(2)).toMatchObject([
      { state: 'refused', error: { code: 'IDEMPOTENCY_KEY_REUSED' } },
      { state: 'refused', error: { code: 'IDEMPOTENCY_KEY_REUSED' } },
    ]);
  });

  it('may say which instance, which a key of the account must when there are several', async () => {
    const other = await rig.instance(john, 'second', LINKED);
    const made = await rig.call(
      'POST',
      '/api/keys',
      { name: 'all', permissions: ['message:send'] },
      { as: john.token },
    );
    const accountKey = made.body.data.key as string;
    await put(text({ apiKey: accountKey }));
    await put(text({ apiKey: accountKey, instanceName: 'Customer-Service' }));
    await put(text({ apiKey: accountKey, instanceId: other }));
    await put(text({ instanceName: 'second' }));
    const said = await answers();
    expect(said.map(({ state, error }) => error?.code ?? state)).toEqual([
      'VALIDATION_ERROR',
      ...['accepted', 'finished', 'accepted', 'finished'],
      'RESOURCE_NOT_FOUND',
    ]);
    expect(rig.runner.seen.slice(-2).map((command) => command.instanceId)).toEqual([instanceId, other]);
  });
});

describe('what is refused', () => {
  it.each<[string, () => Promise<object> | object, string]>([
    ['a wrong key', () => ({ apiKey: 'cs_wrong' }), 'AUTHENTICATION_ERROR'],
    ['a token that is none', () => ({ apiKey: 'not.a.token' }), 'AUTHENTICATION_ERROR'],
    ['a revoked key', async () => ({ apiKey: await revoked() }), 'AUTHENTICATION_ERROR'],
    ['a key without the permission', async () => ({ apiKey: await only('message:read') }), 'PERMISSION_DENIED'],
    ['a key bound to addresses', async () => ({ apiKey: await bound() }), 'PERMISSION_DENIED'],
    ["somebody else's instance", async () => ({ instanceId: await foreign() }), 'RESOURCE_NOT_FOUND'],
    ['an instance that is not there', () => ({ instanceId: 'inst_none' }), 'RESOURCE_NOT_FOUND'],
    ['a field too few', () => ({ input: { to: '6281234567890' } }), 'VALIDATION_ERROR'],
    ['a number that is none', () => ({ input: { to: 'nobody', text: 'x' } }), 'INVALID_PHONE_NUMBER'],
    ['a file inside the gateway', () => image('http://169.254.169.254/'), 'VALIDATION_ERROR'],
    ['an instance that is not linked', async () => unlinked(), 'INSTANCE_NOT_CONNECTED'],
  ])('%s is answered; without a reply queue it is a dead letter', async (_what, fields, code) => {
    const message = text(await fields());
    const before = rig.runner.seen.length;
    await put(message);
    expect(await answers()).toMatchObject([{ state: 'refused', ok: false, commandId: null, error: { code } }]);
    expect(await put({ ...message, replyTo: undefined })).toEqual(['done']);
    const [letter, ...more] = await deadLetters();
    expect([letter?.notes.Reason, more]).toEqual([code, []]);
    expect(letter?.body).not.toContain(message.apiKey);
    expect(rig.runner.seen.length).toBe(before);
  });

  it("is the same for another tenant's instance and for none, byte for byte", async () => {
    await put(text({ instanceId: await foreign(), idempotencyKey: 'x' }));
    await put(text({ instanceId: 'inst_none', idempotencyKey: 'x' }));
    const [one, two] = await answers();
    expect({ ...one, requestId: '' }).toEqual({ ...two, requestId: '' });
  });

  it.each([
    ['not JSON', 'hello'],
    ['broken JSON with a key in it', () => `{"apiKey":"${key}","operation":`],
    [
      'another shape, with a key in a strange place',
      () => ({ headers: { 'x-api-key': key }, operation: 'message.sendText' }),
    ],
    ['an unknown operation', () => text({ operation: 'message.explode' })],
    ['a key for prototypes', () => `{"__proto__":{},"apiKey":"${key}"}`],
    ['an unknown field', () => text({ password: 'hunter2' })],
  ])('%s is a dead letter with a reason, and the queue goes on', async (_what, body) => {
    const poison = typeof body === 'function' ? body() : body;
    expect(await put(poison)).toEqual(['done']);
    expect(await put(text())).toEqual(['done']);
    expect((await answers()).map(({ state }) => state)).toEqual(['accepted', 'finished']);
    const [letter, ...more] = await deadLetters();
    expect(more).toEqual([]);
    expect(letter?.notes).toMatchObject({ Reason: 'VALIDATION_ERROR', Detail: expect.any(String) });
    expect(JSON.stringify(letter)).not.toContain(key);
    expect(JSON.stringify(letter)).not.toContain(key.slice(10));
  });

  it.each([
    ['a queue of another name', 'switchboard-events'],
    ['a queue that is not there', 'switchboard-reply-none'],
    ['a queue of somebody else', 'https://sqs.us-east-1.amazonaws.com/123456789012/switchboard-reply-1'],
    ['a web server', 'http://127.0.0.1:1/switchboard-reply-1'],
    ['a path', '../switchboard-reply-1'],
  ])('%s gets no replies, and nothing is done', async (_what, replyTo) => {
    const before = rig.runner.seen.length;
    await put(text({ replyTo }));
    expect((await deadLetters()).map(({ notes }) => notes.Reason)).toEqual(['VALIDATION_ERROR']);
    expect(rig.runner.seen.length).toBe(before);
  });

  it('a reply queue of another name may be allowed by the operator', async () => {
    const made = await sqs.send(new CreateQueueCommand({ QueueName: 'answers-of-shop' }));
    const intake = createIntakeQueue(sqs, { ...rig.config, intakeReplyQueues: ['answers-of-shop'] });
    await put(text({ replyTo: 'answers-of-shop' }), { ...ports, intake });
    expect(await drain(made.QueueUrl as string)).toHaveLength(2);
  });
});

describe('a failure of ours', () => {
  const failing = (times: number): IntakePorts => {
    let left = times;
    const accept: Ports['commands']['accept'] = async (accepted) => {
      left -= 1;
      if (left >= 0) throw new Error('the table is away');
      return rig.ports.commands.accept(accepted);
    };
    return { ...ports, commands: { ...rig.ports.commands, accept }, intake: { ...ports.intake, postpone: atOnce } };
  };
  const atOnce = (receipt: string) => ports.intake.postpone(receipt, 0);

  it('is tried again, and then done once', async () => {
    const before = rig.runner.seen.length;
    expect(await put(text(), failing(2))).toEqual(['again', 'again', 'done']);
    expect((await answers()).map(({ state }) => state)).toEqual(['accepted', 'finished']);
    expect(rig.runner.seen.length).toBe(before + 1);
  });

  it('is a dead letter after five tries, answered, and done when it is put back', async () => {
    expect(await put(text({ idempotencyKey: undefined }), failing(99))).toEqual([
      'again',
      'again',
      'again',
      'again',
      'done',
    ]);
    const [refused] = await answers();
    expect(refused).toMatchObject({ state: 'refused', error: { code: 'INTERNAL_ERROR' } });
    const operator = createAdminHandler(() => rig.ports);
    const listed = (await operator({ command: 'dead-letters', action: 'list', queue: 'intake' })) as Anything;
    expect(listed.result.deadLetters).toMatchObject([{ reason: 'INTERNAL_ERROR', keyHint: key.slice(0, 7) }]);
    expect(JSON.stringify(listed)).not.toContain(key);
    expect(await operator({ command: 'dead-letters', action: 'list' })).toMatchObject({
      result: {
        queues: expect.arrayContaining([
          { queue: 'intake', count: 1 },
          { queue: 'events', count: 0 },
        ]),
      },
    });
    const before = rig.runner.seen.length;
    expect(await operator({ command: 'dead-letters', action: 'redrive', queue: 'intake' })).toEqual({
      ok: true,
      result: { queue: 'intake', moved: 1 },
    });
    expect(await takeAll()).toEqual(['done']);
    const said = await answers();
    expect(said.map(({ state }) => state)).toEqual(['accepted', 'finished']);
    expect(said[0].idempotencyKey).toBe(refused.idempotencyKey);
    expect(rig.runner.seen.length).toBe(before + 1);
    expect(await deadLetters()).toEqual([]);
  });

  it('never lets a sealed key be used for another message', async () => {
    await put({ ...text({ apiKey: 'cs_wrong' }), replyTo: undefined });
    await put(text(), failing(99));
    const letter = (await deadLetters()).at(-1);
    await answers();
    const before = rig.runner.seen.length;
    await put({ ...letter?.json, input: { to: '6281234567890', text: 'something else' } });
    expect((await deadLetters()).map(({ notes }) => notes.Reason)).toEqual(['AUTHENTICATION_ERROR']);
    expect(rig.runner.seen.length).toBe(before);
  });

  it('to reply is no refusal: it is done once, and only the reply may be lost', async () => {
    const mute = (receiveCount: number): [IntakePorts, Parameters<typeof takeDelivery>[1]] => {
      const reply = async () => {
        throw new Error('the reply queue is away');
      };
      const body = JSON.stringify(text({ idempotencyKey: 'mute' }));
      return [
        { ...ports, intake: { ...deaf(), reply } },
        { messageId: 'm-mute', body, receipt: 'r', receiveCount },
      ];
    };
    const before = rig.runner.seen.length;
    expect(await takeDelivery(...mute(1))).toBe('again');
    expect(await takeDelivery(...mute(MAX_RECEIVES))).toBe('done');
    await put(text({ idempotencyKey: 'mute', input: { to: '6281234567890', text: 'Hello' } }));
    expect((await answers()).map(({ state }) => state)).toEqual(['accepted', 'finished']);
    expect(rig.runner.seen.length).toBe(before + 1);
    expect(await deadLetters()).toEqual([]);
  });

  it('or an end of the process while it waits leaves the message to its next delivery', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const output = { messageId: 'msg_1', to: 'x', timestampMs: 1 };
    rig.runner.behave(instanceId, 'message.sendLocation', async () => {
      await held;
      return { state: 'done', output };
    });
    const message = text({ operation: 'message.sendLocation', input: INTAKE_INPUTS['message.sendLocation'] });
    const delivery = { messageId: 'm-held', body: JSON.stringify(message), receipt: 'r', receiveCount: 1 };
    const abort = new AbortController();
    const delays: number[] = [];
    const intake: IntakePorts['intake'] = {
      ...deaf(),
      reply: async (url, reply) => {
        abort.abort();
        await ports.intake.reply(url, reply);
      },
      postpone: async (_receipt, seconds) => {
        delays.push(seconds);
      },
    };
    expect(await takeDelivery({ ...ports, intake }, delivery, abort.signal)).toBe('again');
    expect(delays).toEqual([0]);
    release();
    expect(await takeDelivery({ ...ports, intake: deaf() }, delivery)).toBe('done');
    expect((await answers()).map(({ state }) => state)).toEqual(['accepted', 'accepted', 'finished']);
  });

  it('that ends the process each time is a dead letter at the next delivery', async () => {
    const body = JSON.stringify(text({ replyTo: undefined }));
    const delivery = { messageId: 'm-1', body, receipt: 'r', receiveCount: MAX_RECEIVES + 1 };
    expect(await takeDelivery({ ...ports, intake: deaf() }, delivery)).toBe('done');
    expect((await deadLetters()).map(({ notes }) => notes.Reason)).toEqual(['SERVICE_UNAVAILABLE']);
  });

  it('waits for the quota of the key, as long as the quota says', async () => {
    const { text: apiKey } = await rig.key(john, 'customer-service', ['message:send'], { rateLimit: 1 });
    const delays: number[] = [];
    const intake = {
      ...ports.intake,
      postpone: async (receipt: string, seconds: number) => {
        delays.push(seconds);
        await ports.intake.postpone(receipt, 1_000);
      },
    };
    await put(text({ apiKey }), { ...ports, intake });
    expect(await put(text({ apiKey }), { ...ports, intake })).toEqual(['again']);
    expect(delays).toEqual([900]);
    expect((await answers()).map(({ state }) => state)).toEqual(['accepted', 'finished']);
  });
});

describe('the Lambda', () => {
  const record = (messageId: string, body: unknown, receiveCount = 1) => ({
    messageId,
    receiptHandle: `receipt-${messageId}`,
    body: JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: '1767225600000',
      SenderId: 'AIDAEXAMPLE',
      ApproximateFirstReceiveTimestamp: '1767225600001',
    },
    messageAttributes: {},
    md5OfBody: 'd41d8cd98f00b204e9800998ecf8427e',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:switchboard-intake',
    awsRegion: 'us-east-1',
  });

  it('reports only what is to be delivered again', async () => {
    const bad = { ...text(), input: { to: '6281234567890', text: 'table away' } };
    const accept: Ports['commands']['accept'] = async (accepted) => {
      if ((accepted.command.input as { text: string }).text === 'table away') throw new Error('the table is away');
      return rig.ports.commands.accept(accepted);
    };
    const handle = createIntakeHandler(() => ({
      ...ports,
      commands: { ...rig.ports.commands, accept },
      intake: deaf(),
    }));
    const Records = [
      record('l-1', text()),
      record('l-2', bad),
      record('l-3', { nonsense: true }),
      record('l-4', bad, 5),
    ];
    expect(await handle({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'l-2' }] });
    const states = (await answers()).map(({ requestId, state }) => `${requestId} ${state}`).sort();
    expect(states).toEqual(['l-1 accepted', 'l-1 finished', 'l-4 refused']);
    expect((await deadLetters()).map(({ notes }) => notes.Reason).sort()).toEqual([
      'INTERNAL_ERROR',
      'VALIDATION_ERROR',
    ]);
  });
});

it('no API key and no text of a message reaches a log', () => {
  const lines = JSON.stringify(rig.logs);
  expect(rig.logs.some(({ message }) => message === 'a queue message was accepted')).toBe(true);
  expect(lines).not.toContain(key);
  expect(lines).not.toContain('Hello');
  expect(lines).not.toContain('6281234567890');
});

/** A queue whose receipts are made up, as a raw event's are. */
function deaf(): IntakePorts['intake'] {
  return { ...ports.intake, acknowledge: async () => undefined, postpone: async () => undefined };
}

async function inputOf(operation: OperationName): Promise<object> {
  if (operation !== 'message.markRead') return INTAKE_INPUTS[operation];
  const id = '3EB0C767D71D8A2B5F3E19';
  const set = { direction: 'received' as const, chat: '6281234567890@s.whatsapp.net', timestampMs: Date.now() };
  await rig.runner.write(john.tenantId, instanceId, [{ kind: 'message', id, scope: OUT_SCOPE, set }]);
  return INTAKE_INPUTS[operation];
}

async function revoked(): Promise<string> {
  const made = await rig.key(john, 'customer-service');
  await rig.call('DELETE', `/api/instances/customer-service/keys/${made.id}`, undefined, { as: john.token });
  return made.text;
}

const only = async (permission: string) => (await rig.key(john, 'customer-service', [permission])).text;
const bound = async () =>
  (await rig.key(john, 'customer-service', ['message:send'], { ipAllowList: ['192.0.2.0/24'] })).text;
const image = (url: string) => ({ operation: 'message.sendImage', input: { to: '6281234567890', media: { url } } });

async function foreign(): Promise<string> {
  return rig.instance(await rig.register(), 'theirs', LINKED);
}

async function unlinked(): Promise<object> {
  const jane = await rig.register();
  await rig.instance(jane, 'new-one');
  return { apiKey: (await rig.key(jane, 'new-one')).text };
}
