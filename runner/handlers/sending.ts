import type { OperationOutput } from '../../lib/core/catalogue/operations.ts';
import { GatewayError, notFound } from '../../lib/core/errors.ts';
import { addOnMessageId, publicMessageId } from '../../lib/core/model/ids.ts';
import { type Message, OUT_SCOPE } from '../../lib/core/model/message.ts';
import { isGroupJid } from '../../lib/core/model/phone.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { jidOf } from '../session/actions/messages.ts';
import type { Outgoing } from '../session/sending.ts';
import type { SendOptions } from '../session/whatsapp-session.ts';
import type { HandlerContext } from './index.ts';

/** The result of every operation that sends. */
export interface Delivered {
  output: OperationOutput<'message.sendText'>;
  writes: SessionWrite[];
}

/** What every message may have beside its content (`SENDING_FIELDS`). */
export interface SendingInput {
  to: string;
  quotedMessageId?: string | undefined;
  mentions?: readonly string[] | undefined;
  mentionAll?: boolean | undefined;
  ephemeralSeconds?: number | undefined;
}

/** The id that was fixed when the command was accepted. */
export function messageIdOf({ command }: HandlerContext): string {
  if (!command.messageId) throw new GatewayError('INTERNAL_ERROR', 'The command carries no message id.');
  return command.messageId;
}

/** @throws GatewayError RESOURCE_NOT_FOUND */
export async function requireMessage({ messages, command }: HandlerContext, id: string): Promise<Message> {
  const message = await messages.get(command.instanceId, id);
  if (!message) throw notFound('message');
  return message;
}

/** @throws GatewayError VALIDATION_ERROR, RESOURCE_NOT_FOUND or INVALID_STATE for what it refers to */
export async function optionsOf(context: HandlerContext, input: SendingInput): Promise<SendOptions> {
  const { to, quotedMessageId, mentions, mentionAll, ephemeralSeconds } = input;
  if (mentionAll && !isGroupJid(to)) {
    throw new GatewayError('VALIDATION_ERROR', 'mentionAll is for groups.', {
      details: [{ path: 'mentionAll', message: 'is for groups' }],
    });
  }
  const quoted =
    quotedMessageId === undefined
      ? undefined
      : await context.session.messages.original(await requireMessage(context, quotedMessageId));
  return { quoted, mentions, mentionAll, ephemeralSeconds, again: context.command.attempt > 1 };
}

/** Sends under the command's id and waits for WhatsApp's ack. */
export async function deliver(
  context: HandlerContext,
  input: SendingInput,
  content: Outgoing,
  more: SendOptions = {},
): Promise<Delivered> {
  const id = messageIdOf(context);
  const options = await optionsOf(context, input);
  const { ackedAtMs } = await context.session.send(input.to, content, id, { ...options, turn: context.turn, ...more });
  return {
    output: { messageId: publicMessageId(id), to: input.to, timestampMs: ackedAtMs },
    writes: [{ kind: 'message', id, scope: OUT_SCOPE, once: { sentAtMs: ackedAtMs } }],
  };
}

/** Does something to a message by a message of its own. */
export async function act(context: HandlerContext, chat: string, content: Outgoing): Promise<{ ackedAtMs: number }> {
  const { tenantId, instanceId, id, attempt } = context.command;
  return context.session.send(chat, content, addOnMessageId(tenantId, instanceId, id), { again: attempt > 1 });
}

/** As `act`, in the chat of a stored message. */
export function actOn(context: HandlerContext, message: Message, content: Outgoing): Promise<{ ackedAtMs: number }> {
  return act(context, jidOf(message), content);
}
