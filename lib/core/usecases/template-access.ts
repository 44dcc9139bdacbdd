import { templateName } from '../catalogue/message-types.ts';
import { GatewayError, notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Template } from '../model/template.ts';
import type { Ports } from '../ports/index.ts';
import { reachesAccount, requirePermission } from './access.ts';

/**
 * Templates are the subscription's: its users write them, and keys of the whole account. A key of one instance, or of
 * the test environment, uses them, but does not change what others send.
 * @throws GatewayError PERMISSION_DENIED
 */
export function requireTemplateWriter(principal: Principal): void {
  requirePermission(principal, 'message:send');
  if (principal.kind === 'user') return;
  if (!reachesAccount(principal) || principal.environment !== null) {
    throw new GatewayError('PERMISSION_DENIED', 'This needs an API key of the whole account.');
  }
}

/** @throws GatewayError RESOURCE_NOT_FOUND */
export async function findTemplate(
  ports: Pick<Ports, 'templates'>,
  { tenantId }: Pick<Principal, 'tenantId'>,
  name: string,
): Promise<Template> {
  const template = await readTemplate(ports, tenantId, name);
  if (!template) throw notFound('template');
  return template;
}

/** One round trip, and none for what cannot be a name. */
export async function readTemplate(
  { templates }: Pick<Ports, 'templates'>,
  tenantId: string,
  name: unknown,
): Promise<Template | undefined> {
  const parsed = templateName.safeParse(name);
  return parsed.success ? templates.get(tenantId, parsed.data) : undefined;
}
