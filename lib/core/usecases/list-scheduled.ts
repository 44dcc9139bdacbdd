import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import type { Page, Ports, ScheduledCommand } from '../ports/index.ts';
import { requirePermission, requireReach } from './access.ts';
import { type PageInput, readPage } from './read-page.ts';

/** What an instance is to send later, soonest first. @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR */
export function listScheduled(
  ports: Pick<Ports, 'schedule'>,
  principal: Principal,
  { instance, ...page }: PageInput & { instance: Instance },
): Promise<Page<ScheduledCommand>> {
  requirePermission(principal, 'message:read');
  requireReach(principal, instance);
  return readPage((limit, cursor) => ports.schedule.list(instance.id, limit, cursor), page);
}
