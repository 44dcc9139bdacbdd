import type { MessageBody } from '../catalogue/message-types.ts';
import { notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import { fillIn, type Template } from '../model/template.ts';
import type { Ports } from '../ports/index.ts';
import { requirePermission } from './access.ts';
import { draftOf, faulty } from './message-draft.ts';
import { submitWithMedia } from './send-media.ts';
import type { SubmitCommandInput, SubmittedCommand } from './submit-command.ts';

export interface SendTemplateInput {
  instance: Instance;
  template: Template | undefined;
  variables: Record<string, string | number | boolean>;
  /** `to`, and what any message may have beside its content. */
  fields: Record<string, unknown> & { to: string };
  idempotency: SubmitCommandInput['idempotency'];
}

/**
 * Accepts the message of a template, filled in.
 * @throws GatewayError RESOURCE_NOT_FOUND for no template; VALIDATION_ERROR that names every variable which is missing;
 *   what `submitWithMedia` throws
 */
export async function sendTemplate(
  ports: Pick<Ports, 'commands' | 'bells' | 'media' | 'policy' | 'log' | 'clock'>,
  principal: Principal,
  { instance, template, variables, fields, idempotency }: SendTemplateInput,
): Promise<SubmittedCommand> {
  requirePermission(principal, 'message:send');
  if (!template) throw notFound('template');
  const { operation, input } = draftOf(template.message as MessageBody);
  const texts = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
  const { filled, missing } = fillIn(input, texts);
  if (missing.length > 0) throw faulty(missing.map((name) => ({ path: `variables.${name}`, message: 'is missing' })));
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  return submitWithMedia(ports, principal, {
    ...{ instance, operation, idempotency: idempotency ?? null },
    input: { ...filled, ...given },
  });
}
