import { jidNormalizedUser, normalizeMessageContent, proto, type WAMessage } from '../../lib/baileys/index.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { OUT_SCOPE, type Party, reactionField, receivedScope } from '../../lib/core/model/message.ts';
import { isGroupJid } from '../../lib/core/model/phone.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { addressOf } from './address.ts';
import { UNCHANGED } from './chats.ts';
import { namedId, textOf, whole } from './content.ts';
import { authorOf, MAX_TEXT_LENGTH, secondsToMs } from './messages.ts';
import { bounded, chatJid, type NameBook, partyOf, samePerson } from './parties.ts';
import { type EventWrite, type Telling, tell } from './tell.ts';

const { Type } = proto.Message.ProtocolMessage;
const MAX_EMOJI_LENGTH = 64;

/** Who did something to an earlier message, where and when; `once` names the message that carried it. */
export function actOf(telling: Telling, message: WAMessage, book: NameBook, me: Party) {
  const { remoteJid, scope } = addressOf(message);
  const isFromMe = message.key.fromMe === true;
  return {
    act: {
      chat: chatJid(book, remoteJid, message.key.remoteJidAlt),
      isGroup: isGroupJid(remoteJid),
      from: isFromMe ? me : authorOf(message, book),
      isFromMe,
      timestampMs: secondsToMs(message.messageTimestamp) ?? telling.nowMs,
    },
    remoteJid,
    scope,
    once: (what: string) => `${what}|${scope}|${message.key.id}`,
  };
}

/**
 * A message that edits, takes back or reacts to an earlier one, or sets how long messages stay → the changes of that
 * one's row, and what is told. An edit can only reach a message of its own author: the scope of the row says so. Pure.
 */
export function messageChanges(
  telling: Telling,
  message: WAMessage,
  book: NameBook,
  me: Party,
): { rows: SessionWrite[]; events: EventWrite[] } {
  const content = normalizeMessageContent(message.message);
  if (!content || !message.key.remoteJid) return { rows: [], events: [] };
  const { act, remoteJid, scope, once } = actOf(telling, message, book, me);
  const { reactionMessage: reaction, protocolMessage: protocol } = content;
  const id = namedId(reaction?.key?.id ?? protocol?.key?.id);
  const messageId = id ? publicMessageId(id) : '';
  if (reaction && id) {
    const emoji = reaction.text ? bounded(reaction.text, MAX_EMOJI_LENGTH) : null;
    const data = { ...act, messageId, emoji, isOnSent: reaction.key?.fromMe === true };
    const from = act.isFromMe ? null : act.from;
    const set = { [reactionField(from)]: emoji ? { emoji, from, atMs: act.timestampMs } : null };
    const author = reaction.key?.participant ? jidNormalizedUser(reaction.key.participant) : undefined;
    const reacted = data.isOnSent ? OUT_SCOPE : receivedScope(remoteJid, author);
    return {
      rows: [{ kind: 'message', id, scope: reacted, set }],
      events: [tell(telling, 'message.reaction', once('reaction'), data)],
    };
  }
  if (protocol?.type === Type.MESSAGE_EDIT && id) {
    const edited = normalizeMessageContent(protocol.editedMessage);
    const text = edited ? bounded(textOf(edited), MAX_TEXT_LENGTH) : null;
    return {
      rows: [{ kind: 'message', id, scope, set: { edit: { text, atMs: act.timestampMs } } }],
      events: [tell(telling, 'message.edited', once('edited'), { ...act, messageId, text })],
    };
  }
  if (protocol?.type === Type.REVOKE && id) {
    const named = act.isGroup && protocol.key?.participant ? jidNormalizedUser(protocol.key.participant) : undefined;
    const author = named ? partyOf(book, named) : act.from;
    const isOwn = samePerson(author, act.from);
    const theirs = samePerson(author, me) ? OUT_SCOPE : receivedScope(remoteJid, named);
    return {
      rows: [{ kind: 'message', id, scope: isOwn ? scope : theirs, once: { revokedAtMs: act.timestampMs } }],
      events: [tell(telling, 'message.revoked', once('revoked'), { ...act, messageId, author })],
    };
  }
  if (protocol?.type === Type.EPHEMERAL_SETTING) {
    const { chat, isGroup } = act;
    const ephemeralSeconds = whole(protocol.ephemeralExpiration) ?? 0;
    const data = { ...UNCHANGED, chat, isGroup, ephemeralSeconds };
    return { rows: [], events: [tell(telling, 'chat.updated', once('ephemeral'), data)] };
  }
  return { rows: [], events: [] };
}
