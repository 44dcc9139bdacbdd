import type { Clock } from '../../lib/core/ports/index.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { chatWrites, contactWrites, mappingWrites } from '../events/contacts.ts';
import { messageWrites, receiptWrites, statusWrites } from '../events/messages.ts';
import type { NameBook } from '../events/parties.ts';
import { contactEvents, messageEvents, receiptEvents, type Telling } from '../events/tell.ts';
import type { ToldMemory } from '../events/told-memory.ts';
import type { DurableSocket } from './socket.ts';
import type { Vault } from './vault.ts';

export interface ProjectionOptions {
  socket: DurableSocket;
  vault: Vault;
  names: NameBook;
  clock: Clock;
  /** What the session has told, over all its sockets. */
  told: ToldMemory;
  /** A name that a person gave themselves, for answers about numbers. */
  learnName(phone: string, name: string): void;
}

/**
 * Turns what Baileys tells into rows, synchronously inside its event: the rows then join the group commit that also
 * carries the Signal state, and the receipt leaves only after it.
 */
export function subscribeProjections({ socket, vault, names, clock, told, learnName }: ProjectionOptions): void {
  const { ev } = socket.sock;
  /** One unit, so that what is told is true and what is true is told. */
  const put = (writes: SessionWrite[], events: SessionWrite[] = []) => {
    if (vault.dead === null && writes.length > 0) vault.enqueue([...writes, ...told.fresh(events)]);
  };
  const telling = (): Telling => ({ instanceId: vault.instanceId, nowMs: clock() });
  const putContacts = (writes: SessionWrite[]) => put(writes, contactEvents(telling(), writes));

  ev.on('messages.upsert', ({ messages }) => {
    for (const message of messages) {
      const writes = messageWrites(message, names, clock());
      put(writes, [...messageEvents(telling(), writes), ...contactEvents(telling(), writes)]);
      for (const write of writes) {
        if (write.kind === 'contact' && write.set.phone && write.set.pushName) {
          learnName(write.set.phone, write.set.pushName);
        }
      }
      const { id, remoteJid, participant } = message.key;
      if (id && vault.dead === null) {
        socket.handled({ id, ...(remoteJid ? { remoteJid } : {}), ...(participant ? { participant } : {}) });
      }
    }
  });
  ev.on('messages.update', (updates) => {
    for (const { key, update } of updates) {
      const writes = statusWrites(key, update.status, clock());
      put(writes, receiptEvents(telling(), writes, key.remoteJid, names));
    }
  });
  ev.on('message-receipt.update', (updates) => {
    for (const { key, receipt } of updates) {
      const writes = receiptWrites(key, receipt, clock());
      put(writes, receiptEvents(telling(), writes, key.remoteJid, names));
    }
  });
  ev.on('messaging-history.set', ({ chats, contacts }) => {
    put(contacts.flatMap((contact) => contactWrites(contact, names)));
    put(chats.flatMap((chat) => chatWrites(chat, names)));
  });
  ev.on('contacts.upsert', (contacts) => putContacts(contacts.flatMap((contact) => contactWrites(contact, names))));
  ev.on('contacts.update', (contacts) => putContacts(contacts.flatMap((contact) => contactWrites(contact, names))));
  ev.on('chats.upsert', (chats) => put(chats.flatMap((chat) => chatWrites(chat, names))));
  ev.on('chats.update', (chats) => put(chats.flatMap((chat) => chatWrites(chat, names))));
  ev.on('lid-mapping.update', (mapping) => putContacts(mappingWrites(mapping, names)));
}
