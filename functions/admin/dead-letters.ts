import * as z from 'zod';
import { GatewayError, notFound } from '../../lib/core/errors.ts';
import type { Ports } from '../../lib/core/ports/index.ts';

const MAX_LISTED = 100;
const MAX_MOVED = 10_000;

export const deadLettersCommand = z.strictObject({
  command: z.literal('dead-letters'),
  action: z.enum(['list', 'redrive']),
  queue: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,60}$/)
    .optional()
    .meta({ description: 'Name of a queue as `list` without one shows it, such as intake' }),
});

/**
 * What could not be done, queue by queue; up to a hundred of one; or all of one put back. Bodies are not shown.
 * @throws GatewayError VALIDATION_ERROR, RESOURCE_NOT_FOUND
 */
export async function runDeadLetters(
  { deadLetters }: Pick<Ports, 'deadLetters'>,
  { action, queue }: z.output<typeof deadLettersCommand>,
): Promise<object> {
  if (queue === undefined) {
    if (action === 'list') return { queues: await deadLetters.queues() };
    throw new GatewayError('VALIDATION_ERROR', 'queue: say which one.');
  }
  if (action === 'list') {
    const listed = await deadLetters.list(queue, MAX_LISTED);
    if (!listed) throw notFound('queue');
    return { queue, deadLetters: listed };
  }
  const moved = await deadLetters.redrive(queue, MAX_MOVED);
  if (moved === undefined) throw notFound('queue');
  return { queue, moved };
}
