import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { receivedScope } from '../../lib/core/model/message.ts';
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

const meta = { request_id: REQUEST_ID, instanceName: 'customer-service' };
const send = (body: unknown, headers: Record<string, string> = {}) =>
  rig.call('POST', '/api/messages/text', body, { as: key, headers });
const text = (words = 'Hello!') => ({ to: '6281234567890', text: words });
const get = (path: string) => rig.call('GET', path, undefined, { as: key });
const nameTheInstance = { instanceName: 'customer-service' };

/** An instance of its own, so that its list of messages is known. */
async function freshInstance(name: string): Promise<{ instanceId: string; key: string; tenantId: string }> {
  const owner = await rig.register();
  const id = await rig.instance(owner, name, LINKED);
  return { instanceId: id, key: (await rig.key(owner, name)).text, tenantId: owner.tenantId };
}

async function receive(to: { tenantId: string; instanceId: string }, id: string, words: string, atMs: number) {
  const remoteJid = '6281300000001@s.whatsapp.net';
  const set = {
    direction: 'received' as const,
    chat: remoteJid,
    address: { remoteJid },
    party: { phone: '6281300000001', lid: '998877665544' },
    authorName: 'Jane',
    type: 'text',
    text: words,
    isAutoReply: false,
    commandId: null,
    timestampMs: atMs,
  };
  await rig.runner.write(to.tenantId, to.instanceId, [{ kind: 'message', id, scope: receivedScope(remoteJid), set }]);
}

describe('GET /api/messages/:messageId/status', () => {
  it('tells every moment', async () => {
    const { body } = await send(text());
    const id = (body.messageId as string).slice(4);
    const [deliveredAtMs, readAtMs] = [Date.UTC(2030, 0, 1), Date.UTC(2030, 0, 2)];
    await rig.runner.write(account.tenantId, instanceId, [
      { kind: 'message', id, scope: 'out', once: { deliveredAtMs } },
    ]);
    const delivered = await get(`/api/messages/${body.messageId}/status`);
    const moments = {
      createdAt: ISO,
      sentAt: ISO,
      deliveredAt: '2030-01-01T00:00:00.000Z',
      readAt: null,
      failedAt: null,
    };
    const head = { messageId: body.messageId, status: 'DELIVERED', timestamp: '2030-01-01T00:00:00.000Z' };
    expect(delivered.status).toBe(200);
    expect(delivered.body).toEqual({
      success: true,
      ...head,
      data: { ...head, ...moments, direction: 'sent', to: '6281234567890', error: null },
      meta,
    });
    await rig.runner.write(account.tenantId, instanceId, [{ kind: 'message', id, scope: 'out', once: { readAtMs } }]);
    const read = await get(`/api/messages/${body.messageId}/status`);
    expect(read.body.data).toMatchObject({ status: 'READ', timestamp: '2030-01-02T00:00:00.000Z' });
  });

  it.each(['msg_3EB0000000000000000000', 'nonsense', 'msg_', 'msg_a%23b', `msg_${'x'.repeat(500)}`])(
    'knows no message %s',
    async (id) => {
      const answer = await get(`/api/messages/${id}/status`);
      expect(answer.status).toBe(404);
      expect(answer.body).toEqual(errorBody('RESOURCE_NOT_FOUND', nameTheInstance, nameTheInstance));
    },
  );

  it("does not know another tenant's message", async () => {
    const { body } = await send(text());
    const other = await freshInstance('stranger');
    const foreign = await rig.call('GET', `/api/messages/${body.messageId}/status`, undefined, { as: other.key });
    const absent = await rig.call('GET', '/api/messages/msg_3EB0ABCDEF/status', undefined, { as: other.key });
    const less = (answer: typeof foreign) => answer.text.replace(answer.body.meta.request_id, '');
    expect(foreign.status).toBe(404);
    expect(less(foreign)).toBe(less(absent));
  });
});

