import * as z from 'zod';
import { ERROR_CODES, type GatewayError } from '../../../lib/core/errors.ts';
import { BURST_FACTOR, type RateAnswer } from '../../../lib/core/usecases/limit-rate.ts';
import type { Schema } from '../../docs/schema.ts';
import type { AnswerContext, Result } from '../dialect.ts';
import { scopeFor } from './scopes.ts';

/** A good answer of document D: `{success, data, …}`. */
export function ok(fields: Record<string, unknown>): Result {
  return { data: { success: true, ...fields } };
}

export function answer(fields: z.ZodRawShape): z.ZodType {
  return z.object({ success: z.literal(true), ...fields });
}

export const page = z.coerce.number().int().min(1).max(100_000).default(1);
export const limit = z.coerce.number().int().min(1).max(100).default(50);

export const pagination = z.object({
  page: z.number().int(),
  limit: z.number().int(),
  total: z.number().int().meta({ description: 'At least so many; exact on the last page' }),
  pages: z.number().int().meta({ description: 'At least so many; exact on the last page' }),
  totalPages: z.number().int(),
  has_more: z.boolean(),
});

export function paginationOf(query: { page: number; limit: number }, count: number, hasMore: boolean) {
  const total = (query.page - 1) * query.limit + count + (hasMore ? 1 : 0);
  const pages = query.page + (hasMore ? 1 : 0);
  return { page: query.page, limit: query.limit, total, pages, totalPages: pages, has_more: hasMore };
}

const KEY_FORM = /^(wf_(live|test)_[0-9a-f]{64}|[A-Za-z0-9]{1,10}_[0-9A-Za-z]{40})$/;

/** Document D's name of an error. */
function titleOf(error: GatewayError, { credential }: AnswerContext): string {
  if (error.code === 'AUTHENTICATION_ERROR') {
    if (credential === undefined) return 'No API key provided';
    return KEY_FORM.test(credential) ? 'Invalid API key' : 'Invalid API key format';
  }
  if (error.code === 'PERMISSION_DENIED') return 'Insufficient permissions';
  if (error.code === 'RATE_LIMIT_EXCEEDED') return 'Rate limit exceeded';
  if (error.code === 'RESOURCE_NOT_FOUND') return error.message.replace(/^There is no such (.*)\.$/, notFoundTitle);
  if (error.code === 'VALIDATION_ERROR') return lacksField(error) ? 'Missing required fields' : 'Validation failed';
  if (error.code === 'MESSAGE_SEND_FAILED' || error.code === 'INSTANCE_NOT_CONNECTED') return 'Failed to send message';
  return ERROR_CODES[error.code].title;
}

/** zod says of a field that is not there what it received: nothing. */
function lacksField({ details }: GatewayError): boolean {
  return Array.isArray(details) && details.some(({ message }) => /received undefined$/.test(String(message)));
}

function notFoundTitle(_all: string, kind: string): string {
  return `${kind.charAt(0).toUpperCase()}${kind.slice(1)} not found`;
}

export function fail(error: GatewayError, context: AnswerContext): object {
  const scope = error.permission === undefined ? undefined : scopeFor(error.permission);
  return {
    success: false,
    error: titleOf(error, context),
    message: error.message,
    code: error.code,
    ...(scope !== undefined && { requiredScopes: [scope] }),
    ...(error.retryAfterSeconds !== undefined && { retryAfter: error.retryAfterSeconds }),
    ...(error.code === 'VALIDATION_ERROR' && error.details !== undefined && { details: error.details }),
  };
}

export const ERROR: Schema = {
  type: 'object',
  properties: {
    success: { const: false },
    error: { type: 'string' },
    message: { type: 'string', description: 'For people' },
    code: { type: 'string', enum: Object.keys(ERROR_CODES) },
    requiredScopes: { type: 'array', items: { type: 'string' }, description: 'What the key lacks' },
    retryAfter: { type: 'integer', minimum: 0, description: 'Seconds after which a retry may work' },
    details: { description: '`{path, message}` of every field that is wrong' },
  },
  required: ['success', 'error', 'message', 'code'],
  additionalProperties: false,
};

/** Requests a minute, of which a fifth more may come in a burst; `Reset` in epoch seconds. */
export function rateHeaders({ limit: burst, remaining, resetAtMs, class: name }: RateAnswer): Record<string, string> {
  const perMinute = Math.floor(burst / BURST_FACTOR);
  return name !== 'messages'
    ? {}
    : {
        'X-RateLimit-Limit': String(perMinute),
        'X-RateLimit-Remaining': String(Math.min(perMinute, remaining)),
        'X-RateLimit-Reset': String(Math.ceil(resetAtMs / 1000)),
        'RateLimit-Policy': `"${name}";q=${perMinute};w=60`,
      };
}
