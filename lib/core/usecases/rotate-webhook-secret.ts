import type { Principal } from '../model/account.ts';
import { secretContext, type Webhook } from '../model/webhook.ts';
import { newWebhookSecret } from '../model/webhook-signature.ts';
import type { Ports } from '../ports/index.ts';
import { auditEntry } from './audit-entry.ts';
import { auditTarget, changeWebhook, type WebhookTarget } from './webhook-access.ts';

/** How long the secret before a rotation signs along. */
const OVERLAP_MS = 24 * 3_600_000;

/**
 * Gives an endpoint a new secret; for 24 h its calls carry a signature by the old one too. Returns the new one: it is
 * shown here and nowhere else.
 * @throws GatewayError as `findWebhook`
 */
export async function rotateWebhookSecret(
  ports: Pick<Ports, 'webhooks' | 'instances' | 'seal' | 'policy' | 'clock'>,
  principal: Principal,
  input: { target: WebhookTarget; secret?: string | undefined },
): Promise<{ webhook: Webhook; secret: string }> {
  const secret = input.secret ?? newWebhookSecret();
  return changeWebhook(ports, principal, input.target, async ({ webhook }) => {
    const until = new Date(ports.clock() + OVERLAP_MS).toISOString();
    const changes = {
      secret: ports.seal.seal(secret, secretContext(webhook)),
      previous: { secret: webhook.secret, until },
    };
    const audit = auditEntry(ports, principal, {
      ...{ action: 'UPDATE_WEBHOOK', target: auditTarget(webhook) },
      after: { secretReplaced: true, oldSecretUntil: until },
    });
    const written = await ports.webhooks.update(webhook, changes, audit);
    return { written, result: { webhook: { ...webhook, ...changes }, secret } };
  });
}
