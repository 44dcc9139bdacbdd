import { LID_SERVER } from '../../../lib/core/model/phone.ts';
import { partyOf } from '../../events/parties.ts';
import type { ActionDeps } from './deps.ts';

export interface CallActions {
  /** Rejects a call; of one that is over nothing comes. */
  reject(callId: string, from: string): Promise<void>;
}

export function createCallActions({ guard, names }: ActionDeps): CallActions {
  return {
    reject: (callId, from) =>
      guard(async (sock) => {
        // WhatsApp names callers by LID, and wants it back.
        const { lid } = partyOf(names, from);
        const caller = lid ? `${lid}@${LID_SERVER}` : from;
        await sock.rejectCall(callId, caller);
        // It does not tell the device that rejects.
        sock.ev.emit('call', [
          { id: callId, from: caller, chatId: caller, status: 'reject', date: new Date(), offline: false },
        ]);
      }),
  };
}
