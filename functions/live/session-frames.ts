import type { Instance } from '../../lib/core/model/instance.ts';
import type { RecordedEvent } from '../../lib/core/ports/events.ts';
import { currentQr } from '../../lib/core/usecases/get-qr.ts';

/** What document B's WebSocket says: `{type: 'qr' | 'success' | 'error' | 'event' | 'pong', …}`. */
export type SessionFrame = { type: string } & Record<string, unknown>;

/** Nobody scans for longer. */
export const MAX_OPEN_MS = 10 * 60_000;
export const MAX_SESSION_SOCKETS_OF_USER = 20;

export const PONG: SessionFrame = { type: 'pong' };
export const TIMED_OUT: SessionFrame = { type: 'event', event: 'timeout', message: 'QR timeout' };

/** Whether the session is to be opened for whoever begins to watch it. */
export function needsOpening({ state }: Instance): boolean {
  return !state.linked || state.status !== 'CONNECTED';
}

/** What is told first; undefined: nothing, the code is still to come. */
export function firstFrame(instance: Instance, nowMs: number): SessionFrame | undefined {
  if (!needsOpening(instance)) return { type: 'success', message: 'Already logged in' };
  const shown = currentQr(instance, nowMs);
  return shown && codeFrame(shown.text, shown.expiresAt, nowMs);
}

/** What is told of an event; undefined: nothing. */
export function frameOf({ type, data }: RecordedEvent, nowMs: number): SessionFrame | undefined {
  if (type === 'instance.qr') {
    const { qr, expiresAt } = data as { qr: string; expiresAt: string };
    return codeFrame(qr, expiresAt, nowMs);
  }
  if (type === 'instance.connected') return { type: 'success', message: 'Login successful' };
  if (type === 'instance.logged_out' || type === 'instance.error' || type === 'instance.conflict') {
    return errorFrame((data as { reason: string | null }).reason ?? 'The session has stopped.');
  }
  if (type === 'instance.disconnected') return { type: 'event', event: 'disconnected', message: 'Disconnected' };
  return undefined;
}

export function errorFrame(message: string): SessionFrame {
  return { type: 'error', error: message, data: { error: message } };
}

/** `timeout`: seconds for which the code is good. */
function codeFrame(qr: string, expiresAt: string, nowMs: number): SessionFrame {
  return { type: 'qr', data: { qr, timeout: Math.max(0, Math.ceil((Date.parse(expiresAt) - nowMs) / 1000)) } };
}
