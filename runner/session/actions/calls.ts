import { isLidJid } from '../../../lib/core/model/phone.ts';
import type { ActionDeps } from './deps.ts';

export interface CallActions {
  /** Rejects a call; of one that is over nothing comes. */
  reject(callId: string, from: string): Promise<void>;
}

export function createCallActions({ guard }: ActionDeps): CallActions {
  return {
    reject: (callId, from) =>
      guard(async (sock) => {
        // WhatsApp names callers by LID, and wants it back: where it is not known yet, WhatsApp is asked.
        const lid = isLidJid(from) ? from : await sock.signalRepository.lidMapping.getLIDForPN(from);
        const caller = lid ?? from;
        await sock.rejectCall(callId, caller);
        // It does not tell the device that rejects.
        sock.ev.emit('call', [
          { id: callId, from: caller, chatId: caller, status: 'reject', date: new Date(), offline: false },
        ]);
      }),
  };
}
