import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type IntakePorts, takeDelivery } from '../../functions/intake/worker.ts';
import { createIntakeQueue } from '../../lib/core/adapters/sqs/intake.ts';
import { OPERATION_NAMES, OPERATIONS, type OperationName } from '../../lib/core/catalogue/operations.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import { type Account, type ApiRig, LINKED } from '../support/api-rig.ts';
import { INTAKE_INPUTS } from '../support/intake-inputs.ts';
import { IntakeRig } from '../support/intake-rig.ts';

let queue: IntakeRig;
let rig: ApiRig;
let ports: IntakePorts;
let sqs: SQSClient;
let john: Account;
let instanceId: string;
let key: string;
beforeAll(async () => {
  queue = await IntakeRig.start();
  ({ rig, ports, sqs, john, instanceId, key } = queue);
});
afterAll(() => queue?.stop());
beforeEach(() => queue.newReplies());

describe('a queue message', () => {
  it.each(OPERATION_NAMES.filter((name) => OPERATIONS[name].permission !== null))(
    '%s is done and answered',
    async (operation) => {
      const input = await inputOf(operation);
      expect(await queue.put(queue.text({ operation, input, idempotencyKey: `all-${operation}` }))).toEqual(['done']);
      const said = await queue.answers();
      expect(said.map(({ state, ok }) => [state, ok])).toEqual([
        ['accepted', true],
        ['finished', true],
      ]);
      expect(said[1]).toMatchObject({ v: 1, idempotencyKey: `all-${operation}`, commandId: said[0].commandId });
      expect(rig.runner.seen.at(-1)).toMatchObject({ operation, instanceId, id: said[0].commandId });
      expect(await queue.deadLetters()).toEqual([]);
    },
  );

  it.each(OPERATION_NAMES.filter((name) => OPERATIONS[name].permission === null))(
    '%s is not for API keys',
    async (operation) => {
      await queue.put(queue.text({ operation, input: INTAKE_INPUTS[operation] }));
      expect(await queue.answers()).toMatchObject([{ state: 'refused', error: { code: 'PERMISSION_DENIED' } }]);
    },
  );

  it('without a reply queue is done and taken off the queue', async () => {
    const before = rig.runner.seen.length;
    await queue.put({ ...queue.text(), replyTo: undefined, input: { to: '6281234567890', text: 'quietly' } });
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: await queue.urlOf('switchboard-intake'), AttributeNames: ['All'] }),
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
        body: JSON.stringify(queue.text({ idempotencyKey })),
        receiveCount: 1,
      };
      for (let n = 0; n < 3; n += 1)
        await takeDelivery({ ...ports, intake: queue.deaf() }, { ...delivery, receipt: 'r' });
      expect(rig.runner.seen.length).toBe(before + 1);
      const said = await queue.answers();
      expect(said).toHaveLength(6);
      expect(new Set(said.map(({ commandId }) => commandId)).size).toBe(1);
    }
  });

  it('refuses an idempotency key that was used for something else, here or by HTTP', async () => {
    await queue.put(queue.text({ idempotencyKey: 'twice' }));
    await queue.put(queue.text({ idempotencyKey: 'twice', input: { to: '6281234567890', text: 'Other' } }));
    await rig.call('POST', '/api/messages/text', queue.text().input, {
      as: key,
      headers: { 'idempotency-key': 'by-http' },
    });
    await queue.put(queue.text({ idempotencyKey: 'by-http' }));
    const said = await queue.answers();
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
    await queue.put(queue.text({ apiKey: accountKey }));
    await queue.put(queue.text({ apiKey: accountKey, instanceName: 'Customer-Service' }));
    await queue.put(queue.text({ apiKey: accountKey, instanceId: other }));
    await queue.put(queue.text({ instanceName: 'second' }));
    const said = await queue.answers();
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
    const message = queue.text(await fields());
    const before = rig.runner.seen.length;
    await queue.put(message);
    expect(await queue.answers()).toMatchObject([{ state: 'refused', ok: false, commandId: null, error: { code } }]);
    expect(await queue.put({ ...message, replyTo: undefined })).toEqual(['done']);
    const [letter, ...more] = await queue.deadLetters();
    expect([letter?.notes.Reason, more]).toEqual([code, []]);
    expect(letter?.body).not.toContain(message.apiKey);
    expect(rig.runner.seen.length).toBe(before);
  });

  it("is the same for another tenant's instance and for none, byte for byte", async () => {
    await queue.put(queue.text({ instanceId: await foreign(), idempotencyKey: 'x' }));
    await queue.put(queue.text({ instanceId: 'inst_none', idempotencyKey: 'x' }));
    const [one, two] = await queue.answers();
    expect({ ...one, requestId: '' }).toEqual({ ...two, requestId: '' });
  });

  it.each([
    ['not JSON', 'hello'],
    ['broken JSON with a key in it', () => `{"apiKey":"${key}","operation":`],
    [
      'another shape, with a key in a strange place',
      () => ({ headers: { 'x-api-key': key }, operation: 'message.sendText' }),
    ],
    ['an unknown operation', () => queue.text({ operation: 'message.explode' })],
    ['a key for prototypes', () => `{"__proto__":{},"apiKey":"${key}"}`],
    ['an unknown field', () => queue.text({ password: 'hunter2' })],
  ])('%s is a dead letter with a reason, and the queue goes on', async (_what, body) => {
    const poison = typeof body === 'function' ? body() : body;
    expect(await queue.put(poison)).toEqual(['done']);
    expect(await queue.put(queue.text())).toEqual(['done']);
    expect((await queue.answers()).map(({ state }) => state)).toEqual(['accepted', 'finished']);
    const [letter, ...more] = await queue.deadLetters();
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
    await queue.put(queue.text({ replyTo }));
    expect((await queue.deadLetters()).map(({ notes }) => notes.Reason)).toEqual(['VALIDATION_ERROR']);
    expect(rig.runner.seen.length).toBe(before);
  });

  it('a reply queue of another name may be allowed by the operator', async () => {
    const made = await sqs.send(new CreateQueueCommand({ QueueName: 'answers-of-shop' }));
    const intake = createIntakeQueue(sqs, { ...rig.config, intakeReplyQueues: ['answers-of-shop'] });
    await queue.put(queue.text({ replyTo: 'answers-of-shop' }), { ...ports, intake });
    expect(await queue.drain(made.QueueUrl as string)).toHaveLength(2);
  });
});

it('no API key and no text of a message reaches a log', () => {
  const lines = JSON.stringify(rig.logs);
  expect(rig.logs.some(({ message }) => message === 'a queue message was accepted')).toBe(true);
  expect(lines).not.toContain(key);
  expect(lines).not.toContain('Hello');
  expect(lines).not.toContain('6281234567890');
});

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
