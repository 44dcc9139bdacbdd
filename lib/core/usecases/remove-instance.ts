import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntry } from './audit-entry.ts';
import { ringDeliveries } from './ring-deliveries.ts';
import { submitCommand } from './submit-command.ts';

/**
 * Deletes an instance. Name, keys, webhooks and its place in the subscription are free at once; unlinking the phone and deleting
 * the stored session follow by command. The command goes first: a failure in between leaves an instance that can be
 * deleted again, never a session that nobody can reach.
 */
export async function removeInstance(
  ports: Pick<
    Ports,
    'instances' | 'apiKeys' | 'webhooks' | 'deliveryQueue' | 'commands' | 'bells' | 'policy' | 'log' | 'clock'
  >,
  principal: Principal,
  input: { instance: Instance },
): Promise<void> {
  const { instance } = input;
  const audit = auditEntry(ports, principal, {
    action: 'DELETE_INSTANCE',
    target: { kind: 'instance', id: instance.id, name: instance.name },
    before: { name: instance.name, phone: instance.state.phone, createdById: instance.createdById },
  });
  await submitCommand(ports, principal, {
    instance,
    operation: 'instance.remove',
    input: {},
    permission: 'instance:manage',
  });
  await ports.apiKeys.removeAll(instance.tenantId, instance.id);
  const webhooks = await ports.webhooks.removeAll(instance.tenantId, instance.id);
  for (const webhook of webhooks) await ringDeliveries(ports, webhook);
  await ports.instances.remove(instance.tenantId, instance.id, audit);
}
