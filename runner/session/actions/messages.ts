import type { proto, WAMessage, WAMessageKey } from '../../../lib/baileys/index.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import { type Message, OUT_SCOPE, receivedScope } from '../../../lib/core/model/message.ts';
import { isGroupJid } from '../../../lib/core/model/phone.ts';
import { encryptVote } from '../poll-vote.ts';
import type { Choices, SentMessages } from '../sent-messages.ts';
import type { ActionDeps } from './deps.ts';

export type TypingState = 'composing' | 'recording' | 'paused';

export interface MessageActions {
  /** What a stored message holds; undefined when that is not kept (any more). */
  content(message: Message): Promise<proto.IMessage | undefined>;
  /** A stored message with its content, to be quoted or forwarded. @throws GatewayError INVALID_STATE when it is gone */
  original(message: Message): Promise<WAMessage>;
  /** What a number means in a chat from now on; durable with the next commit. */
  keepChoices(chat: string, choices: Choices): void;
  /** A message that votes in a poll. @throws GatewayError INVALID_STATE when the poll's key is not known */
  vote(poll: WAMessage, options: readonly string[]): proto.IMessage;
  /** On the own devices. */
  star(message: Message, star: boolean): Promise<void>;
  /** On the own devices; nobody else learns of it. */
  deleteForMe(message: Message): Promise<void>;
  /** Shows it, and after `seconds` that it has stopped, unless something else is shown by then. */
  showTyping(chat: string, state: TypingState, seconds: number): Promise<void>;
  /** Of a group. */
  setGroupTimer(group: string, seconds: number): Promise<void>;
}

export interface MessageActionDeps extends ActionDeps {
  /** The linked account, by both of its names. */
  me(): { id: string; lid?: string | undefined } | undefined;
  originals: Pick<SentMessages, 'findOriginal' | 'keepChoices'>;
}

export function createMessageActions({ guard, originals, me, log }: MessageActionDeps): MessageActions {
  const stops = new Map<string, NodeJS.Timeout>();
  const show = (chat: string, state: TypingState) => guard((sock) => sock.sendPresenceUpdate(state, chat));
  const contentOf = (message: Message) => originals.findOriginal(scopeOf(message), message.id);
  return {
    content: contentOf,
    async original(message) {
      const content = await contentOf(message);
      if (!content) throw new GatewayError('INVALID_STATE', 'The content of this message is not kept any more.');
      return { key: keyOf(message), message: content, messageTimestamp: Math.floor(message.timestampMs / 1000) };
    },
    keepChoices: (chat, choices) => originals.keepChoices(chat, choices),
    vote(poll, options) {
      const own = me();
      if (!own) throw new GatewayError('INSTANCE_NOT_CONNECTED');
      return encryptVote(poll, options, own);
    },
    star: (message, star) =>
      guard((sock) =>
        sock.chatModify(
          { star: { messages: [{ id: message.id, fromMe: message.direction === 'sent' }], star } },
          jidOf(message),
        ),
      ),
    deleteForMe: (message) =>
      guard((sock) => {
        const timestamp = Math.floor(message.timestampMs / 1000);
        return sock.chatModify({ deleteForMe: { deleteMedia: false, key: keyOf(message), timestamp } }, jidOf(message));
      }),
    async showTyping(chat, state, seconds) {
      clearTimeout(stops.get(chat));
      stops.delete(chat);
      await show(chat, state);
      if (state === 'paused') return;
      const stop = setTimeout(() => {
        stops.delete(chat);
        // WhatsApp's clients stop showing it by themselves as well.
        show(chat, 'paused').catch((err: unknown) => log.debug({ err }, 'typing was not ended'));
      }, seconds * 1_000);
      stops.set(chat, stop.unref());
    },
    setGroupTimer: (group, seconds) => guard((sock) => sock.groupToggleEphemeral(group, seconds)),
  };
}

/** How WhatsApp names a stored message: in the chat that it came in. */
export function keyOf(message: Message): WAMessageKey {
  const remoteJid = jidOf(message);
  const participant = message.address?.participant;
  const isSent = message.direction === 'sent';
  return {
    ...{ id: message.id, remoteJid, fromMe: isSent },
    ...(!isSent && participant && isGroupJid(remoteJid) ? { participant } : {}),
  };
}

/** The chat of a stored message as WhatsApp addressed it. */
export function jidOf({ address, chat }: Message): string {
  return address?.remoteJid ?? chat;
}

/** The scope of a stored message's row. */
export function scopeOf(message: Message): string {
  if (message.direction === 'sent') return OUT_SCOPE;
  return receivedScope(jidOf(message), message.address?.participant);
}
