import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../lib/core/model/command.ts';
import { whatsappMessageId } from '../../lib/core/model/ids.ts';
import { type Account, ApiRig, errorBody, ISO, LINKED, REQUEST_ID } from '../support/api-rig.ts';

let rig: ApiRig;
let account: Account;
let instanceId: string;
let key: string;
beforeAll(async () => {
  rig = await ApiRig.start();
  account = await rig.register();
  instanceId = await rig.instance(account, 'customer-service', LINKED);
  key = (await rig.key(account, 'customer-service')).text;
});
afterAll(() => rig.stop());

const MESSAGE_ID = expect.stringMatching(/^msg_3EB0[0-9A-F]{18}$/);
const meta = { request_id: REQUEST_ID, instanceName: 'customer-service' };
const send = (body: unknown, headers: Record<string, string> = {}) =>
  rig.call('POST', '/api/messages/text', body, { as: key, headers });
const text = (words = 'Hello!') => ({ to: '6281234567890', text: words });
const get = (path: string) => rig.call('GET', path, undefined, { as: key });
const nameTheInstance = { instanceName: 'customer-service' };

/** Runs the work while text messages come to `outcome`. */
async function whileSending<T>(
  behaviour: Parameters<ApiRig['runner']['behave']>[2],
  work: () => Promise<T>,
): Promise<T> {
  rig.runner.behave(instanceId, 'message.sendText', behaviour);
  try {
    return await work();
  } finally {
    rig.runner.behave(instanceId, 'message.sendText', undefined);
  }
}

/** An instance of its own, so that its list of messages is known. */
async function freshInstance(name: string): Promise<{ instanceId: string; key: string; tenantId: string }> {
  const owner = await rig.register();
  const id = await rig.instance(owner, name, LINKED);
  return { instanceId: id, key: (await rig.key(owner, name)).text, tenantId: owner.tenantId };
}

