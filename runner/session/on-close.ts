import type { InstanceStatus } from '../../lib/core/model/instance.ts';

/** What is known when a socket has closed. */
export interface CloseCause {
  /** `lastDisconnect.error.output.statusCode`, an HTTP status of the upgrade, or undefined when there was none. */
  code: number | undefined;
  /** Seconds that WhatsApp asked to wait (temporary ban), where it did. */
  retryAfterSeconds?: number;
}

export interface ClosedSession {
  /** Credentials carry an account: the phone has linked us. */
  linked: boolean;
  /** Failed attempts in a row before this one. */
  attempts: number;
  /** 440s in a row while the session was still ours. */
  conflicts: number;
  autoReconnect: boolean;
}

export type CloseVerdict =
  | { do: 'reconnect'; afterMs: number; status: InstanceStatus; error: string | null }
  | { do: 'stop'; status: InstanceStatus; forgetKeys: boolean; error: string };

/** Waits after a 440 that is not ours to explain: another process holds the same keys. */
const CONFLICT_WAITS_MS = [30_000, 60_000, 120_000];
/** An unlinked socket that cannot reach WhatsApp gives up soon: somebody is looking at the screen. */
const PAIRING_ATTEMPTS = 4;
const BROKEN_SESSION_ATTEMPTS = 3;
const HOUR_MS = 3_600_000;

/**
 * The table of everything that can end a connection. Pure: `random` is a number in [0, 1).
 *
 *   515 restart required      new socket at once, same credentials      428 503 network    back-off with jitter
 *   408 while pairing         nobody scanned: stop                      408 otherwise      back-off (keepalive, DNS …)
 *   401 411 unlinked          stop, keys are worthless                  403 406 banned     stop
 *   402 temporary ban         wait as told, or an hour                  405 outdated       stop, needs an update
 *   440 replaced              30, 60, 120 s, then stop                  500 bad session    three tries, then stop
 */
export function onClose(cause: CloseCause, session: ClosedSession, random: number): CloseVerdict {
  const { code } = cause;
  const status: InstanceStatus = session.linked ? 'RECONNECTING' : 'CONNECTING';
  const backOff = (error: string): CloseVerdict => {
    if (!session.linked && session.attempts + 1 >= PAIRING_ATTEMPTS) return stop('DISCONNECTED', error);
    if (session.linked && !session.autoReconnect) return stop('DISCONNECTED', error);
    return { do: 'reconnect', afterMs: backOffMs(session.attempts, random), status, error };
  };
  switch (code) {
    case 515:
      return { do: 'reconnect', afterMs: 0, status, error: null };
    case 401:
      return stop('LOGGED_OUT', 'The phone has unlinked this session.', true);
    case 411:
      return stop('LOGGED_OUT', 'WhatsApp asks for the session to be linked again.', true);
    case 403:
    case 406:
      return stop('BANNED', 'WhatsApp has blocked this account.');
    case 402: {
      const afterMs = cause.retryAfterSeconds ? cause.retryAfterSeconds * 1000 : HOUR_MS;
      return { do: 'reconnect', afterMs, status, error: 'WhatsApp has banned this account for a time.' };
    }
    case 405:
      return stop('ERROR', 'WhatsApp refuses this client version: the gateway needs an update.');
    case 408:
      if (!session.linked) return stop('DISCONNECTED', 'Nobody scanned the code in time.');
      return backOff('The connection went silent.');
    case 440: {
      const afterMs = CONFLICT_WAITS_MS[session.conflicts];
      if (afterMs === undefined) return stop('CONFLICT', 'Another process is using this session.');
      return { do: 'reconnect', afterMs, status, error: 'Another connection has replaced this one.' };
    }
    case 500:
      if (session.attempts >= BROKEN_SESSION_ATTEMPTS) return stop('ERROR', 'WhatsApp keeps refusing this session.');
      return backOff('WhatsApp reported a broken session.');
    default:
      return backOff(code === undefined ? 'The connection failed.' : `The connection was closed (${code}).`);
  }
}

function stop(status: InstanceStatus, error: string, forgetKeys = false): CloseVerdict {
  return { do: 'stop', status, forgetKeys, error };
}

/** 0.5–1 s, then doubling to at most a minute, each with jitter over its upper half. */
function backOffMs(attempts: number, random: number): number {
  const ceiling = Math.min(60_000, 1000 * 2 ** Math.min(attempts, 10));
  return Math.round(ceiling * (0.5 + random / 2));
}

/** What Baileys' error says of why it closed. */
export function causeOf(error: unknown): CloseCause {
  const boom = error as { output?: { statusCode?: number }; data?: { attrs?: { expire?: string }; expire?: string } };
  const expire = Number(boom?.data?.attrs?.expire ?? boom?.data?.expire);
  const code = boom?.output?.statusCode;
  return { code, ...(Number.isFinite(expire) && expire > 0 ? { retryAfterSeconds: expire } : {}) };
}
