import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../sandbox/index.ts';
import {
  type ApiClient,
  createKey,
  freshNumber,
  type LinkedInstance,
  linkInstance,
  register,
} from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';
import { png } from '../support/sample-files.ts';

let gateway: TestGateway;
let instance: LinkedInstance;
let key: ApiClient;

beforeAll(async () => {
  gateway = await TestGateway.start();
  instance = await linkInstance(await register(gateway.url));
  const all = ['message:send', 'message:read', 'contact:check', 'contact:read', 'contact:write'];
  key = await createKey(instance.user, instance.name, all);
});
afterAll(() => gateway?.stop());

const sandbox = () => gateway.gateway.sandbox as NonNullable<typeof gateway.gateway.sandbox>;

/** A person of that name who has written to the instance, so that it has heard of them. */
async function acquaintance(name: string): Promise<{ number: string; lid: string }> {
  const number = freshNumber();
  const phone = sandbox().phone(number);
  phone.account.record.name = name;
  phone.account.save();
  await gateway.person(number).writes(instance.phone, `I am ${name}`);
  await key.until(`/api/messages?direction=received&phone=${number}`, ({ body }) => body.data.messages.length === 1);
  return { number, lid: phone.lid.split('@')[0] as string };
}

/** What the sandbox's server gets from the instance's linked device, from now on. */
function stanzas(tag: string): { attrs: Record<string, string>; child: { tag: string; attrs: object } | undefined }[] {
  const seen: ReturnType<typeof stanzas> = [];
  sandbox().network.on('stanza', (sender: Device, stanza) => {
    if (stanza.tag !== tag || sender.isPhone) return;
    const child = Array.isArray(stanza.content) ? stanza.content[0] : undefined;
    seen.push({ attrs: stanza.attrs, child });
  });
  return seen;
}

async function until(condition: () => boolean): Promise<void> {
  const endMs = performance.now() + 45_000;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error('it did not happen in time');
    await new Promise((wake) => setTimeout(wake, 10));
  }
}

describe('the list of contacts', () => {
  it('holds who has written, is searched by name and number, and paged', async () => {
    const [jane, john] = [await acquaintance('Jané Smith'), await acquaintance('John Customer')];
    const { body } = await key.get('/api/contacts');
    const found = body.data.contacts.find(({ phone }: { phone: string }) => phone === jane.number);
    expect(found).toEqual({
      jid: `${jane.number}@s.whatsapp.net`,
      phone: jane.number,
      lid: jane.lid,
      name: 'Jané Smith',
      pushName: 'Jané Smith',
      blocked: false,
    });
    for (const [search, number] of [
      ['jane', jane.number],
      ['SMI', jane.number],
      ['john cust', john.number],
      [`+${john.number}`, john.number],
      [john.number.slice(0, -1), undefined],
    ] as const) {
      const answer = await key.get(`/api/contacts?search=${encodeURIComponent(search)}`);
      const numbers = answer.body.data.contacts.map(({ phone }: { phone: string }) => phone);
      if (number) expect([search, numbers]).toEqual([search, [number]]);
      else expect(numbers).toContain(john.number);
    }
    for (const search of ['mith', 'nobody', '999']) {
      expect((await key.get(`/api/contacts?search=${search}`)).body.data.contacts).toEqual([]);
    }
    const first = await key.get('/api/contacts?search=j&per_page=1');
    expect(first.body.meta.pagination).toMatchObject({ page: 1, per_page: 1, has_more: true });
    const cursor = first.body.meta.pagination.next_cursor;
    const [byPage, byCursor] = [
      await key.get('/api/contacts?search=j&per_page=1&page=2'),
      await key.get(`/api/contacts?search=j&per_page=1&cursor=${cursor}`),
    ];
    expect(byPage.body.data).toEqual(byCursor.body.data);
    expect(byPage.body.data.contacts[0].jid).not.toBe(first.body.data.contacts[0].jid);
    expect((await key.get('/api/contacts?cursor=nonsense')).status).toBe(400);
    expect((await key.get('/api/contacts?search=')).status).toBe(400);
  });

  it('gives the names to a check of numbers, also after a restart', async () => {
    const { number } = await acquaintance('Rita Restart');
    const absent = freshNumber('9004');
    const check = async (client: ApiClient) =>
      (await client.post('/api/contacts/check', { numbers: [number, absent] })).body.data.results;
    expect(await check(key)).toMatchObject([
      { number, exists: true, name: 'Rita Restart' },
      { number: absent, exists: false, name: null },
    ]);
    await gateway.restart();
    const at = (client: ApiClient) => Object.assign(Object.create(client) as ApiClient, { url: gateway.url });
    [key, instance] = [at(key), { ...instance, user: at(instance.user) }];
    await instance.user.until(`/api/instances/${instance.name}/status`, ({ body }) => body.data.status === 'CONNECTED');
    expect(await check(key)).toMatchObject([
      { number, exists: true, name: 'Rita Restart' },
      { number: absent, name: null },
    ]);
    const many = await key.post('/api/contacts/check', { numbers: Array.from({ length: 51 }, () => number) });
    expect(many.body.error).toBe('VALIDATION_ERROR');
  });
});

