import type { IntakeMessage } from '../catalogue/intake.ts';
import { GatewayError } from '../errors.ts';
import type { Instance } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { authenticate, readCredential } from './authenticate.ts';
import { limitRate, rateLimitExceeded } from './limit-rate.ts';
import { resolveInstance } from './resolve-instance.ts';
import type { SubmittedCommand } from './submit-command.ts';
import { submitOperation } from './submit-operation.ts';

export type SubmitIntakePorts = Pick<
  Ports,
  | 'accessTokens'
  | 'accounts'
  | 'apiKeys'
  | 'rateLimits'
  | 'instances'
  | 'messages'
  | 'commands'
  | 'bells'
  | 'media'
  | 'policy'
  | 'apiCalls'
  | 'log'
  | 'clock'
>;

export interface SubmitIntakeInput {
  message: Omit<IntakeMessage, 'idempotencyKey' | 'replyTo'>;
  idempotencyKey: string;
  /** Of everything that makes two messages the same. */
  fingerprint: string;
}

/**
 * Accepts what a queue message asks for, judged in the order and by the rules of the HTTP API: credential, quota,
 * instance, fields, permission. A key that is bound to addresses is refused: a message has none. Idempotency keys are
 * shared with the HTTP API, so one that was used there for something else is refused.
 * @throws GatewayError as the same call by HTTP
 */
export async function submitIntake(
  ports: SubmitIntakePorts,
  { message, idempotencyKey, fingerprint }: SubmitIntakeInput,
): Promise<SubmittedCommand & { instance: Instance }> {
  const presented = await readCredential(ports, message.apiKey);
  if (presented.kind !== 'key') throw new GatewayError('PERMISSION_DENIED', 'This needs an API key.');
  const principal = await authenticate(ports, presented, { address: null, userAgent: 'sqs' });
  if (principal.kind !== 'key') throw new GatewayError('PERMISSION_DENIED', 'This needs an API key.');
  const { tenantId, instanceId, keyId } = principal;
  let instance: Instance | undefined;
  try {
    ports.apiKeys.noteUse(tenantId, instanceId, keyId).catch((err: unknown) => {
      ports.log.warn({ err, keyId }, 'the use of a key was not noted');
    });
    const rate = await limitRate(ports, principal, false);
    if (rate && !rate.allowed) throw rateLimitExceeded(rate);
    instance = await resolveInstance(ports, principal, {
      by: 'own',
      ...(message.instanceName === undefined ? {} : { name: message.instanceName }),
      ...(message.instanceId === undefined ? {} : { id: message.instanceId }),
    });
    const submitted = await submitOperation(ports, principal, {
      ...{ instance, operation: message.operation, input: message.input },
      idempotency: { key: `${instanceId ?? 'account'}|${idempotencyKey}`, fingerprint },
    });
    return { ...submitted, instance };
  } finally {
    ports.apiCalls.count(tenantId, { instanceId: instance?.id ?? instanceId ?? undefined });
  }
}
