import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import { awaitCode, CODE_WAIT_MS, type ConnectPorts } from './await-code.ts';

export interface QrCode {
  /** What the QR code says. */
  text: string;
  /** ISO 8601. */
  expiresAt: string;
  instance: Instance;
}

/**
 * The QR code to scan now. Has the session opened when nobody is opening it, and waits for the runner to show one.
 * @throws GatewayError INVALID_STATE when it is linked already; COMMAND_TIMEOUT when no code came in time
 */
export async function getQr(
  ports: ConnectPorts,
  principal: Principal,
  input: { instance: Instance; waitMs?: number },
): Promise<QrCode> {
  return awaitCode(ports, principal, input.instance, {}, input.waitMs ?? CODE_WAIT_MS, (instance) =>
    currentQr(instance, ports.clock()),
  );
}

/** The code that an instance shows at `nowMs`, if it shows one. */
export function currentQr(instance: Instance, nowMs: number): QrCode | undefined {
  const { qr } = instance.state;
  if (!qr || Date.parse(qr.expiresAt) <= nowMs) return undefined;
  return { text: qr.text, expiresAt: qr.expiresAt, instance };
}
