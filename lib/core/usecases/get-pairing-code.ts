import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import { awaitCode, CODE_WAIT_MS, type ConnectPorts } from './await-code.ts';

export interface PairingCode {
  code: string;
  /** Digits. */
  phone: string;
  /** ISO 8601. */
  expiresAt: string;
  instance: Instance;
}

/**
 * A pairing code to type into the phone of that number, as the alternative to the QR code.
 * @throws GatewayError INVALID_PHONE_NUMBER; INVALID_STATE when it is linked already; COMMAND_TIMEOUT
 */
export async function getPairingCode(
  ports: ConnectPorts,
  principal: Principal,
  input: { instance: Instance; phone: string; waitMs?: number },
): Promise<PairingCode> {
  const request = { pairWithPhone: input.phone };
  return awaitCode(ports, principal, input.instance, request, input.waitMs ?? CODE_WAIT_MS, (instance) => {
    const current = instance.state.pairingCode;
    if (current?.phone !== input.phone || Date.parse(current.expiresAt) <= ports.clock()) return undefined;
    return { ...current, instance };
  });
}
