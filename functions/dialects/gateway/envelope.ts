import * as z from 'zod';
import { ERROR_CODES, type GatewayError } from '../../../lib/core/errors.ts';
import type { RateAnswer } from '../../../lib/core/usecases/limit-rate.ts';
import type { Schema } from '../../docs/schema.ts';
import type { AnswerContext, Result } from '../dialect.ts';

/** A good answer of document C: `{success, data, message, …}`; what is undefined is left out. */
export function ok(fields: { data?: unknown; message?: string } & Record<string, unknown>): Result {
  return { data: { success: true, ...fields } };
}

/** The schema of such an answer. */
export function answer(fields: z.ZodRawShape): z.ZodType {
  return z.object({ success: z.literal(true), ...fields });
}

/** Schema of an answer with `data` and a sentence for people. */
export function answerOf(data: z.ZodType): z.ZodType {
  return answer({ data, message: z.string() });
}

/** Schema of an answer that only says what was done. */
export const done = answer({ message: z.string() });

/** Document C's sentences, where it has them. */
function sentenceOf(error: GatewayError, { credential }: AnswerContext): string {
  if (error.code === 'AUTHENTICATION_ERROR') {
    return credential === undefined ? 'API key is required' : 'Invalid API key';
  }
  if (error.code === 'RATE_LIMIT_EXCEEDED') return 'Too many requests, please try again later';
  return error.message;
}

/** `code` is the gateway's own name of the error, for programs. */
export function fail(error: GatewayError, context: AnswerContext): object {
  return {
    success: false,
    error: sentenceOf(error, context),
    code: error.code,
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}

export const ERROR: Schema = {
  type: 'object',
  properties: {
    success: { const: false },
    error: { type: 'string', description: 'For people' },
    code: { type: 'string', enum: Object.keys(ERROR_CODES) },
    details: { description: 'What exactly, e.g. `{path, message}` of every field that is wrong' },
  },
  required: ['success', 'error', 'code'],
  additionalProperties: false,
};

/** The `RateLimit-*` headers of document C; `Reset` in seconds from now. */
export function rateHeaders({ limit, remaining, nextMs }: RateAnswer): Record<string, string> {
  return {
    'RateLimit-Limit': String(limit),
    'RateLimit-Remaining': String(remaining),
    'RateLimit-Reset': String(Math.ceil(nextMs / 1000)),
  };
}