describe('blocking', () => {
  it('keeps a person out, and lets them in again', async () => {
    const { number, lid } = await acquaintance('Bob Blocked');
    const blocked = () => [...sandbox().phone(instance.phone).account.record.blocked];
    for (const jid of [`${number}@s.whatsapp.net`, `${lid}@lid`]) {
      const answer = await key.post('/api/contacts/block', { jid });
      expect([answer.status, answer.body.data]).toEqual([200, { jid: `${number}@s.whatsapp.net`, blocked: true }]);
      expect(blocked()).toEqual([`${lid}@lid`]);
      const listed = await key.until('/api/contacts?search=bob', ({ body }) => body.data.contacts[0]?.blocked === true);
      expect(listed.body.data.contacts).toHaveLength(1);

      expect((await key.post('/api/contacts/unblock', { jid })).body.data.blocked).toBe(false);
      expect(blocked()).toEqual([]);
      await key.until('/api/contacts?search=bob', ({ body }) => body.data.contacts[0]?.blocked === false);
    }
  });

  it('refuses groups, nonsense, and who is not on WhatsApp', async () => {
    const block = (jid: unknown) => key.post('/api/contacts/block', { jid });
    expect((await block('120363000000000001@g.us')).body.error).toBe('VALIDATION_ERROR');
    expect((await block('12')).body.error).toBe('INVALID_PHONE_NUMBER');
    expect((await block(undefined)).body.error).toBe('VALIDATION_ERROR');
    expect((await block(freshNumber('9004'))).body.error).toBe('RESOURCE_NOT_FOUND');
    const weak = await createKey(instance.user, instance.name, ['contact:read']);
    expect((await weak.post('/api/contacts/block', { jid: freshNumber() })).body.error).toBe('PERMISSION_DENIED');
  });
});

describe('a profile', () => {
  it('shows name, about and picture, and null for what is hidden', async () => {
    const { number, lid } = await acquaintance('Paula Profile');
    const { account } = sandbox().phone(number);
    account.record.about = 'At the sea';
    account.record.pictureId = '1';
    account.save();
    sandbox().network.options.media?.store(`picture-${number}`, png());
    const { body } = await key.get(`/api/contacts/${number}/profile`);
    expect(body.data).toEqual({
      jid: `${number}@s.whatsapp.net`,
      ...{ phone: number, lid, name: 'Paula Profile', about: 'At the sea', business: null },
      picture: expect.stringMatching(/^https:/),
    });
    account.record.business = {
      ...{ description: 'We sell', category: 'Shop', email: 'shop@example.com' },
      ...{ website: 'https://example.com', address: '1 Main Street' },
    };
    account.save();
    const business = await key.get(`/api/contacts/${lid}@lid/profile`);
    expect(business.body.data).toMatchObject({
      ...{ jid: `${number}@s.whatsapp.net`, phone: number, lid },
      business: {
        ...{ description: 'We sell', category: 'Shop', email: 'shop@example.com' },
        ...{ websites: ['https://example.com'], address: '1 Main Street' },
      },
    });
    const stranger = freshNumber();
    const other = await key.get(`/api/contacts/${stranger}@s.whatsapp.net/profile`);
    expect(other.body.data).toMatchObject({ phone: stranger, name: null, picture: null });
    expect((await key.get(`/api/contacts/${freshNumber('9004')}/profile`)).status).toBe(404);
    expect((await key.get('/api/contacts/120363000000000001@g.us/profile')).status).toBe(400);
  });
});

