import { normalizeMessageContent, proto, type WAMessageKey } from '../../lib/baileys/index.ts';
import { GatewayError } from '../../lib/core/errors.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';
import { type Message, OUT_SCOPE, reactionField } from '../../lib/core/model/message.ts';
import { isGroupJid } from '../../lib/core/model/phone.ts';
import { pollOf, withCaption } from '../events/content.ts';
import { keyOf, scopeOf, type TypingState } from '../session/actions/messages.ts';
import type { Handler } from './index.ts';
import { act, actOn, requireMessage } from './sending.ts';

export const react: Handler<'message.react'> = async (context, { messageId, emoji }) => {
  const message = await requireMessage(context, messageId);
  const { ackedAtMs } = await actOn(context, message, { react: { text: emoji, key: keyOf(message) } });
  const set = { [reactionField(null)]: emoji ? { emoji, from: null, atMs: ackedAtMs } : null };
  return {
    output: { ...actedOn(message, ackedAtMs), emoji: emoji || null },
    writes: [{ kind: 'message', id: message.id, scope: scopeOf(message), set }],
  };
};

export const edit: Handler<'message.edit'> = async (context, { messageId, text }) => {
  const message = await requireOwn(context, messageId, 'edited');
  const captioned = message.type === 'text' ? undefined : await captionOf(context, message, text);
  const key = keyOf(message);
  const { ackedAtMs } = await actOn(
    context,
    message,
    captioned ? { proto: editOf(key, captioned) } : { text, edit: key },
  );
  const set = { edit: { text, atMs: ackedAtMs } };
  return {
    output: { ...actedOn(message, ackedAtMs), text },
    writes: [{ kind: 'message', id: message.id, scope: OUT_SCOPE, set }],
  };
};

export const deleteMessage: Handler<'message.delete'> = async (context, { messageId, for: whom }) => {
  if (whom === 'me') {
    const message = await requireMessage(context, messageId);
    await context.session.messages.deleteForMe(message);
    return { output: { ...actedOn(message, context.clock()), for: whom } };
  }
  const message = await requireMessage(context, messageId);
  if (message.direction !== 'sent' && !isGroupJid(message.chat)) {
    throw new GatewayError('INVALID_STATE', 'In a chat of two, only own messages can be deleted for everyone.');
  }
  const { ackedAtMs } = await actOn(context, message, { delete: keyOf(message) });
  const once = { revokedAtMs: ackedAtMs };
  return {
    output: { ...actedOn(message, ackedAtMs), for: whom },
    writes: [{ kind: 'message', id: message.id, scope: scopeOf(message), once }],
  };
};

export const pin: Handler<'message.pin'> = async (context, { messageId, pin: pinned, seconds }) => {
  const message = await requireMessage(context, messageId);
  const content = pinned
    ? { pin: keyOf(message), type: PIN_FOR_ALL, time: seconds }
    : { pin: keyOf(message), type: UNPIN_FOR_ALL };
  const { ackedAtMs } = await actOn(context, message, content);
  return { output: { ...actedOn(message, ackedAtMs), pinned } };
};

/** `PinInChat.Type` */
const PIN_FOR_ALL = 1;
const UNPIN_FOR_ALL = 2;

export const star: Handler<'message.star'> = async (context, { messageId, star: starred }) => {
  const message = await requireMessage(context, messageId);
  await context.session.messages.star(message, starred);
  return { output: { ...actedOn(message, context.clock()), starred } };
};

export const vote: Handler<'message.vote'> = async (context, { messageId, options }) => {
  const message = await requireMessage(context, messageId);
  const original = await context.session.messages.original(message);
  const poll = pollOf(normalizeMessageContent(original.message) ?? {});
  if (!poll) throw new GatewayError('INVALID_STATE', 'The message is no poll.');
  const strange = options.find((option) => !poll.options.includes(option));
  if (strange !== undefined) {
    throw new GatewayError('VALIDATION_ERROR', 'The poll has no such option.', {
      details: [{ path: 'options', message: `must be among ${poll.options.join(', ')}` }],
    });
  }
  if (poll.maxChoices > 0 && options.length > poll.maxChoices) {
    throw new GatewayError('VALIDATION_ERROR', `The poll allows ${poll.maxChoices} options.`, {
      details: [{ path: 'options', message: `at most ${poll.maxChoices}` }],
    });
  }
  const content = context.session.messages.vote(original, options);
  const { ackedAtMs } = await actOn(context, message, { proto: content });
  return { output: { ...actedOn(message, ackedAtMs), options } };
};

const TYPING: Record<'typing' | 'recording' | 'stopped', TypingState> = {
  typing: 'composing',
  recording: 'recording',
  stopped: 'paused',
};

export const typing: Handler<'message.typing'> = async (context, { chat, state, seconds }) => {
  await context.session.messages.showTyping(chat, TYPING[state], seconds);
  return { output: { chat, state } };
};

export const setDisappearing: Handler<'message.setDisappearing'> = async (context, { chat, seconds }) => {
  if (isGroupJid(chat)) await context.session.messages.setGroupTimer(chat, seconds);
  else await act(context, chat, { disappearingMessagesInChat: seconds });
  return { output: { chat, seconds } };
};

async function requireOwn(context: Parameters<typeof requireMessage>[0], id: string, what: string): Promise<Message> {
  const message = await requireMessage(context, id);
  if (message.direction !== 'sent') throw new GatewayError('INVALID_STATE', `Only an own message can be ${what}.`);
  if (message.revokedAtMs) throw new GatewayError('INVALID_STATE', 'The message was taken back.');
  return message;
}

function editOf(key: WAMessageKey, editedMessage: proto.IMessage): proto.IMessage {
  const { MESSAGE_EDIT } = proto.Message.ProtocolMessage.Type;
  return { protocolMessage: { key, editedMessage, timestampMs: Date.now(), type: MESSAGE_EDIT } };
}

/** The content of a message that is no text, under another caption. */
async function captionOf(context: Parameters<typeof requireMessage>[0], message: Message, text: string) {
  const original = await context.session.messages.original(message);
  const edited = withCaption(normalizeMessageContent(original.message) ?? {}, text);
  if (!edited) throw new GatewayError('INVALID_STATE', `A message of type ${message.type} has no text to edit.`);
  return edited;
}

function actedOn(message: Message, timestampMs: number): { messageId: string; timestampMs: number } {
  return { messageId: publicMessageId(message.id), timestampMs };
}
