import { type Contact, contactId, type Party } from '../../lib/core/model/message.ts';
import { isLidJid, LID_SERVER, phoneOfJid, USER_SERVER } from '../../lib/core/model/phone.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { contactEvents } from '../events/tell.ts';
import type { Handler, HandlerContext } from './index.ts';

export const checkNumbers: Handler<'contact.check'> = async (context, input) => {
  const found = await context.session.contacts.lookUp(input.numbers);
  const unnamed = found.filter(({ exists, name }) => exists && name === null);
  const names = await storedNames(
    context,
    unnamed.map(({ number, lid }) => ({ phone: number, lid })),
  );
  return {
    output: {
      results: found.map(({ number, exists, jid, name, profilePicture }) => ({
        ...{ number, exists, jid, profilePicture },
        name: name ?? names.get(number) ?? null,
      })),
    },
  };
};

export const fetchProfile: Handler<'contact.profile'> = async (context, { jid }) => {
  const { phone, lid, about, picture, business, unanswered } = await context.session.contacts.profile(jid);
  const party = withJid({ phone, lid }, jid);
  const [name] = (await storedNames(context, [party])).values();
  const output = { jid: jidOf(party), ...party, name: name ?? null, about, picture, business };
  return { output: { ...output, ...(unanswered.length > 0 && { unanswered }) } };
};

export const blockContact: Handler<'contact.block'> = (context, { jid }) => setBlocked(context, jid, true);
export const unblockContact: Handler<'contact.unblock'> = (context, { jid }) => setBlocked(context, jid, false);

/** The name shows at once in the lists of contacts and chats; WhatsApp does not tell the device that acts. */
export const saveContact: Handler<'contact.save'> = async (context, { jid, name, firstName }) => {
  const first = firstName ?? (name.split(/\s+/)[0] as string);
  const party = withJid(await context.session.contacts.save(jid, { full: name, first }), jid);
  const telling = { instanceId: context.command.instanceId, nowMs: context.clock() };
  const contact: SessionWrite = { kind: 'contact', id: contactId(party) as string, set: { ...party, name } };
  const chat: SessionWrite = { kind: 'chat', id: jidOf(party), set: { isGroup: false, name } };
  return { output: { jid: jidOf(party), name }, writes: [contact, chat, ...contactEvents(telling, [contact])] };
};

export const forgetContact: Handler<'contact.forget'> = async ({ session }, { jid }) => {
  const party = withJid(await session.contacts.save(jid, null), jid);
  const writes = [
    { kind: 'contact', id: contactId(party) as string, set: { ...party, name: null } },
    { kind: 'chat', id: jidOf(party), set: { isGroup: false, name: null } },
  ] satisfies SessionWrite[];
  return { output: { jid: jidOf(party) }, writes };
};

/** What WhatsApp says goes into the rows too: the phone may have blocked somebody before it was linked. */
export const listBlocked: Handler<'contact.listBlocked'> = async ({ session }) => {
  const people = (await session.contacts.blocked()).filter((party) => contactId(party) !== undefined);
  const writes = people.map((party): SessionWrite => {
    return { kind: 'contact', id: contactId(party) as string, set: { ...party, blocked: true } };
  });
  return { output: { contacts: people.map((party) => ({ jid: jidOf(party), ...party })) }, writes };
};

async function setBlocked({ session }: HandlerContext, jid: string, blocked: boolean) {
  const party = withJid(await session.contacts.setBlocked(jid, blocked), jid);
  const id = contactId(party) as string;
  const writes: SessionWrite[] = [{ kind: 'contact', id, set: { ...party, blocked } }];
  return { output: { jid: jidOf(party), blocked }, writes };
}

/** Names by phone number (by LID where there is none) of people as they are stored, under either of their keys. */
async function storedNames({ messages, command }: HandlerContext, people: Party[]): Promise<Map<string, string>> {
  const ids = people.flatMap(({ phone, lid }) => [
    ...(lid ? [contactId({ phone, lid }) as string] : []),
    ...(phone ? [contactId({ phone, lid: null }) as string] : []),
  ]);
  const contacts = new Map((await messages.getContacts(command.instanceId, ids)).map((one) => [one.id, one]));
  const names = new Map<string, string>();
  for (const { phone, lid } of people) {
    const rows: (Contact | undefined)[] = [
      lid ? contacts.get(contactId({ phone, lid }) as string) : undefined,
      phone ? contacts.get(contactId({ phone, lid: null }) as string) : undefined,
    ];
    const name = rows.map((row) => row?.name).find(Boolean) ?? rows.map((row) => row?.pushName).find(Boolean);
    if (name) names.set((phone ?? lid) as string, name);
  }
  return names;
}

/** What the JID itself says is known too. */
function withJid({ phone, lid }: Party, jid: string): Party {
  return {
    phone: phone ?? phoneOfJid(jid) ?? null,
    lid: lid ?? (isLidJid(jid) ? (jid.split('@')[0] as string) : null),
  };
}

function jidOf({ phone, lid }: Party): string {
  return phone ? `${phone}@${USER_SERVER}` : `${lid}@${LID_SERVER}`;
}
