import type { BinaryNode, WAMessage, WAMessageKey } from '../../lib/baileys/index.ts';
import type { Clock } from '../../lib/core/ports/index.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { addressOf } from '../events/address.ts';
import { messageChanges } from '../events/changes.ts';
import { channelEvents, channelReactionEvents, communityEvents } from '../events/channels.ts';
import { type ChatOrder, chatChanged, chatEvents, chatWrites, deletedChat } from '../events/chats.ts';
import { blockedWrites, contactWrites, mappingWrites, namesOfChats } from '../events/contacts.ts';
import { contentOf } from '../events/content.ts';
import { groupChanges } from '../events/groups.ts';
import { labelledWrites, labelWrites } from '../events/labels.ts';
import { messageWrites, ownReadWrites, receiptWrites, statusWrites } from '../events/messages.ts';
import { callEvents, labelAssociationEvents, labelEvents, presenceEvents, presenceRows } from '../events/notices.ts';
import { originalOf } from '../events/originals.ts';
import { type NameBook, partyOf } from '../events/parties.ts';
import { type PollVote, pollVoteOf, voteEvents } from '../events/polls.ts';
import { numberOf, type Selection, selectionEvent, selectionOf } from '../events/selections.ts';
import { arrivalOf, contactEvents, messageEvents, receiptEvents, type Telling } from '../events/tell.ts';
import { PresenceMemory, type ToldMemory } from '../events/told-memory.ts';
import type { Logger } from '../log.ts';
import type { InboundKey } from './repository-inbound.ts';
import type { SentMessages } from './sent-messages.ts';
import type { DurableSocket } from './socket.ts';
import type { Vault } from './vault.ts';

export interface ProjectionOptions {
  socket: DurableSocket;
  vault: Vault;
  names: NameBook;
  clock: Clock;
  /** What the session has told, over all its sockets. */
  told: ToldMemory;
  /** How far its chats have come. */
  order: ChatOrder;
  originals: Pick<SentMessages, 'keepOriginal' | 'findOriginal' | 'findChoices'>;
  /** Takes on the file of a message, and says when nothing more will come of it; false: it has none to fetch. */
  fetchFile(message: WAMessage, done: () => void): boolean;
  logger: Logger;
  /** A name that a person gave themselves, for answers about numbers. */
  learnName(phone: string, name: string): void;
}

/** Notifications on their way through Baileys. */
const MAX_ACTORS = 100;

/**
 * Turns what Baileys tells into rows, synchronously inside its event: the rows then join the group commit that also
 * carries the Signal state, and the receipt leaves only after it.
 */
