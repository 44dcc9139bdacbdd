import type { ChatModification } from '../../../lib/baileys/index.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { ActionDeps } from './deps.ts';

/** Changes what all devices of the account agree on. A second time does no harm. */
export type ChangeAppState = (change: ChatModification, jid?: string) => Promise<void>;

const CONFLICT = 409;
const MAX_TRIES = 4;

/**
 * Patches build on the newest version: one that another device was faster than is made anew.
 * @throws GatewayError INVALID_STATE (reason NO_APP_STATE_KEY) while the phone has not shared its keys yet
 */
export function createAppState({ guard }: Pick<ActionDeps, 'guard'>): ChangeAppState {
  return (change, jid = '') =>
    guard(async (sock) => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await sock.chatModify(change, jid);
        } catch (error) {
          if (isMissingKey(error)) {
            throw new GatewayError('INVALID_STATE', 'The phone has not shared its keys with this session yet.', {
              details: { reason: 'NO_APP_STATE_KEY' },
            });
          }
          if ((error as { data?: unknown }).data !== CONFLICT || tries === MAX_TRIES) throw error;
        }
      }
    });
}

function isMissingKey(error: unknown): boolean {
  const { data, message } = error as { data?: { isMissingKey?: boolean }; message?: string };
  return data?.isMissingKey === true || message === 'App state key not present!';
}
