import type { Principal } from '../model/account.ts';
import { type FleetControlPorts, judgeControl } from './restart-runners.ts';

/**
 * Ends every runner, until `restartRunners`: sessions close without logging out, and what is accepted meanwhile waits.
 * @throws GatewayError PERMISSION_DENIED as `restartRunners`
 */
export async function stopRunners(ports: FleetControlPorts, principal: Principal): Promise<void> {
  const { audit, scaler } = judgeControl(ports, principal, 'STOP_RUNNERS');
  // First, or the reconciler would start them again.
  await ports.hold.setHeld(true, audit);
  await scaler.setDesired(0);
}
