import { notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import { type Contact, contactId } from '../model/message.ts';
import { isLidJid, phoneOfJid } from '../model/phone.ts';
import type { Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { chatNames } from './chat-names.ts';

/**
 * A person by number or LID, as the session has heard of them.
 * @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND
 */
export async function getContact(
  ports: Pick<Ports, 'messages' | 'people'>,
  principal: Principal,
  { instance, jid }: { instance: Instance; jid: string },
): Promise<Contact> {
  requirePermission(principal, 'contact:read');
  requireReach(principal, instance);
  const names = await chatNames(ports, instance, jid);
  const ids = names.flatMap((name) => {
    const lid = isLidJid(name) ? (name.split('@')[0] as string) : null;
    return contactId({ phone: phoneOfJid(name) ?? null, lid }) ?? [];
  });
  const found = await ports.messages.getContacts(instance.id, ids);
  const contact = found.find(({ lid }) => lid !== null) ?? found[0];
  if (!contact) throw notFound('contact');
  return contact;
}
