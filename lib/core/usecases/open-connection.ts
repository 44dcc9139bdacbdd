import type { Principal } from '../model/account.ts';
import type { AuditAction } from '../model/audit.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntry } from './audit-entry.ts';
import { awaitCommand, errorOfCommand } from './await-command.ts';
import { submitCommand } from './submit-command.ts';

type OpenPorts = Pick<Ports, 'commands' | 'bells' | 'log' | 'clock'>;

/** Has the session opened; one that is not linked then shows a QR code. Begun, not finished, when it resolves. */
export async function openConnection(
  ports: OpenPorts,
  principal: Principal,
  { instance }: { instance: Instance },
): Promise<void> {
  const command = { instance, operation: 'instance.connect', input: {}, permission: 'instance:manage' } as const;
  await submitCommand(ports, principal, command);
}

/**
 * Closes the connection without logging out, and waits up to `waitMs` for it; nothing opens it until somebody asks.
 * @throws GatewayError the command's own error
 */
export async function closeConnection(
  ports: OpenPorts & Pick<Ports, 'policy'>,
  principal: Principal,
  { instance, waitMs }: { instance: Instance; waitMs: number },
): Promise<{ finished: boolean }> {
  const audit = auditEntry(ports, principal, {
    action: 'DISCONNECT_INSTANCE' satisfies AuditAction,
    target: { kind: 'instance', id: instance.id, name: instance.name },
  });
  const { command } = await submitCommand(ports, principal, {
    ...{ instance, operation: 'instance.disconnect', input: {}, audit, permission: 'instance:manage' },
  });
  const ended = await awaitCommand(ports, { command, waitMs });
  const error = errorOfCommand(ended);
  if (error) throw error;
  return { finished: ended.state === 'done' };
}
