import type { Account } from '../directory.ts';
import type { Network } from '../network.ts';
import { node, SandboxError } from '../wire.ts';

const CAPS = ['NONE', 'FIRST_WARNING', 'SECOND_WARNING', 'CAPPED'];

interface Limits {
  /** Seconds since epoch; undefined: there is none. */
  timeLockUntil?: number | undefined;
  cap?: string | undefined;
}

/** Not kept across restarts. */
const limitsOf = new WeakMap<Account, Limits>();

/**
 * Puts limits on an account, or lifts them, and tells its linked devices. `timeLockUntil` is in seconds, null lifts it;
 * `newChats` is a status of the cap.
 * @throws SandboxError 400
 */
export function setAccountLimits(network: Network, account: Account, body: Record<string, unknown>): object {
  const { timeLockUntil, newChats } = body;
  const limits = { ...limitsOf.get(account) };
  const changes: [operation: string, data: Record<string, unknown>][] = [];
  if (timeLockUntil !== undefined) {
    if (timeLockUntil !== null && !Number.isInteger(timeLockUntil)) {
      throw new SandboxError(400, '"timeLockUntil" must be seconds since 1970, or null');
    }
    limits.timeLockUntil = (timeLockUntil as number | null) ?? undefined;
  }
  if (newChats !== undefined) {
    if (typeof newChats !== 'string' || !CAPS.includes(newChats)) {
      throw new SandboxError(400, `"newChats" must be one of ${CAPS.join(', ')}`);
    }
    limits.cap = newChats;
  }
  limitsOf.set(account, limits);
  if (timeLockUntil !== undefined) {
    const data = { xwa2_notify_account_reachout_timelock: timeLockOf(account) };
    changes.push(['NotificationUserReachoutTimelockUpdate', data]);
  }
  if (newChats !== undefined) {
    const data = { xwa2_notify_new_chat_messages_capping_info_update: capOf(account) };
    changes.push(['MessageCappingInfoNotification', data]);
  }
  for (const [op_name, data] of changes) {
    const update = node('update', { op_name }, Buffer.from(JSON.stringify({ data })));
    network.notify(account, 's.whatsapp.net', 'mex', [update]);
  }
  return limits;
}

/** As the server answers and tells it. */
export function timeLockOf(account: Account) {
  const until = limitsOf.get(account)?.timeLockUntil;
  return {
    is_active: until !== undefined,
    time_enforcement_ends: String(until ?? 0),
    enforcement_type: 'DEFAULT',
  };
}

/** As the server answers and tells it. */
export function capOf(account: Account) {
  const cap = limitsOf.get(account)?.cap ?? 'NONE';
  return { capping_status: cap, used_quota: cap === 'NONE' ? 0 : 90, total_quota: 100 };
}
