import type { z } from 'zod';
import { GatewayError } from '../errors.ts';

const MAX_ISSUES = 20;

/**
 * Parses what a caller gave.
 * @param part said in front of the path of an issue: `query`, `params`; empty for a body
 * @throws GatewayError VALIDATION_ERROR that names each field and what is wrong with it, never its value
 */
export function parseInput<T>(schema: z.ZodType<T>, value: unknown, part = ''): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.slice(0, MAX_ISSUES).map((issue) => ({
    path: [...(part ? [part] : []), ...issue.path].map(String).join('.'),
    message: issue.message,
  }));
  const first = details[0];
  const message = first?.path ? `${first.path}: ${first.message}` : first?.message;
  throw new GatewayError('VALIDATION_ERROR', message, { details });
}
