import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntry } from './audit-entry.ts';
import { awaitCommand, errorOfCommand } from './await-command.ts';
import { submitCommand } from './submit-command.ts';

/**
 * Unlinks the instance from its phone and waits up to `waitMs` for it. `finished: false`: it will happen, but has not
 * yet.
 * @throws GatewayError the command's own error
 */
export async function logOutInstance(
  ports: Pick<Ports, 'instances' | 'commands' | 'bells' | 'policy' | 'log' | 'clock'>,
  principal: Principal,
  input: { instance: Instance; waitMs: number },
): Promise<{ instance: Instance; finished: boolean }> {
  const { instance } = input;
  const audit = auditEntry(ports, principal, {
    action: 'LOGOUT_INSTANCE',
    target: { kind: 'instance', id: instance.id, name: instance.name },
  });
  const { command } = await submitCommand(ports, principal, {
    ...{ instance, operation: 'instance.logout', input: {}, audit, permission: 'instance:manage' },
  });
  const ended = await awaitCommand(ports, { command, waitMs: input.waitMs });
  const error = errorOfCommand(ended);
  if (error) throw error;
  const latest = await ports.instances.get(instance.tenantId, instance.id);
  return { instance: latest ?? instance, finished: ended.state === 'done' };
}
