import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { AuditEntry } from '../model/audit.ts';
import type { FleetHold, FleetScaler, Ports } from '../ports/index.ts';
import { requireAdministrator } from './access.ts';
import { auditEntry } from './audit-entry.ts';

export type FleetControlPorts = Pick<Ports, 'policy' | 'clock'> & { hold: FleetHold; scaler: FleetScaler };

/**
 * Replaces every runner by a new one, and starts them where they were stopped. Sessions go from the old ones to the new
 * ones without logging out. Begun, not finished, when it resolves.
 * @throws GatewayError PERMISSION_DENIED for anybody but an administrator, and where `FLEET_CONTROL` is off: the runners
 *   carry the sessions of every subscription
 */
export async function restartRunners(ports: FleetControlPorts, principal: Principal): Promise<void> {
  await ports.hold.setHeld(false, judgeControl(ports, principal, 'RESTART_RUNNERS'));
  await ports.scaler.restart();
}

/** The record of what an administrator does to all runners. @throws GatewayError PERMISSION_DENIED */
export function judgeControl(
  ports: FleetControlPorts,
  principal: Principal,
  action: 'RESTART_RUNNERS' | 'STOP_RUNNERS',
): AuditEntry {
  const { tenantId } = requireAdministrator(principal);
  if (!ports.policy.fleetControl) {
    throw new GatewayError('PERMISSION_DENIED', 'The runners of this gateway carry the sessions of others, too.');
  }
  return auditEntry(ports, principal, { action, target: { kind: 'subscription', id: tenantId, name: 'runners' } });
}
