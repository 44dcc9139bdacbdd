import type { Visit } from './browser.ts';
import { type ApiClient, linkInstance } from './client.ts';

/** What `furnish` has made, by what pages need in their paths. */
export interface Furniture {
  /** A linked test instance with messages. */
  linked: string;
  /** One that waits for its phone. */
  waiting: string;
  /** Number of somebody whom the linked instance talks with about all sorts of things. */
  contact: string;
  /** Id of an endpoint that nobody answers at. */
  webhook: string;
  /** Id of a bulk of the linked instance. */
  bulk: string;
}

export interface PageCase {
  /** Of its screenshots. */
  name: string;
  path: (made: Furniture) => string;
}

/** Every page inside the frame: tests of accessibility and width look at each, `npm run screenshots` takes it. */
export const PAGES: readonly PageCase[] = [
  { name: 'start', path: () => '/start' },
  { name: 'instances', path: () => '/instances' },
  { name: 'instance-overview', path: ({ linked }) => `/instances/${linked}` },
  { name: 'instance-health', path: ({ linked }) => `/instances/${linked}/health` },
  { name: 'instance-settings', path: ({ linked }) => `/instances/${linked}/settings` },
  { name: 'link', path: ({ waiting }) => `/instances/${waiting}/link` },
  { name: 'linked', path: ({ linked }) => `/instances/${linked}/link` },
  { name: 'conversations', path: () => '/conversations' },
  { name: 'conversation', path: ({ linked, contact }) => `/conversations/${linked}/${contact}@s.whatsapp.net` },
  { name: 'bulk', path: ({ linked }) => `/bulk/${linked}` },
  { name: 'bulk-new', path: ({ linked }) => `/bulk/${linked}/new` },
  { name: 'bulk-details', path: ({ linked, bulk }) => `/bulk/${linked}/sends/${bulk}` },
  { name: 'bulk-scheduled', path: ({ linked }) => `/bulk/${linked}/scheduled` },
  { name: 'bulk-templates', path: ({ linked }) => `/bulk/${linked}/templates` },
  { name: 'keys', path: () => '/keys' },
  { name: 'webhooks', path: () => '/webhooks' },
  { name: 'webhook-deliveries', path: ({ webhook }) => `/webhooks/${webhook}` },
  { name: 'webhook-signature', path: ({ webhook }) => `/webhooks/${webhook}/signature` },
  { name: 'webhook-settings', path: ({ webhook }) => `/webhooks/${webhook}/settings` },
  { name: 'reference', path: () => '/reference' },
  { name: 'statistics', path: () => '/statistics' },
  { name: 'admin-users', path: () => '/admin' },
  { name: 'admin-audit', path: () => '/admin/audit' },
  { name: 'admin-limits', path: () => '/admin/limits' },
  { name: 'account', path: () => '/account' },
];

/** A PNG of one pixel. */
const PICTURE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Fills the tenant of a visit that is signed in, through the API, so that pages have something to show. */
export async function furnish(visit: Visit): Promise<Furniture> {
  const user = await visit.client();
  const { key, name: linked } = await linkInstance(user);
  await user.must('POST', '/api/instances', { name: 'sales', environment: 'test' });
  const made = await user.must('POST', '/api/webhooks', {
    ...{ url: 'https://shop.invalid/webhooks/whatsapp', description: 'The shop', headers: { 'X-Shop': 'berlin' } },
  });
  for (const [index, text] of ['Hello!', 'Your order has been confirmed.', 'It arrives on Friday.'].entries()) {
    await key.must('POST', '/api/messages/text', { to: `1555010900${index + 1}`, text });
  }
  const sendAt = new Date(Date.now() + 86_400_000).toISOString();
  await key.must('POST', '/api/messages/text', { to: '15550109001', text: 'Your table is ready at eight.', sendAt });
  const message = { type: 'text', text: 'Hello {{name}}, your order {{order}} is on its way.' };
  await user.must('POST', '/api/templates', { name: 'order-shipped', message });
  const sent = await user.must('POST', `/api/instances/${linked}/bulk`, {
    ...{ title: 'Spring sale', message, pacing: { perMinute: 60 } },
    csv: 'phone,name,order\n15550109001,Ann,4711\n15550109002,Bob,4712\n15550109003,Eve,4713\n',
  });
  const [webhook, bulk] = [made.body.data.id as string, sent.body.data.bulkId as string];
  const contact = await talk(user, key, linked);
  // What it sends moves chats up in the list, under whoever walks through it.
  await user.until(`/api/instances/${linked}/bulk/${bulk}`, ({ body }) => body.data.status === 'COMPLETED', 60_000);
  return { linked, waiting: 'sales', webhook, bulk, contact };
}

/** A conversation with one message of each kind. Returns the number of the other side. */
async function talk(user: ApiClient, key: ApiClient, name: string): Promise<string> {
  const contact = '15550109107';
  const says = (from: string, text: string) =>
    user.must('POST', `/api/test/instances/${name}/incoming`, { from, text });
  const sends = async (type: string, body: object) =>
    (await key.must('POST', `/api/messages/${type}`, { to: contact, ...body })).body.data.messageId as string;
  await says('15550109108', 'Thank you, see you on Monday!');
  await says(contact, 'Good morning! Is the blue bicycle still there?');
  const asked = (await says(contact, 'And could I come by today?')).body.data.messageId as string;
  await key.until(`/api/messages/${asked}`, ({ status }) => status === 200);
  await sends('text', { text: 'Yes, it is. We are here until six.', quotedMessageId: asked });
  await key.must('POST', `/api/messages/${asked}/reaction`, { emoji: '👍' });
  await sends('image', { image: PICTURE, caption: 'This is it' });
  await sends('location', {
    latitude: 52.5163,
    longitude: 13.3777,
    name: 'Bicycles & more',
    address: 'Pariser Platz 1',
  });
  await sends('contact', { contact: { name: 'Ann from the workshop', phone: '15550109108' } });
  await sends('poll', { question: 'When suits you?', options: ['At noon', 'At four'], maxChoices: 1 });
  const wrong = await sends('text', { text: 'We are closed.' });
  await key.must('DELETE', `/api/messages/${wrong}`);
  await sends('text', { text: 'How to find us: https://example.com/way' });
  await says(contact, 'At four, then. I shall bring the old one along, perhaps you can use some of its parts.');
  return contact;
}
