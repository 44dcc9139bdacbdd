import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PERMISSIONS } from '../../lib/core/model/account.ts';
import {
  type AnswerBody,
  type ApiClient,
  freshNumber,
  type LinkedInstance,
  linkInstance,
  register,
} from '../support/client.ts';
import { sandboxOf, until } from '../support/families.ts';
import { TestGateway } from '../support/gateway.ts';
import type { Person } from '../support/person.ts';
import { type Hit, Receiver } from '../support/receiver.ts';
import { pdf, png } from '../support/sample-files.ts';

/** What the n8n node for document B calls, with its bodies, and what people see of it. */
let gateway: TestGateway;
let receiver: Receiver;
let files: Server;
let instance: LinkedInstance;
let user: ApiClient;
/** The node's credential: a key of the account. */
let key: ApiClient;
let id: string;
let friend: Person;

beforeAll(async () => {
  [gateway, receiver] = await Promise.all([TestGateway.start(), Receiver.start()]);
  files = createServer(({ url }, response) => response.end(url === '/a.png' ? png() : pdf())).listen(0, '127.0.0.1');
  await once(files, 'listening');
  user = await register(gateway.url);
  instance = await linkInstance(user);
  const made = await user.must('POST', '/api/keys', { name: 'n8n', permissions: PERMISSIONS, rateLimit: 10_000 });
  key = user.as(made.body.data.key as string);
  id = (await key.must('GET', '/api/sessions')).body.sessions[0].id;
  friend = gateway.person(freshNumber());
});
afterAll(async () => {
  files?.close();
  await Promise.all([gateway?.stop(), receiver?.stop()]);
});

const post = async (action: string, body: object = {}) =>
  (await key.must('POST', `/api/sessions/${id}/${action}`, body)).body;
const fileUrl = (name: string) => `http://127.0.0.1:${(files.address() as AddressInfo).port}/${name}`;
const to = () => friend.number;
/** What the friend's phone shows of an answer's message. */
const shown = async ({ id: messageId }: AnswerBody) =>
  (await friend.sees((message) => message.id === messageId?.slice(4)))[0];

it('tests its key, and finds the session', async () => {
  expect((await key.get('/api/health')).status).toBe(200);
  expect((await key.as('wrong').get('/api/health')).status).toBe(401);
  const one = (await key.must('GET', `/api/sessions/${id}`)).body;
  expect(one.data).toMatchObject({ id, phone: instance.phone, connected: true, logged_in: true });
});

it('sends texts, files and places; what the user of the node left empty is left away', async () => {
  expect(await shown(await post('send', { to: to(), message: 'Hello' }))).toMatchObject({ text: 'Hello' });
  const image = await shown(await post('send-image', { to: to(), image_url: fileUrl('a.png'), caption: '' }));
  expect(image).toMatchObject({ type: 'image', sha256: expect.any(String) });
  const document = await shown(
    await post('send-document', { to: to(), document_url: fileUrl('a.pdf'), filename: 'invoice.pdf' }),
  );
  expect(document?.content).toMatchObject({ documentMessage: { fileName: 'invoice.pdf' } });
  const byUrl = await shown(await post('send-file-url', { to: to(), url: fileUrl('a.png'), type: 'image' }));
  expect(byUrl?.type).toBe('image');
  const attached = await shown(
    await post('send-attachment', { to: to(), file: pdf().toString('base64'), filename: 'b.pdf', caption: 'B' }),
  );
  expect(attached?.content).toMatchObject({ documentMessage: { fileName: 'b.pdf' } });
  const place = await shown(await post('send-location', { to: to(), latitude: -6.2, longitude: 106.8, name: '' }));
  expect(place?.content).toMatchObject({ locationMessage: { degreesLatitude: -6.2 } });
});

