import * as z from 'zod';
import { ERROR_CODES, type GatewayError } from '../../../lib/core/errors.ts';
import type { Schema } from '../../docs/schema.ts';
import type { Result } from '../dialect.ts';

/** A good answer of document B. */
export function ok(fields: Record<string, unknown> = {}): Result {
  return { data: { success: true, ...fields } };
}

export function answer(fields: z.ZodRawShape = {}): z.ZodType {
  return z.object({ success: z.literal(true), ...fields });
}

/** Document B's types of errors, by status. */
const TYPES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

export function fail(error: GatewayError): object {
  const message = error.code === 'RESOURCE_NOT_FOUND' ? error.message.replace('instance', 'session') : error.message;
  return {
    success: false,
    error: TYPES[error.status] ?? 'Internal Server Error',
    message,
    code: error.code,
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}

export const ERROR: Schema = {
  type: 'object',
  properties: {
    success: { const: false },
    error: { type: 'string', enum: [...Object.values(TYPES), 'Internal Server Error'] },
    message: { type: 'string', description: 'For people' },
    code: { type: 'string', enum: Object.keys(ERROR_CODES) },
    details: { description: 'What exactly, e.g. `{path, message}` of every field that is wrong' },
  },
  required: ['success', 'error', 'message', 'code'],
  additionalProperties: false,
};
