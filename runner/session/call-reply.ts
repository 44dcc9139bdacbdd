import type { WACallEvent } from '../../lib/baileys/index.ts';
import { publicMessageId, whatsappMessageId } from '../../lib/core/model/ids.ts';
import type { InstanceSettings } from '../../lib/core/model/instance.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import { LID_SERVER, USER_SERVER } from '../../lib/core/model/phone.ts';
import type { Clock } from '../../lib/core/ports/index.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { chatOfMessage } from '../events/messages.ts';
import { type NameBook, partyOf } from '../events/parties.ts';
import { tell } from '../events/tell.ts';

export interface CallReplyOptions {
  tenantId: string;
  instanceId: string;
  names: NameBook;
  clock: Clock;
  /** As last taken over. */
  settings(): Readonly<InstanceSettings>;
  /** Sends a text and waits for WhatsApp's ack. @throws when it is not taken */
  send(to: string, text: string, messageId: string): Promise<{ ackedAtMs: number }>;
  enqueue(writes: SessionWrite[]): void;
}

/**
 * Tells a caller who was rejected why, if the settings say so: a message of the instance like any other, with a row, an
 * id that follows from the call, and an end that is told.
 */
export function createCallReply(options: CallReplyOptions): (call: WACallEvent) => Promise<void> {
  return async (call) => {
    const { rejectCallsReply: text } = options.settings();
    if (text && !call.isGroup) await reply(options, call, text);
  };
}

async function reply(options: CallReplyOptions, call: WACallEvent, text: string): Promise<void> {
  const { tenantId, instanceId, names, clock, enqueue } = options;
  const party = partyOf(names, call.callerPn, call.from);
  const to = party.phone ? `${party.phone}@${USER_SERVER}` : `${party.lid}@${LID_SERVER}`;
  const row = { id: whatsappMessageId(tenantId, instanceId, `call|${call.id}`), scope: OUT_SCOPE };
  const fields = {
    ...{ direction: 'sent' as const, chat: to, party, type: 'text', text, isAutoReply: true },
    timestampMs: clock(),
  };
  enqueue([{ kind: 'message', ...row, set: fields }]);
  const telling = () => ({ instanceId, nowMs: clock() });
  const told = { messageId: publicMessageId(row.id), chat: to, to: party };
  try {
    const { ackedAtMs } = await options.send(to, text, row.id);
    const sent = { ...told, timestampMs: ackedAtMs, source: 'api' as const, isAutoReply: true };
    enqueue([
      { kind: 'message', ...row, once: { sentAtMs: ackedAtMs } },
      chatOfMessage(row, fields, false),
      tell(telling(), 'message.sent', `${row.id}|sent`, sent),
    ]);
  } catch (error) {
    const failed = { code: 'MESSAGE_SEND_FAILED', message: 'The reply to a rejected call was not taken.' };
    enqueue([
      { kind: 'message', ...row, set: { error: failed }, once: { failedAtMs: clock() } },
      tell(telling(), 'message.failed', `${row.id}|failed`, {
        ...{ ...told, timestampMs: clock(), code: failed.code, reason: failed.message },
      }),
    ]);
    throw error;
  }
}
