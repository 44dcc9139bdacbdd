import * as z from 'zod';
import type { Subscription } from '../../lib/core/model/account.ts';
import type { Ports } from '../../lib/core/ports/index.ts';
import { findSubscription } from '../../lib/core/usecases/find-subscription.ts';
import { parseInput } from '../../lib/core/usecases/parse-input.ts';
import { resetPassword } from '../../lib/core/usecases/reset-password.ts';
import { setMessageQuota } from '../../lib/core/usecases/set-message-quota.ts';
import { setTier } from '../../lib/core/usecases/set-tier.ts';
import { deadLettersCommand, runDeadLetters } from './dead-letters.ts';

const subscription = z
  .string()
  .trim()
  .min(1)
  .max(254)
  .meta({ description: 'Id of a subscription, or the e-mail address of one of its users' });

/** What an operator of the gateway may ask, on the command line as well as of the Lambda. */
export const adminCommand = z.discriminatedUnion('command', [
  z.strictObject({ command: z.literal('show'), subscription }),
  z.strictObject({ command: z.literal('tier'), subscription, tier: z.enum(['BASIC', 'PRO', 'MAX']) }),
  z.strictObject({
    command: z.literal('quota'),
    subscription,
    /** Messages a calendar month; `none` for any number. */
    monthlyMessages: z.union([
      z.literal('none').transform(() => null),
      z.coerce.number().int('must be a whole number or none').min(1).max(1_000_000_000),
    ]),
  }),
  z.strictObject({ command: z.literal('reset-password'), email: z.string().trim().min(1).max(254) }),
  deadLettersCommand,
]);

export type AdminPorts = Pick<Ports, 'accounts' | 'passwords' | 'policy' | 'deadLetters' | 'clock'>;

/**
 * Runs an operator's command. Whoever may call this is trusted by other means: access to the data directory, or IAM.
 * @throws GatewayError VALIDATION_ERROR for anything that is not one; RESOURCE_NOT_FOUND
 */
export async function runAdminCommand(ports: AdminPorts, payload: unknown): Promise<object> {
  const command = parseInput(adminCommand, payload);
  switch (command.command) {
    case 'show':
      return subscriptionFacts(await findSubscription(ports, command));
    case 'tier':
      return subscriptionFacts(await setTier(ports, command));
    case 'quota':
      return subscriptionFacts(await setMessageQuota(ports, command));
    case 'dead-letters':
      return runDeadLetters(ports, command);
    case 'reset-password': {
      const { user, temporaryPassword } = await resetPassword(ports, command);
      return { userId: user.id, email: user.email, temporaryPassword };
    }
  }
}

function subscriptionFacts(subscription: Subscription): object {
  const { id, name, tier, maxInstances, currentInstances, monthlyMessageQuota, createdAt } = subscription;
  return { id, name, tier, maxInstances, currentInstances, monthlyMessageQuota, createdAt };
}
