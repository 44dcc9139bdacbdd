import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { getQr } from './get-qr.ts';
import { testNetworkOf } from './test-access.ts';

/**
 * Links a test instance: the simulated phone of that number (a new one when absent) types the pairing code that the
 * instance shows, or scans its QR code. Has a QR shown when there is none.
 * @returns the digits of the phone
 * @throws GatewayError PERMISSION_DENIED for a live instance; INVALID_STATE when it is linked already
 */
export async function scanTestCode(
  ports: Pick<Ports, 'instances' | 'commands' | 'bells' | 'log' | 'clock' | 'testNetwork'>,
  principal: Principal,
  input: { instance: Instance; phone?: string | undefined },
): Promise<{ phone: string }> {
  const network = testNetworkOf(ports, principal, input.instance);
  const pairing = input.instance.state.pairingCode;
  const pairingIsShown = pairing !== null && Date.parse(pairing.expiresAt) > ports.clock();
  if (pairingIsShown && !input.instance.state.linked && (input.phone ?? pairing.phone) === pairing.phone) {
    return network.enterPairingCode(pairing.phone, pairing.code);
  }
  const qr = await getQr(ports, principal, { instance: input.instance });
  return network.scan(qr.text, input.phone);
}