describe('settings of the instance', () => {
  /** The runner takes settings over a moment after they were accepted. */
  async function configure(settings: object): Promise<void> {
    await instance.user.must('PUT', `/api/instances/${instance.name}`, { settings });
    await until(() =>
      gateway.runner.workers.some(({ session }) =>
        Object.entries(settings).every(([name, value]) => session?.settings[name as 'rejectCalls'] === value),
      ),
    );
  }

  it('rejects calls only when told to', async () => {
    const caller = sandbox().phone(freshNumber());
    const calls = stanzas('call');
    caller.call(instance.phone);
    await configure({ rejectCalls: true });
    const id = caller.call(instance.phone);
    await until(() => calls.length > 0);
    // Calls are told to the session in order: had the first one been rejected, it would be here.
    expect(calls).toMatchObject([{ child: { tag: 'reject', attrs: { 'call-id': id } } }]);
    await configure({ rejectCalls: false });
  });

  it('marks as read without telling the sender when read receipts are off', async () => {
    const receipts = stanzas('receipt');
    const readTypes = () => receipts.map(({ attrs }) => attrs.type).filter((type) => type?.startsWith('read'));
    const from = freshNumber();
    const idOf = async (text: string) => {
      const id = await gateway.person(from).writes(instance.phone, text);
      await key.until(`/api/messages/msg_${id}`, ({ status }) => status === 200);
      return id;
    };
    const loud = await idOf('loud');
    expect((await key.post(`/api/messages/msg_${loud}/read`)).body.data.status).toBe('READ');
    await configure({ readReceipts: false });
    const quiet = await idOf('quiet');
    expect((await key.post(`/api/messages/msg_${quiet}/read`)).body.data.status).toBe('READ');
    await until(() => readTypes().length === 2);
    expect(readTypes()).toEqual(['read', 'read-self']);
    expect(
      sandbox()
        .phone(from)
        .sent(loud)
        ?.receipts.map(({ type }) => type),
    ).toContain('read');
    expect(
      sandbox()
        .phone(from)
        .sent(quiet)
        ?.receipts.map(({ type }) => type),
    ).not.toContain('read');
    expect((await key.get(`/api/messages/msg_${quiet}`)).body.data.status).toBe('READ');
    await configure({ readReceipts: true });
  });

  it('leaves the set time between two sends, from the next one on', async () => {
    const to = freshNumber();
    const send = (prefer: string) => key.post('/api/messages/text', { to, text: 'x' }, { prefer });
    await configure({ messageDelay: 60_000 });
    expect((await send('wait=20')).body.data.status).toBe('SENT');
    const held = await send('wait=2');
    expect(held.status).toBe(202);
    const path = `/api/messages/${held.body.data.messageId}/status`;
    expect((await key.get(path)).body.data.status).toBe('QUEUED');
    // The time is a setting, not a sleep: what waits goes by the one that holds now.
    await configure({ messageDelay: 0 });
    await key.until(path, ({ body }) => ['SENT', 'DELIVERED'].includes(body.data.status));
  });
});

describe('filters of the list of messages', () => {
  it('by chat, type and direction', async () => {
    const [one, two] = [freshNumber(), freshNumber()];
    await key.must('POST', '/api/messages/text', { to: one, text: 'a', isAutoReply: true });
    await key.must('POST', '/api/messages/location', { to: one, latitude: 1, longitude: 2 });
    await key.must('POST', '/api/messages/text', { to: two, text: 'b' });
    const types = async (query: string) =>
      (await key.get(`/api/messages?${query}`)).body.data.messages.map(({ type }: { type: string }) => type);
    expect(await types(`chat=${one}`)).toEqual(['location', 'text']);
    expect(await types(`phone=%2B${one}`)).toEqual(['location', 'text']);
    expect(await types(`chat=${one}@s.whatsapp.net&type=location&direction=sent`)).toEqual(['location']);
    expect(await types(`chat=${one}&direction=received`)).toEqual([]);
    const [, text] = (await key.get(`/api/messages?chat=${one}`)).body.data.messages;
    expect(text).toMatchObject({ isAutoReply: true });
    expect((await key.get('/api/messages?chat=12')).body.error).toBe('INVALID_PHONE_NUMBER');
    expect((await key.get('/api/messages?type=a%20b')).body.error).toBe('VALIDATION_ERROR');
    expect((await key.get('/api/messages/msg_3EB0NOTHING')).status).toBe(404);
  });
});
