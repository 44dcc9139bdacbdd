import type { Visit } from './browser.ts';
import { linkInstance } from './client.ts';

/** What `furnish` has made, by what pages need in their paths. */
export interface Furniture {
  /** A linked test instance with messages. */
  linked: string;
  /** One that waits for its phone. */
  waiting: string;
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
  { name: 'bulk', path: () => '/bulk' },
  { name: 'keys', path: () => '/keys' },
  { name: 'webhooks', path: () => '/webhooks' },
  { name: 'reference', path: () => '/reference' },
  { name: 'statistics', path: () => '/statistics' },
  { name: 'admin', path: () => '/admin' },
  { name: 'account', path: () => '/account' },
];

/** Fills the tenant of a visit that is signed in, through the API, so that pages have something to show. */
export async function furnish(visit: Visit): Promise<Furniture> {
  const user = await visit.client();
  const { key, name: linked } = await linkInstance(user);
  await user.must('POST', '/api/instances', { name: 'sales', environment: 'test' });
  for (const [index, text] of ['Hello!', 'Your order has been confirmed.', 'It arrives on Friday.'].entries()) {
    await key.must('POST', '/api/messages/text', { to: `1555010900${index + 1}`, text });
  }
  return { linked, waiting: 'sales' };
}
