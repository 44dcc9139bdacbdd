import type { MessageBody } from '../catalogue/message-types.ts';
import { GatewayError, notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { MAX_BULK_MESSAGE_BYTES } from '../model/bulk.ts';
import { hasVariables, type Template, variablesOf } from '../model/template.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntry } from './audit-entry.ts';
import { draftOf, faulty } from './message-draft.ts';
import { findTemplate, requireTemplateWriter } from './template-access.ts';

type WritePorts = Pick<Ports, 'templates' | 'policy' | 'clock'>;

export interface TemplateInput {
  name: string;
  message: MessageBody;
}

/** @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR; RESOURCE_ALREADY_EXISTS */
export async function createTemplate(
  ports: WritePorts,
  principal: Principal,
  { name, message }: TemplateInput,
): Promise<Template> {
  requireTemplateWriter(principal);
  requireKeepable(message);
  const nowMs = ports.clock();
  const template = { tenantId: principal.tenantId, name, message, createdAtMs: nowMs, updatedAtMs: nowMs };
  const audit = auditEntry(ports, principal, {
    ...{ action: 'CREATE_TEMPLATE', target: targetOf(template), after: shapeOf(template) },
  });
  if (!(await ports.templates.create(template, audit))) throw new GatewayError('RESOURCE_ALREADY_EXISTS');
  return template;
}

/** @throws GatewayError PERMISSION_DENIED; VALIDATION_ERROR; RESOURCE_NOT_FOUND */
export async function updateTemplate(
  ports: WritePorts,
  principal: Principal,
  { name, message }: TemplateInput,
): Promise<Template> {
  requireTemplateWriter(principal);
  requireKeepable(message);
  const found = await findTemplate(ports, principal, name);
  const template = { ...found, message, updatedAtMs: ports.clock() };
  const audit = auditEntry(ports, principal, {
    ...{ action: 'UPDATE_TEMPLATE', target: targetOf(found), before: shapeOf(found), after: shapeOf(template) },
  });
  if (!(await ports.templates.replace(template, audit))) throw notFound('template');
  return template;
}

/** @throws GatewayError PERMISSION_DENIED; RESOURCE_NOT_FOUND */
export async function removeTemplate(ports: WritePorts, principal: Principal, name: string): Promise<void> {
  requireTemplateWriter(principal);
  const found = await findTemplate(ports, principal, name);
  const audit = auditEntry(ports, principal, {
    ...{ action: 'DELETE_TEMPLATE', target: targetOf(found), before: shapeOf(found) },
  });
  if (!(await ports.templates.remove(principal.tenantId, found.name, audit))) throw notFound('template');
}

const targetOf = ({ name }: Template) => ({ kind: 'template', id: name, name }) as const;

/** What the record says of a template: its words may be longer than a row. */
const shapeOf = ({ message }: Template) => ({ type: message.type, variables: variablesOf(message) });

/** Files of requests and uploads are kept for two days, a template for good. */
function requireKeepable(message: MessageBody): void {
  const { input } = draftOf(message);
  const { media, items = [] } = input as { media?: unknown; items?: { media?: unknown }[] };
  for (const file of [media, ...items.map((item) => item.media)]) {
    const { url } = (file ?? {}) as { url?: string };
    const isAddress = url !== undefined && (/^https?:/i.test(url) || hasVariables(url));
    if (file !== undefined && !isAddress) {
      throw faulty([{ path: 'message', message: 'a template names its file by https URL' }]);
    }
  }
  if (Buffer.byteLength(JSON.stringify(message)) > MAX_BULK_MESSAGE_BYTES) {
    throw faulty([{ path: 'message', message: 'is too large' }]);
  }
}
