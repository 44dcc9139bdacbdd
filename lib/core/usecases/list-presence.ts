import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { SeenPresence } from '../model/person.ts';
import type { Page, Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { chatNames } from './chat-names.ts';
import { type PageInput, readPage } from './read-page.ts';

export interface ListPresenceInput extends PageInput {
  instance: Instance;
  /** JID; absent: of all chats. */
  chat?: string;
}

/**
 * What people were last seen doing, within a day. Whoever was not subscribed to is not among them.
 * @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for a page too far down
 */
export async function listPresence(
  ports: Pick<Ports, 'people'>,
  principal: Principal,
  { instance, chat, ...page }: ListPresenceInput,
): Promise<Page<SeenPresence>> {
  requirePermission(principal, 'presence:read');
  requireReach(principal, instance);
  const list = (id: string | undefined) =>
    readPage((limit, cursor) => ports.people.listPresence(instance.id, id, limit, cursor), page);
  // Mostly it is kept under the name that was asked for: it is read while that is being found out.
  const guess = list(chat);
  guess.catch(() => undefined);
  const [id] = chat === undefined ? [undefined] : await chatNames(ports, instance, chat);
  return id === chat ? guess : list(id);
}