describe('GET /api/messages', () => {
  it('lists newest first, by page, cursor, direction and date', async () => {
    const own = await freshInstance('list');
    const list = async (query: string) => {
      const answer = await rig.call('GET', `/api/messages?${query}`, undefined, { as: own.key });
      expect(answer.status).toBe(200);
      return answer.body;
    };
    const words = (body: { data: { messages: { text: string }[] } }) => body.data.messages.map((m) => m.text);
    for (let day = 1; day <= 5; day += 1) {
      await receive(own, `ABCD${day}`, `day ${day}`, Date.UTC(2024, 0, day, 12));
    }
    await rig.call('POST', '/api/messages/text', text('now'), { as: own.key });

    const all = await list('');
    expect(words(all)).toEqual(['now', 'day 5', 'day 4', 'day 3', 'day 2', 'day 1']);
    expect(all.meta.pagination).toEqual({ page: 1, per_page: 20, next_cursor: null, has_more: false });
    expect(all.data.messages[0]).toMatchObject({ direction: 'sent', from: null, to: '6281234567890' });
    expect(all.data.messages[1]).toEqual({
      messageId: 'msg_ABCD5',
      direction: 'received',
      status: 'RECEIVED',
      type: 'text',
      from: '6281300000001',
      to: null,
      chat: '6281300000001',
      phone: '6281300000001',
      lid: '998877665544',
      authorName: 'Jane',
      text: 'day 5',
      media: null,
      quoted: null,
      location: null,
      contacts: [],
      poll: null,
      reactions: [],
      isAutoReply: false,
      timestamp: '2024-01-05T12:00:00.000Z',
      editedAt: null,
      revokedAt: null,
    });

    const first = await list('per_page=4');
    expect(words(first)).toEqual(['now', 'day 5', 'day 4', 'day 3']);
    expect(first.meta.pagination.has_more).toBe(true);
    const cursor = encodeURIComponent(first.meta.pagination.next_cursor);
    expect(words(await list(`per_page=4&cursor=${cursor}`))).toEqual(['day 2', 'day 1']);
    expect(words(await list('per_page=4&page=2'))).toEqual(['day 2', 'day 1']);
    expect(words(await list('per_page=4&page=3'))).toEqual([]);
    expect(words(await list('direction=sent'))).toEqual(['now']);
    expect(words(await list('direction=received&per_page=2&page=2'))).toEqual(['day 3', 'day 2']);
    expect(words(await list('date_from=2024-01-02&date_to=2024-01-03'))).toEqual(['day 3', 'day 2']);
    expect(words(await list('date_from=2024-01-05T12:00:00Z&date_to=2024-01-05T19:00:00%2B07:00'))).toEqual(['day 5']);
  });

  it.each(['direction=both', 'date_from=yesterday', 'cursor=nonsense', 'page=51&per_page=100', 'per_page=0'])(
    'refuses ?%s',
    async (query) => {
      const answer = await get(`/api/messages?${query}`);
      expect([answer.status, answer.body.error]).toEqual([400, 'VALIDATION_ERROR']);
    },
  );
});

describe('POST /api/messages/:messageId/read', () => {
  it('tells WhatsApp that a received message was read', async () => {
    await receive({ tenantId: account.tenantId, instanceId }, 'READ0001', 'hi', Date.now());
    rig.runner.behave(instanceId, 'message.markRead', ({ input }) => ({
      state: 'done',
      output: { messageId: (input as { messageId: string }).messageId, readAtMs: Date.UTC(2030, 0, 1) },
    }));
    const answer = await rig.call('POST', '/api/messages/msg_READ0001/read', undefined, { as: key });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      success: true,
      data: { messageId: 'msg_READ0001', status: 'READ', readAt: '2030-01-01T00:00:00.000Z' },
      meta,
    });
    expect(rig.runner.seen.at(-1)).toMatchObject({ operation: 'message.markRead', input: { messageId: 'READ0001' } });
  });
});
