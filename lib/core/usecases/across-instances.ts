import { GatewayError, notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { parsePublicMessageId } from '../model/ids.ts';
import { acceptsMessages, type Instance } from '../model/instance.ts';
import { type Contact, contactId as idOfContact, type Message } from '../model/message.ts';
import type { MessageFilter, Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { MAX_PAGED_ITEMS, readPage } from './read-page.ts';

/** What is asked of several instances at once, as `reachableInstances` gave them to the principal. */
export interface AcrossInput {
  instances: readonly Instance[];
}

export interface AcrossPage<T> {
  items: { instance: Instance; item: T }[];
  hasMore: boolean;
}

/**
 * The instance that sends: the one that is named, or the first that is linked, connected ones before others.
 * @throws GatewayError RESOURCE_NOT_FOUND; INSTANCE_NOT_CONNECTED when none is linked
 */
export function chooseSender({ instances }: AcrossInput, instanceId: string | undefined): Instance {
  if (instanceId !== undefined) {
    const named = instances.find(({ id, name }) => id === instanceId || name === instanceId);
    if (!named) throw notFound('device');
    return named;
  }
  const linked = instances.filter(({ state }) => acceptsMessages(state));
  const chosen = linked.find(({ state }) => state.status === 'CONNECTED') ?? linked[0];
  if (!chosen) throw new GatewayError('INSTANCE_NOT_CONNECTED', 'No device is linked to WhatsApp.');
  return chosen;
}

/** Messages of all of them, newest first. @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for a page too far down */
export async function listMessagesAcross(
  ports: Pick<Ports, 'messages'>,
  principal: Principal,
  { instances, filter, page, perPage }: AcrossInput & { filter: MessageFilter; page: number; perPage: number },
): Promise<AcrossPage<Message>> {
  requirePermission(principal, 'message:read');
  const list = (instance: Instance, count: number) =>
    readPage((limit, cursor) => ports.messages.list(instance.id, filter, limit, cursor), { page: 1, perPage: count });
  return pageAcross(principal, instances, page, perPage, list, (a, b) => b.timestampMs - a.timestampMs);
}

/** Contacts of all of them, by id. @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR for a page too far down */
export async function listContactsAcross(
  ports: Pick<Ports, 'messages'>,
  principal: Principal,
  { instances, search, page, perPage }: AcrossInput & { search?: string | undefined; page: number; perPage: number },
): Promise<AcrossPage<Contact>> {
  requirePermission(principal, 'contact:read');
  const filter = search === undefined ? {} : { search };
  const list = (instance: Instance, count: number) =>
    readPage((limit, cursor) => ports.messages.listContacts(instance.id, filter, limit, cursor), {
      ...{ page: 1, perPage: count },
    });
  return pageAcross(principal, instances, page, perPage, list, (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

/** A message of one of them by its public id. @throws GatewayError PERMISSION_DENIED, RESOURCE_NOT_FOUND */
export async function findMessageAcross(
  ports: Pick<Ports, 'messages'>,
  principal: Principal,
  { instances, messageId }: AcrossInput & { messageId: string },
): Promise<{ instance: Instance; item: Message }> {
  requirePermission(principal, 'message:read');
  const id = parsePublicMessageId(messageId);
  return firstAcross(principal, instances, 'message', async (instance) =>
    id === undefined ? undefined : ports.messages.get(instance.id, id),
  );
}

/** A contact of one of them by its id: its LID, or its number. @throws GatewayError PERMISSION_DENIED, RESOURCE_NOT_FOUND */
export async function findContactAcross(
  ports: Pick<Ports, 'messages'>,
  principal: Principal,
  { instances, contactId }: AcrossInput & { contactId: string },
): Promise<{ instance: Instance; item: Contact }> {
  requirePermission(principal, 'contact:read');
  const digits = contactId.replace(/^\+/, '').split('@')[0] as string;
  const parties = [
    { phone: null, lid: digits },
    { phone: digits, lid: null },
  ];
  const ids = parties.map((party) => idOfContact(party) as string);
  return firstAcross(principal, instances, 'contact', async (instance) =>
    /^\d{1,64}$/.test(digits) ? (await ports.messages.getContacts(instance.id, ids))[0] : undefined,
  );
}

async function firstAcross<T>(
  principal: Principal,
  instances: readonly Instance[],
  kind: string,
  get: (instance: Instance) => Promise<T | undefined>,
): Promise<{ instance: Instance; item: T }> {
  const found = await Promise.all(
    instances.map(async (instance) => {
      requireReach(principal, instance);
      return { instance, item: await get(instance) };
    }),
  );
  const first = found.find(({ item }) => item !== undefined);
  if (!first) throw notFound(kind);
  return first as { instance: Instance; item: T };
}

/** A page of all lists together: each is read as far as the page could reach into it. */
async function pageAcross<T>(
  principal: Principal,
  instances: readonly Instance[],
  page: number,
  perPage: number,
  list: (instance: Instance, count: number) => Promise<{ items: T[]; nextCursor: string | null }>,
  order: (a: T, b: T) => number,
): Promise<AcrossPage<T>> {
  const end = page * perPage;
  if (end > MAX_PAGED_ITEMS) {
    throw new GatewayError('VALIDATION_ERROR', `Pages end after ${MAX_PAGED_ITEMS} items.`);
  }
  const pages = await Promise.all(
    instances.map(async (instance) => {
      requireReach(principal, instance);
      const { items, nextCursor } = await list(instance, end);
      return { hasMore: nextCursor !== null, items: items.map((item) => ({ instance, item })) };
    }),
  );
  const all = pages.flatMap(({ items }) => items).sort((a, b) => order(a.item, b.item));
  return { items: all.slice(end - perPage, end), hasMore: all.length > end || pages.some(({ hasMore }) => hasMore) };
}
