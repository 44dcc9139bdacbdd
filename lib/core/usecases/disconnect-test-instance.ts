import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { linkedPhone, testNetworkOf } from './test-access.ts';

/**
 * WhatsApp closes the connection of a test instance with a status code.
 * @throws GatewayError PERMISSION_DENIED for a live instance; INSTANCE_NOT_CONNECTED
 */
export async function disconnectTestInstance(
  ports: Pick<Ports, 'testNetwork'>,
  principal: Principal,
  input: { instance: Instance; code: number },
): Promise<void> {
  const network = testNetworkOf(ports, principal, input.instance);
  await network.disconnect(linkedPhone(input.instance), input.code);
}
