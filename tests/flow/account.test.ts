import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import type { Device, SimPhone } from '../../sandbox/index.ts';
import {
  type ApiClient,
  createKey,
  freshNumber,
  type LinkedInstance,
  linkInstance,
  register,
} from '../support/client.ts';
import { adaptersOf, eventsOf } from '../support/event-log.ts';
import { TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let adapters: Adapters;
let instance: LinkedInstance;
let instanceId: string;
let key: ApiClient;

beforeAll(async () => {
  gateway = await TestGateway.start();
  adapters = adaptersOf(gateway.dataDir);
  instance = await linkInstance(await register(gateway.url), 'account');
  instanceId = (await instance.user.must('GET', '/api/instances/account')).body.data.id as string;
  const all = ['profile:read', 'profile:write', 'call:write', 'business:read', 'message:read'];
  key = await createKey(instance.user, 'account', all);
});
afterAll(async () => {
  adapters?.close();
  await gateway?.stop();
});

const sandbox = () => gateway.gateway.sandbox as NonNullable<typeof gateway.gateway.sandbox>;
const own = (): SimPhone => sandbox().phone(instance.phone);
const at = (path: string) => `/api/instances/account/${path}`;
const JPEG = Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), Buffer.alloc(200, 7)]);

async function until<T>(what: string, look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  const endMs = performance.now() + 45_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > endMs) throw new Error(`${what} did not happen`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

describe('the profile', () => {
  it('is shown, and its name and about text are set', async () => {
    await key.must('PUT', at('profile/about'), { about: 'Open from 8 to 5' });
    expect(own().account.record.about).toBe('Open from 8 to 5');
    expect((await key.must('PUT', at('profile/name'), { name: 'Night shift' })).body.data).toEqual({
      name: 'Night shift',
    });
    expect((await own().appState.get('setting_pushName'))?.pushNameSetting).toMatchObject({ name: 'Night shift' });
    await until('the name on the network', () => own().account.record.name === 'Night shift');
    await instance.user.until('/api/instances/account/status', ({ body }) => body.data.displayName === 'Night shift');
    expect((await key.get(at('profile'))).body.data).toEqual({
      ...{ jid: own().jid, phone: instance.phone, lid: own().lid.split('@')[0], name: 'Night shift' },
      ...{ about: 'Open from 8 to 5', picture: null },
    });
    // Others see the new name with the next message.
    const other = sandbox().phone(freshNumber());
    const sender = await createKey(instance.user, 'account');
    await sender.must('POST', '/api/messages/text', { to: other.number, text: 'hello' });
    await until('the message', () => other.inbox.after(0).length > 0);
    expect((await key.call('PUT', at('profile/name'), { name: 'x'.repeat(26) })).status).toBe(400);
    expect((await key.call('PUT', at('profile/about'), { about: 'x'.repeat(140) })).status).toBe(400);
  });

  it('gets a picture from the request or a URL, and loses it', async () => {
    const bytesOf = async () => {
      const { picture } = (await key.get(at('profile'))).body.data;
      return picture as string | null;
    };
    const set = (image: string) => key.call('PUT', at('profile/picture'), { image });
    const { media } = sandbox().network.options;
    expect((await set(JPEG.toString('base64'))).body.data).toEqual({ isSet: true });
    expect(await bytesOf()).toMatch(/^https:/);
    expect(media?.read(`/v/picture-${instance.phone}`)).toEqual(JPEG);
    await key.must('DELETE', at('profile/picture'));
    expect(own().account.record.pictureId).toBeUndefined();
    expect(await bytesOf()).toBeNull();

    const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex').toString('base64');
    expect((await set(png)).body).toMatchObject({ error: 'VALIDATION_ERROR' });
    expect(own().account.record.pictureId).toBeUndefined();
    expect((await set('not base64!')).status).toBe(400);
    expect((await set('https://169.254.169.254/latest')).status).toBe(400);
    const server = createServer((_request, response) => response.end(JPEG)).listen(0, '127.0.0.1');
    await new Promise((listening) => server.once('listening', listening));
    const { port } = server.address() as AddressInfo;
    expect((await set(`http://127.0.0.1:${port}/me.jpg`)).body.data).toEqual({ isSet: true });
    server.close();
    expect(media?.read(`/v/picture-${instance.phone}`)).toEqual(JPEG);
  });
});

describe('privacy', () => {
  it('is read and set, all of it', async () => {
    const wanted = {
      ...{ lastSeen: 'none', online: 'match_last_seen', picture: 'contacts', about: 'contact_blacklist' },
      ...{ readReceipts: 'none', groupsAdd: 'contacts', calls: 'known', messages: 'contacts' },
    };
    const { body } = await key.must('PUT', at('privacy'), {
      ...wanted,
      disappearingSeconds: 604_800,
      linkPreviews: false,
    });
    expect(body.data.applied.sort()).toEqual([...Object.keys(wanted), 'disappearingSeconds', 'linkPreviews'].sort());
    expect(own().account.record.privacy).toMatchObject({
      ...{ last: 'none', online: 'match_last_seen', profile: 'contacts', status: 'contact_blacklist' },
      ...{ readreceipts: 'none', groupadd: 'contacts', calladd: 'known', messages: 'contacts' },
    });
    expect(own().account.record.disappearingSeconds).toBe(604_800);
    expect(await own().appState.get('setting_disableLinkPreviews')).toMatchObject({
      privacySettingDisableLinkPreviewsAction: { isPreviewsDisabled: true },
    });
    expect((await key.get(at('privacy'))).body.data).toEqual({ ...wanted, disappearingSeconds: 604_800 });
    await key.must('PUT', at('privacy'), { lastSeen: 'all' });
    expect((await key.get(at('privacy'))).body.data).toMatchObject({ ...wanted, lastSeen: 'all' });
    expect((await key.call('PUT', at('privacy'), { lastSeen: 'friends' })).status).toBe(400);
    expect((await key.call('PUT', at('privacy'), { disappearingSeconds: 5 })).status).toBe(400);
  });
});

describe('calls', () => {
  const told = (type: string, callId: string) =>
    until(type, async () => {
      const { events } = await eventsOf(adapters, instanceId);
      return events.find((event) => event.type === type && (event.data as { callId?: string }).callId === callId);
    });
  function rejections(): object[] {
    const seen: object[] = [];
    sandbox().network.on('stanza', (sender: Device, stanza) => {
      const child = Array.isArray(stanza.content) ? stanza.content[0] : undefined;
      if (stanza.tag === 'call' && !sender.isPhone && child) seen.push({ to: stanza.attrs.to, ...child });
    });
    return seen;
  }

  it('are rejected by their id', async () => {
    const caller = sandbox().phone(freshNumber());
    const seen = rejections();
    const callId = caller.call(instance.phone);
    await told('call.received', callId);
    const answer = await key.post(at(`calls/${callId}/reject`), { from: caller.number });
    expect(answer.body.data).toEqual({ callId });
    await until('the rejection', () => seen.length > 0);
    expect(seen).toMatchObject([{ to: caller.lid, tag: 'reject', attrs: { 'call-id': callId } }]);
    await told('call.rejected', callId);
    expect((await key.post(at('calls/x/reject'), { from: caller.number })).status).toBe(400);
  });

  it('are answered with a text when the settings say so, once each', async () => {
    const settings = { rejectCalls: true, rejectCallsReply: 'Please write instead.' };
    await instance.user.must('PUT', '/api/instances/account', { settings });
    await until('the settings', () =>
      gateway.gateway.runner?.workers.some(
        ({ session }) => session?.settings.rejectCallsReply === settings.rejectCallsReply,
      ),
    );
    const caller = sandbox().phone(freshNumber());
    const seen = rejections();
    caller.call(instance.phone);
    const reply = await until('the reply', () => caller.inbox.after(0).find(({ text }) => text !== null));
    expect(reply.text).toBe('Please write instead.');
    expect(seen).toHaveLength(1);
    const stored = await key.until(
      `/api/messages/msg_${reply.id}`,
      ({ body }) => typeof body.data?.sentAt === 'string',
    );
    expect(stored.body.data).toMatchObject({ direction: 'sent', to: caller.number, isAutoReply: true, type: 'text' });
    await instance.user.must('PUT', '/api/instances/account', { settings: { rejectCallsReply: null } });
    const shown = (await instance.user.must('GET', '/api/instances/account')).body.data.settings;
    expect(shown).toMatchObject({ rejectCalls: true, rejectCallsReply: null });
  });
});

describe('a business', () => {
  it('shows its profile, products and collections, page by page', async () => {
    const shop = sandbox().phone(freshNumber());
    const product = (n: number) => ({
      ...{ id: `p${n}`, name: `Product ${n}`, description: `No. ${n}`, price: n * 1000, currency: 'EUR' },
      image: `https://shop.example/${n}.jpg`,
    });
    shop.account.record.business = {
      ...{ description: 'Flowers', category: 'Florist', email: 'shop@example.com' },
      ...{ website: 'https://shop.example', address: '1 Main Street' },
      hours: { timezone: 'Europe/Berlin', days: [{ day: 'mon', opens: 480, closes: 1020 }] },
      products: [1, 2, 3].map(product),
      collections: [{ id: 'c1', name: 'Spring', productIds: ['p2'] }],
    };
    const ask = (path: string) => key.get(at(`business/${path}`));
    expect((await ask(`profile?jid=${shop.number}`)).body.data).toEqual({
      ...{ jid: shop.jid, description: 'Flowers', category: 'Florist', email: 'shop@example.com' },
      ...{ websites: ['https://shop.example'], address: '1 Main Street', timezone: 'Europe/Berlin' },
      hours: [{ day: 'mon', mode: 'specific_hours', opensMinutes: 480, closesMinutes: 1020 }],
    });
    const first = (await ask(`products?jid=${shop.number}&limit=2`)).body.data;
    expect(first.products.map(({ id }: { id: string }) => id)).toEqual(['p1', 'p2']);
    expect(first.products[0]).toMatchObject({ name: 'Product 1', price: 1000, currency: 'EUR', isHidden: false });
    const second = (await ask(`products?jid=${shop.number}&limit=2&cursor=${first.nextCursor}`)).body.data;
    expect(second).toMatchObject({ products: [{ id: 'p3' }], nextCursor: null });
    expect((await ask(`collections?jid=${shop.number}`)).body.data).toMatchObject({
      collections: [{ id: 'c1', name: 'Spring', status: 'APPROVED', products: [{ id: 'p2' }] }],
    });
    for (const path of ['profile', 'products', 'collections']) {
      const answer = await ask(`${path}?jid=${freshNumber()}`);
      expect([answer.status, answer.body.details]).toMatchObject([404, { reason: 'NOT_A_BUSINESS' }]);
      expect((await ask(path)).status).toBe(404);
    }
  });
});
