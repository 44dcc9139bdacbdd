import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports, TestNetwork } from '../ports/index.ts';
import { requireReach, requireUser } from './access.ts';

/** @throws GatewayError PERMISSION_DENIED for a live instance; NOT_IMPLEMENTED without a sandbox */
export function testNetworkOf(
  ports: Pick<Ports, 'testNetwork'>,
  principal: Principal,
  instance: Instance,
): TestNetwork {
  requireUser(principal);
  requireReach(principal, instance);
  if (instance.environment !== 'test') {
    throw new GatewayError('PERMISSION_DENIED', 'Test helpers work on test instances only; this one is live.');
  }
  if (!ports.testNetwork) throw new GatewayError('NOT_IMPLEMENTED', 'This gateway has no sandbox network.');
  return ports.testNetwork;
}

/** Digits of the linked number. @throws GatewayError INSTANCE_NOT_CONNECTED */
export function linkedPhone(instance: Instance): string {
  const { linked, phone } = instance.state;
  if (!linked || phone === null) throw new GatewayError('INSTANCE_NOT_CONNECTED');
  return phone;
}
