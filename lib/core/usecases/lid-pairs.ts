import { notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { LidPair } from '../model/person.ts';
import type { Page, Ports } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { type PageInput, readPage } from './read-page.ts';

type PeoplePort = Pick<Ports, 'people'>;

/** People whose phone number and LID are both known. @throws GatewayError PERMISSION_DENIED, VALIDATION_ERROR */
export async function listLidPairs(
  { people }: PeoplePort,
  principal: Principal,
  { instance, ...page }: PageInput & { instance: Instance },
): Promise<Page<LidPair>> {
  requireContacts(principal, instance);
  return readPage((limit, cursor) => people.listPairs(instance.id, limit, cursor), page);
}

/** @throws GatewayError PERMISSION_DENIED */
export async function countLidPairs(
  { people }: PeoplePort,
  principal: Principal,
  { instance }: { instance: Instance },
): Promise<number> {
  requireContacts(principal, instance);
  return people.countPairs(instance.id);
}

/** The other name of a person. @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND while it is not known */
export async function getLidPair(
  { people }: PeoplePort,
  principal: Principal,
  { instance, ...name }: { instance: Instance } & ({ lid: string } | { phone: string }),
): Promise<LidPair> {
  requireContacts(principal, instance);
  const { id } = instance;
  const pair = 'lid' in name ? await people.pairOfLid(id, name.lid) : await people.pairOfPhone(id, name.phone);
  if (!pair) throw notFound('contact');
  return pair;
}

function requireContacts(principal: Principal, instance: Instance): void {
  requirePermission(principal, 'contact:read');
  requireReach(principal, instance);
}
