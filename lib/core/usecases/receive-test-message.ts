import type { Principal } from '../model/account.ts';
import { publicMessageId } from '../model/ids.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { linkedPhone, testNetworkOf } from './test-access.ts';

/**
 * The simulated phone `from` writes to a test instance.
 * @throws GatewayError PERMISSION_DENIED for a live instance; INSTANCE_NOT_CONNECTED
 */
export async function receiveTestMessage(
  ports: Pick<Ports, 'testNetwork'>,
  principal: Principal,
  input: { instance: Instance; from: string; text: string },
): Promise<{ messageId: string }> {
  const network = testNetworkOf(ports, principal, input.instance);
  const { id } = await network.incoming(linkedPhone(input.instance), input.from, input.text);
  return { messageId: publicMessageId(id) };
}
