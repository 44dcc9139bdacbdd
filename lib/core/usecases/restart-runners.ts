import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { AuditEntry } from '../model/audit.ts';
import type { FleetControl, Ports } from '../ports/index.ts';
import { requireAdministrator } from './access.ts';
import { auditEntry } from './audit-entry.ts';

export type FleetControlPorts = Pick<Ports, 'hold' | 'scaler' | 'policy' | 'clock'>;

/**
 * Replaces every runner by a new one, and starts them where they were stopped. Sessions go from the old ones to the new
 * ones without logging out. Begun, not finished, when it resolves.
 * @throws GatewayError PERMISSION_DENIED for anybody but an administrator, and where `FLEET_CONTROL` is off: the runners
 *   carry the sessions of every subscription; NOT_IMPLEMENTED where nothing can start them
 */
export async function restartRunners(ports: FleetControlPorts, principal: Principal): Promise<void> {
  const { audit, scaler } = judgeControl(ports, principal, 'RESTART_RUNNERS');
  await ports.hold.setHeld(false, audit);
  await scaler.restart();
}

/** The record of what an administrator does to all runners. @throws GatewayError PERMISSION_DENIED */
export function judgeControl(
  ports: FleetControlPorts,
  principal: Principal,
  action: 'RESTART_RUNNERS' | 'STOP_RUNNERS',
): { audit: AuditEntry; scaler: FleetControl } {
  const { tenantId } = requireAdministrator(principal);
  if (!ports.policy.fleetControl) {
    throw new GatewayError('PERMISSION_DENIED', 'The runners of this gateway carry the sessions of others, too.');
  }
  const { scaler } = ports;
  if (!scaler) throw new GatewayError('NOT_IMPLEMENTED', 'This gateway cannot start or end its runners.');
  const target = { kind: 'subscription', id: tenantId, name: 'runners' } as const;
  return { audit: auditEntry(ports, principal, { action, target }), scaler };
}
