import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Contact } from '../model/message.ts';
import type { ContactFilter, Page, Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { type PageInput, readPage } from './read-page.ts';

export interface ListContactsInput extends PageInput {
  instance: Instance;
  filter: ContactFilter;
}

/**
 * The people whom the instance has heard of. `nextCursor` goes on where this page ends.
 * @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for a page too far down
 */
export async function listContacts(
  ports: Pick<Ports, 'messages'>,
  principal: Principal,
  { instance, filter, ...page }: ListContactsInput,
): Promise<Page<Contact>> {
  requirePermission(principal, 'contact:read');
  requireReach(principal, instance);
  return readPage((limit, cursor) => ports.messages.listContacts(instance.id, filter, limit, cursor), page);
}