export function subscribeProjections(options: ProjectionOptions): void {
  const { socket, vault, names, clock, told, order, originals, fetchFile, logger, learnName } = options;
  const { ev } = socket.sock;
  /** One unit, so that what is told is true and what is true is told. */
  const put = (writes: SessionWrite[], events: SessionWrite[] = []) => {
    if (vault.dead !== null) return;
    const unit = [...writes.map((write) => order.inOrder(write)), ...told.fresh(events)];
    if (unit.length > 0) vault.enqueue(unit);
  };
  const telling = (): Telling => ({ instanceId: vault.instanceId, nowMs: clock() });
  const me = () => partyOf(names, vault.creds.me?.id, vault.creds.me?.lid);
  const putContacts = (writes: SessionWrite[]) => {
    put([...writes, ...namesOfChats(writes)], contactEvents(telling(), writes));
  };
  const handled = (key: WAMessageKey) => {
    if (key.id && vault.dead === null) socket.handled(keyOf(key));
  };

  const actors = new Map<string, string>();
  /** Baileys drops the number of who changed a group between the notification and its notice. */
  socket.sock.ws.on('CB:notification,type:w:gp2', (notification: BinaryNode) => {
    put([], communityEvents(telling(), notification, names));
    const { attrs } = notification;
    if (!attrs.id || !attrs.participant_pn) return;
    actors.set(attrs.id, attrs.participant_pn);
    if (actors.size > MAX_ACTORS) actors.delete(actors.keys().next().value as string);
  });

  /** It has not counted as unread yet, in this process or an earlier one. */
  const isNew = (message: WAMessage) => {
    const { scope } = addressOf(message);
    const arrival = arrivalOf({ scope, id: message.key.id ?? '' });
    return !told.has(arrival) && !vault.inbound.wasHandled(keyOf(message.key));
  };

  let lookUps: Promise<void> = Promise.resolve();
  /** What must be looked up first: until then the message stays unhandled, and a restart brings it again. */
  const later = (message: WAMessage, work: () => Promise<SessionWrite[]>) => {
    lookUps = lookUps
      .then(work)
      .then((events) => {
        put([], events);
        handled(message.key);
      })
      .catch((error) => logger.error({ err: error }, 'what a message does was not told'));
  };
  const readVote = (message: WAMessage, vote: PollVote) =>
    later(message, async () => {
      const poll = await originals.findOriginal(vote.pollScope, vote.pollId);
      return voteEvents(telling(), message, vote, poll, names, me());
    });
  const readNumber = (
    message: WAMessage,
    chat: string,
    { number, answers }: { number: number; answers: string | undefined },
  ) =>
    later(message, async () => {
      const choices = (answers && (await originals.findChoices(answers))) || (await originals.findChoices(chat));
      const option = choices?.options[number - 1];
      if (!choices || !option || (answers && answers !== choices.messageId)) return [];
      const selection = { optionId: option.id, title: option.title, source: 'number', offeredIn: choices.messageId };
      return [selectionEvent(telling(), message, selection as Selection, names, me())];
    });

  ev.on('messages.upsert', ({ messages }) => {
    for (const message of messages) {
      const vote = pollVoteOf(message, names, me());
      if (vote) {
        readVote(message, vote);
        continue;
      }
      const writes = messageWrites(message, names, clock(), isNew(message)).filter(
        (write) => !isPastPlaceholder(write, told),
      );
      const original = originalOf(
        message,
        writes.some((write) => write.kind === 'message' && write.set),
      );
      if (original && vault.dead === null) originals.keepOriginal(original.scope, original.id, original.message);
      const changes = messageChanges(telling(), message, names, me());
      const selection = selectionOf(message);
      const group = groupChanges(telling(), message, actors.get(message.key.id ?? ''), names, me());
      put(
        [...writes, ...changes.rows, ...group.rows],
        [
          ...messageEvents(telling(), writes, contentOf(message, names)),
          ...[...contactEvents(telling(), writes), ...changes.events, ...group.events],
          ...(selection ? [selectionEvent(telling(), message, selection, names, me())] : []),
        ],
      );
      for (const write of writes) {
        if (write.kind === 'contact' && write.set.phone && write.set.pushName) {
          learnName(write.set.phone, write.set.pushName);
        }
      }
      const number = numberOf(message);
      const chat = writes.find((write) => write.kind === 'chat')?.id;
      if (number && chat) readNumber(message, chat, number);
      else if (!fetchFile(message, () => handled(message.key))) handled(message.key);
    }
  });
  /** The person has read on another device: what is unread there is what is unread here. */
  const readElsewhere = (key: WAMessageKey, status: number | null | undefined) => {
    const writes = ownReadWrites(key, status, names, clock());
    const [chat] = writes.filter((write) => write.kind === 'chat');
    if (chat) put(writes, chatChanged(telling(), chat.id, { isUnread: false }));
  };
  ev.on('messages.update', (updates) => {
    for (const { key, update } of updates) {
      const writes = statusWrites(key, update.status, clock());
      put(writes, receiptEvents(telling(), writes, key.remoteJid, names));
      readElsewhere(key, update.status);
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
    put(chats.flatMap((chat) => chatWrites(chat, names, true, clock())));
  });
  ev.on('contacts.upsert', (contacts) => putContacts(contacts.flatMap((contact) => contactWrites(contact, names))));
  ev.on('contacts.update', (contacts) => putContacts(contacts.flatMap((contact) => contactWrites(contact, names))));
  ev.on('chats.upsert', (chats) => put(chats.flatMap((chat) => chatWrites(chat, names, true, clock()))));
  ev.on('chats.update', (chats) => {
    put(
      chats.flatMap((chat) => chatWrites(chat, names)),
      chatEvents(telling(), chats, names),
    );
  });
  ev.on('chats.delete', (ids) => {
    for (const id of ids) {
      const [write] = deletedChat(id, names, order, clock());
      if (write) put([write], chatChanged(telling(), write.id, { isDeleted: true }));
    }
  });
  ev.on('call', (calls) => {
    put(
      [],
      calls.flatMap((call) => callEvents(telling(), call, names)),
    );
  });
  const seen = new PresenceMemory();
  ev.on('presence.update', (update) => {
    const news = seen.fresh(presenceEvents(telling(), update, names));
    put(presenceRows(news), news);
  });
  ev.on('labels.edit', (label) => put(labelWrites(label), labelEvents(telling(), label)));
  ev.on('labels.association', (update) => {
    put(labelledWrites(update, names), labelAssociationEvents(telling(), update, names));
  });
  ev.on('blocklist.update', ({ blocklist, type }) => {
    put(blocklist.flatMap((jid) => blockedWrites(jid, type === 'add', names)));
  });
  ev.on('newsletter-settings.update', (update) => put([], channelEvents(telling(), update)));
  ev.on('newsletter.reaction', (update) => put([], channelReactionEvents(telling(), update)));
  ev.on('lid-mapping.update', (mapping) => putContacts(mappingWrites(mapping, names)));
}

function keyOf({ id, remoteJid, participant }: WAMessageKey): InboundKey {
  return { id: id ?? null, ...(remoteJid ? { remoteJid } : {}), ...(participant ? { participant } : {}) };
}

/** A message that was told already comes again, and cannot be decrypted twice. */
function isPastPlaceholder(write: SessionWrite, told: ToldMemory): boolean {
  return write.kind === 'message' && write.placeholder !== undefined && told.has(arrivalOf(write));
}
