import type { Principal } from '../model/account.ts';
import type { Template } from '../model/template.ts';
import type { Page, Ports } from '../ports/index.ts';
import { requirePermission } from './access.ts';
import { type PageInput, readPage } from './read-page.ts';
import { findTemplate } from './template-access.ts';

/** The templates of the subscription, by name. @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR */
export function listTemplates(
  ports: Pick<Ports, 'templates'>,
  principal: Principal,
  page: PageInput,
): Promise<Page<Template>> {
  requirePermission(principal, 'message:send');
  return readPage((limit, cursor) => ports.templates.list(principal.tenantId, limit, cursor), page);
}

/** @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND */
export function getTemplate(ports: Pick<Ports, 'templates'>, principal: Principal, name: string): Promise<Template> {
  requirePermission(principal, 'message:send');
  return findTemplate(ports, principal, name);
}