it('replies to what came, forwards it, and marks it as read', async () => {
  const theirs = await friend.writes(instance.phone, 'When do you open?');
  await key.until(`/api/messages/msg_${theirs}?instanceName=${instance.name}`, ({ status }) => status === 200);
  const reply = await shown(await post('reply', { to: to(), message: 'At nine', quoted_message_id: theirs }));
  expect(reply?.content).toMatchObject({
    extendedTextMessage: {
      text: 'At nine',
      contextInfo: { stanzaId: theirs, quotedMessage: { conversation: 'When do you open?' } },
    },
  });
  const other = gateway.person(freshNumber());
  await post('forward', { to: other.number, message_id: `msg_${theirs}`, text: 'When do you open?' });
  const [forwarded] = await other.sees(({ text }) => text === 'When do you open?');
  expect(forwarded?.content).toMatchObject({ extendedTextMessage: { contextInfo: { isForwarded: true } } });
  expect(await post('read', { to: to(), message_id: theirs })).toEqual({
    ...{ success: true, message: 'Message marked as read' },
  });
});

it('types, stops, comes online and goes', async () => {
  const phone = sandboxOf(gateway).phone(friend.number);
  const seen = () => phone.activity.map(({ state }) => state);
  const before = seen().length;
  await post('typing', { to: to(), typing: true });
  await post('typing', { to: to(), typing: false });
  await post('typing', { to: to() });
  await post('stop-typing', { to: to() });
  await until(() => seen().length - before >= 4);
  expect(seen().slice(before)).toEqual(['composing', 'paused', 'composing', 'paused']);
  const device = () =>
    sandboxOf(gateway)
      .phone(instance.phone)
      .account.companions.find(({ connection }) => connection?.active);
  await post('set-online');
  await until(() => device()?.online === true);
  await post('presence', { status: 'unavailable' });
  await until(() => device()?.online === false);
});

it('shows whom it has heard of, and whether a number is there', async () => {
  const conversations = await key.until(
    `/api/sessions/${id}/conversations`,
    ({ body }) => body.data.length > 0 && body.data[0].last_message !== undefined,
  );
  expect(conversations.body.data.map(({ jid }: { jid: string }) => jid)).toContain(`${to()}@s.whatsapp.net`);
  await key.until(`/api/sessions/${id}/contacts`, ({ body }) =>
    body.contacts.some(({ phone }: { phone: string }) => phone === to()),
  );
  expect(await post('check-phone', { to: to() })).toMatchObject({ exists: true, on_whatsapp: true });
  expect(await post('check-phone', { to: freshNumber('9004') })).toMatchObject({ exists: false, on_whatsapp: false });
});

it('shows groups with what they are about', async () => {
  const group = { subject: 'Family', participants: [to()], description: 'Family chat group' };
  const made = await key.must('POST', `/api/instances/${instance.name}/groups`, group);
  const { groups } = (await key.must('GET', `/api/sessions/${id}/groups`)).body;
  expect(groups).toEqual([
    {
      ...{ jid: made.body.data.group.groupId, name: 'Family', topic: 'Family chat group' },
      ...{ description: 'Family chat group', owner: expect.stringContaining('@'), participant_count: 2 },
      ...{ is_admin: false, is_super_admin: true },
    },
  ]);
  await post('send', { to: groups[0].jid, message: 'To all' });
  await friend.sees(({ text }) => text === 'To all');
});

it('has its trigger called, signed', async () => {
  const path = `/api/sessions/${id}/webhook`;
  const { webhook_secret: secret } = (await key.must('PUT', path, { webhook_url: receiver.url('n8n') })).body;
  await receiver.set('n8n', { secret });
  expect((await key.must('GET', path)).body.data.webhook_url).toBe(receiver.url('n8n'));
  await friend.writes(instance.phone, 'For n8n');
  const isMeant = ({ body }: Hit) => body.message?.message === 'For n8n';
  const hit = (await receiver.until('n8n', (hits) => hits.some(isMeant))).find(isMeant);
  expect(hit?.verified).toBe(true);
  expect(hit?.body).toMatchObject({
    ...{ session_id: id, from: `${to()}@s.whatsapp.net`, message_type: 'text', is_group: false },
    message: { message: 'For n8n', timestamp: expect.any(Number) },
  });
  await key.must('DELETE', path);
  expect((await key.get(path)).status).toBe(404);
});
