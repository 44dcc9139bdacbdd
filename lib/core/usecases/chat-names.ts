import type { Instance } from '../model/instance.ts';
import { isGroupJid, LID_SERVER, phoneOfJid, USER_SERVER } from '../model/phone.ts';
import type { Ports } from '../ports/index.ts';

/** The JIDs that a chat may be kept under, the one by phone number first: a person may be known by either name. */
export async function chatNames({ people }: Pick<Ports, 'people'>, instance: Instance, jid: string): Promise<string[]> {
  if (isGroupJid(jid)) return [jid];
  const phone = phoneOfJid(jid);
  const pair = phone
    ? await people.pairOfPhone(instance.id, phone)
    : await people.pairOfLid(instance.id, jid.split('@')[0] as string);
  return pair ? [`${pair.phone}@${USER_SERVER}`, `${pair.lid}@${LID_SERVER}`] : [jid];
}
