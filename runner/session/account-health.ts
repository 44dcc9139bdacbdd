import type { ConnectionState, NewChatMessageCapInfo, WASocket } from '../../lib/baileys/index.ts';
import { type AccountHealth, NEW_CHAT_CAPS, type NewChatCap } from '../../lib/core/model/instance.ts';
import type { Logger } from '../log.ts';

const HEALTHY: AccountHealth = { timeLock: null, newChats: null, refusedAt: null };

type TimeLock = NonNullable<ConnectionState['reachoutTimeLock']>;

/**
 * Takes over what WhatsApp tells of the account's limits, and asks for it once the socket is open.
 * @param change called with what holds from now on
 */
export function watchAccount(
  sock: WASocket,
  health: () => AccountHealth | null,
  change: (health: AccountHealth) => void,
  log: Logger,
): void {
  const merge = (part: Partial<AccountHealth>) => {
    const before = health();
    const after = { ...(before ?? HEALTHY), ...part };
    // Of an account that never had a limit nothing is written down.
    if (before !== null || after.timeLock || after.newChats) change(after);
  };
  sock.ev.on('message-capping.update', (info) => merge({ newChats: newChatsOf(info) }));
  sock.ev.on('connection.update', ({ connection, reachoutTimeLock }) => {
    if (reachoutTimeLock) merge({ timeLock: timeLockOf(reachoutTimeLock) });
    if (connection !== 'open') return;
    const unknown = (err: unknown) => log.debug({ err }, 'a limit of the account is not known');
    // Baileys tells the answer to this one as an event.
    sock.fetchAccountReachoutTimelock().catch(unknown);
    sock
      .fetchNewChatMessageCap()
      .then((info) => merge({ newChats: newChatsOf(info) }))
      .catch(unknown);
  });
}

/** When WhatsApp refused a message to somebody new. */
export function refusedAccount(before: AccountHealth | null, atMs: number): AccountHealth {
  return { ...(before ?? HEALTHY), refusedAt: new Date(atMs).toISOString() };
}

/** null: there is none. */
export function timeLockOf({ isActive, timeEnforcementEnds, enforcementType }: TimeLock): AccountHealth['timeLock'] {
  if (!isActive) return null;
  const isKnown = timeEnforcementEnds && !Number.isNaN(timeEnforcementEnds.getTime());
  return { type: enforcementType ?? 'DEFAULT', until: isKnown ? timeEnforcementEnds.toISOString() : null };
}

/** null: nothing is limited, or nothing is said of it. */
export function newChatsOf(info: NewChatMessageCapInfo | null | undefined): AccountHealth['newChats'] {
  const status = info?.capping_status as NewChatCap | undefined;
  if (!info || !status || status === 'NONE' || !NEW_CHAT_CAPS.includes(status)) return null;
  const endsAtMs = Number(info.cycle_end_timestamp) * 1_000;
  const isDate = Number.isFinite(endsAtMs) && endsAtMs > 0 && endsAtMs < 8.64e15;
  return {
    status,
    used: info.used_quota ?? null,
    quota: info.total_quota ?? null,
    cycleEndsAt: isDate ? new Date(endsAtMs).toISOString() : null,
  };
}