describe('POST /api/messages/text', () => {
  it('is SENT when WhatsApp took it within the wait', async () => {
    const answer = await send(text('Hello! Welcome to our customer service.'));
    const said = { messageId: MESSAGE_ID, status: 'SENT', timestamp: ISO };
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      success: true,
      ...said,
      instanceName: 'customer-service',
      data: { ...said, to: '6281234567890' },
      meta,
    });
    expect(answer.headers.get('location')).toBe(`/api/messages/${answer.body.messageId}/status`);
    const command = rig.runner.seen.at(-1) as Command;
    expect(command.input).toEqual({
      ...text('Hello! Welcome to our customer service.'),
      to: '6281234567890@s.whatsapp.net',
    });
    expect(answer.body.messageId).toBe(`msg_${whatsappMessageId(account.tenantId, instanceId, command.id)}`);
  });

  it('takes the key as X-API-Key, fields that it does not know, and says when it is an auto-reply', async () => {
    const answer = await rig.call(
      'POST',
      '/api/messages/text',
      { ...text(), isAutoReply: true, extra: 'ignored' },
      { headers: { 'x-api-key': key } },
    );
    expect(answer.status).toBe(201);
    expect([answer.body.isAutoReply, answer.body.data.isAutoReply]).toEqual([true, true]);
  });

  it('is QUEUED when the wait is over first, and SENT later under the same id', async () => {
    const go = Promise.withResolvers<void>();
    await whileSending(
      async (command) => {
        await go.promise;
        return {
          state: 'done',
          output: { messageId: `msg_${command.messageId}`, to: '', timestampMs: 1_700_000_000_000 },
        };
      },
      async () => {
        const answer = await send(text(), { prefer: 'wait=0' });
        expect(answer.status).toBe(202);
        expect(answer.body.data).toEqual({
          messageId: MESSAGE_ID,
          to: '6281234567890',
          status: 'QUEUED',
          timestamp: ISO,
        });
        const path = answer.headers.get('location') as string;
        const before = await get(path);
        expect(before.body.data).toMatchObject({ messageId: answer.body.messageId, status: 'QUEUED', sentAt: null });
        const repeated = send(text('again'), { 'idempotency-key': 'queued' });
        go.resolve();
        expect((await repeated).status).toBe(201);
        const after = await get(path);
        expect(after.body.data).toMatchObject({ status: 'SENT', sentAt: ISO, error: null });
      },
    );
  });

  it('does not wait with Prefer: respond-async', async () => {
    const go = Promise.withResolvers<void>();
    await whileSending(
      async () => {
        await go.promise;
        return { state: 'done', output: { timestampMs: 1 } };
      },
      async () => {
        const answer = await send(text(), { prefer: 'respond-async' });
        go.resolve();
        expect([answer.status, answer.body.status]).toEqual([202, 'QUEUED']);
      },
    );
  });

  it('passes on why WhatsApp did not take it', async () => {
    const error = { code: 'MESSAGE_SEND_FAILED' as const, message: 'WhatsApp refused it.', details: { code: 463 } };
    await whileSending(
      () => ({ state: 'failed', error }),
      async () => {
        const answer = await send(text());
        expect(answer.status).toBe(422);
        expect(answer.body).toEqual({
          ...errorBody('MESSAGE_SEND_FAILED', { details: { code: 463 }, ...nameTheInstance }, nameTheInstance),
          message: 'WhatsApp refused it.',
        });
      },
    );
    const listed = await get('/api/messages?per_page=1');
    expect(listed.body.data.messages[0].status).toBe('FAILED');
  });

  it('is UNKNOWN when nobody knows', async () => {
    const error = { code: 'COMMAND_TIMEOUT' as const, message: 'No answer.' };
    await whileSending(
      () => ({ state: 'unknown', error }),
      async () => {
        const answer = await send(text());
        expect([answer.status, answer.body.status]).toEqual([202, 'UNKNOWN']);
        const status = await get(answer.headers.get('location') as string);
        expect(status.body.data).toMatchObject({ status: 'UNKNOWN', error });
      },
    );
  });

  it.each([
    ['not JSON', '{"to":', 400, 'VALIDATION_ERROR'],
    ['a list', [], 400, 'VALIDATION_ERROR'],
    ['no recipient', { text: 'x' }, 400, 'VALIDATION_ERROR'],
    ['no text', { to: '6281234567890' }, 400, 'VALIDATION_ERROR'],
    ['an empty text', { to: '6281234567890', text: '' }, 400, 'VALIDATION_ERROR'],
    ['a number as text', { to: '6281234567890', text: 5 }, 400, 'VALIDATION_ERROR'],
    ['a number as recipient', { to: 6281234567890, text: 'x' }, 400, 'VALIDATION_ERROR'],
    ['an object as text', { to: '6281234567890', text: { $ne: 1 } }, 400, 'VALIDATION_ERROR'],
    ['1 MB of text', { to: '6281234567890', text: 'x'.repeat(1_000_000) }, 400, 'VALIDATION_ERROR'],
    ['a prototype', '{"to":"6281234567890","text":"x","__proto__":{"a":1}}', 400, 'VALIDATION_ERROR'],
    ['a word as recipient', { to: 'hello', text: 'x' }, 400, 'INVALID_PHONE_NUMBER'],
    ['a number that no plan has', { to: '12345', text: 'x' }, 400, 'INVALID_PHONE_NUMBER'],
    ['somebody else’s server', { to: '1@evil.example', text: 'x' }, 400, 'INVALID_PHONE_NUMBER'],
    ['7 MB', { to: '6281234567890', text: 'x'.repeat(7_000_000) }, 413, 'PAYLOAD_TOO_LARGE'],
  ])('refuses %s', async (_what, body, status, code) => {
    const seen = rig.runner.seen.length;
    const answer = await send(body);
    expect([answer.status, answer.body.error]).toEqual([status, code]);
    expect(answer.text.length).toBeLessThan(2_000);
    expect(rig.runner.seen.length).toBe(seen);
  });

  it('is refused at once when the instance is not linked', async () => {
    const lone = await rig.register();
    const loneId = await rig.instance(lone, 'lone');
    const loneKey = (await rig.key(lone, 'lone')).text;
    for (const status of ['DISCONNECTED', 'LOGGED_OUT', 'BANNED', 'CONFLICT', 'WAITING_FOR_SCAN'] as const) {
      await rig.runner.setState(lone.tenantId, loneId, { status });
      const seen = rig.runner.seen.length;
      const answer = await rig.call('POST', '/api/messages/text', text(), { as: loneKey });
      // Nothing was accepted that it could have waited for.
      expect([rig.runner.seen.length, await rig.ports.commands.listPending(0, loneId)]).toEqual([seen, []]);
      expect(answer.status).toBe(409);
      expect(answer.body).toEqual(
        errorBody('INSTANCE_NOT_CONNECTED', { details: { status }, instanceName: 'lone' }, { instanceName: 'lone' }),
      );
    }
  });

  it('is accepted although the bell does not ring', async () => {
    const { ring } = rig.ports.bells;
    rig.ports.bells.ring = () => Promise.reject(new Error('no queue'));
    const answer = await send(text(), { prefer: 'respond-async' });
    rig.ports.bells.ring = ring;
    expect(answer.status).toBe(202);
    expect(rig.logs.at(-2)).toMatchObject({ level: 'warn', message: 'the bell did not ring' });
    // The sweeper's part: the row is there, any bell brings it about.
    expect((await send(text())).status).toBe(201);
    expect((await get(answer.headers.get('location') as string)).body.status).toBe('SENT');
  });
});

