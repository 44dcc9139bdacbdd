import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntry } from './audit-entry.ts';
import { awaitCommand, errorOfCommand } from './await-command.ts';
import { currentQr, type QrCode } from './get-qr.ts';
import { submitCommand } from './submit-command.ts';
import { waitFor } from './wait.ts';

/**
 * Has the connection closed and opened again. For an instance that is not linked it waits up to `waitMs` for the QR
 * code of the new connection; a linked one is answered at once.
 */
export async function restartInstance(
  ports: Pick<Ports, 'instances' | 'commands' | 'bells' | 'policy' | 'log' | 'clock'>,
  principal: Principal,
  input: { instance: Instance; waitMs: number },
): Promise<{ instance: Instance; qr: QrCode | undefined }> {
  const { instance } = input;
  const audit = auditEntry(ports, principal, {
    action: 'RESTART_INSTANCE',
    target: { kind: 'instance', id: instance.id, name: instance.name },
  });
  const { command } = await submitCommand(ports, principal, {
    ...{ instance, operation: 'instance.restart', input: {}, audit, permission: 'instance:manage' },
  });
  if (instance.state.linked || input.waitMs === 0) return { instance, qr: undefined };

  const startMs = performance.now();
  const ended = await awaitCommand(ports, { command, waitMs: input.waitMs });
  const error = errorOfCommand(ended);
  if (error) throw error;
  let latest = instance;
  const qr = await waitFor(
    async () => {
      latest = (await ports.instances.get(instance.tenantId, instance.id)) ?? latest;
      const shown = currentQr(latest, ports.clock());
      return shown && shown.text !== instance.state.qr?.text ? shown : undefined;
    },
    input.waitMs - (performance.now() - startMs),
  );
  return { instance: latest, qr };
}