describe('Idempotency-Key on a message', () => {
  it('sends once and repeats the answer', async () => {
    const headers = { 'idempotency-key': 'order 17' };
    const sent = () => rig.runner.seen.filter(({ operation }) => operation === 'message.sendText').length;
    const before = sent();
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => send(text('once'), headers)));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    expect(new Set(answers.map(({ body }) => body.messageId)).size).toBe(1);
    expect(answers.filter(({ headers: h }) => h.get('idempotency-replayed') === 'true')).toHaveLength(4);
    expect(sent()).toBe(before + 1);
    const reordered = await send({ text: 'once', to: '6281234567890' }, headers);
    expect(reordered.body.messageId).toBe(answers[0]?.body.messageId);
  });

  it('refuses another request under the same key', async () => {
    const headers = { 'idempotency-key': 'order 18' };
    expect((await send(text('one'), headers)).status).toBe(201);
    const other = await send(text('two'), headers);
    expect(other.status).toBe(422);
    expect(other.body).toEqual(errorBody('IDEMPOTENCY_KEY_REUSED', nameTheInstance, nameTheInstance));
    const elsewhere = await rig.call(
      'POST',
      '/api/contacts/check',
      { numbers: ['6281234567890'] },
      { as: key, headers },
    );
    expect(elsewhere.status).toBe(422);
  });

  it('is one per instance, shared by its keys', async () => {
    const other = await freshInstance('customer-service');
    const headers = { 'idempotency-key': 'order 19' };
    const first = await send(text('mine'), headers);
    const second = await rig.call('POST', '/api/messages/text', text('mine'), { as: other.key, headers });
    expect(second.body.messageId).not.toBe(first.body.messageId);
    const rotated = (await rig.key(account, 'customer-service')).text;
    const third = await rig.call('POST', '/api/messages/text', text('mine'), { as: rotated, headers });
    expect(third.body.messageId).toBe(first.body.messageId);
  });

  it('repeats a failure too, and does not try again', async () => {
    const headers = { 'idempotency-key': 'order 20' };
    const error = { code: 'MESSAGE_SEND_FAILED' as const, message: 'No.' };
    const failed = await whileSending(
      () => ({ state: 'failed', error }),
      () => send(text(), headers),
    );
    const again = await send(text(), headers);
    expect([failed.status, again.status]).toEqual([422, 422]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('still repeats the answer when the instance has gone away since', async () => {
    const away = await freshInstance('away');
    const headers = { 'idempotency-key': 'order 21' };
    const call = (words: string) => rig.call('POST', '/api/messages/text', text(words), { as: away.key, headers });
    const first = await call('x');
    await rig.runner.setState(away.tenantId, away.instanceId, { status: 'LOGGED_OUT', linked: false });
    const again = await call('x');
    expect([again.status, again.body.messageId]).toEqual([201, first.body.messageId]);
    expect((await call('y')).status).toBe(422);
  });

  it.each(['', 'x'.repeat(256), 'caf\u00e9'])('refuses the key %j', async (value) => {
    const answer = await send(text(), { 'idempotency-key': value });
    expect([answer.status, answer.body.error]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('is free again after a day', async () => {
    const day = await freshInstance('day');
    const headers = { 'idempotency-key': 'order 22' };
    const call = (words: string) => rig.call('POST', '/api/messages/text', text(words), { as: day.key, headers });
    expect((await call('today')).status).toBe(201);
    expect((await rig.later(86_400_000 + 2_000, () => call('tomorrow'))).status).toBe(201);
  });
});
