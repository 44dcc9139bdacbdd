import { type ErrorCode, GatewayError } from '../../../lib/core/errors.ts';

/** What a number of WhatsApp's means: the caller's code, a reason for programs, a sentence for people. */
export type Refusals = Partial<Record<number, readonly [code: ErrorCode, reason: string, text: string]>>;

/** Refusals that mean the same whatever was asked. */
const COMMON: Refusals = {
  400: ['VALIDATION_ERROR', 'BAD_REQUEST', 'WhatsApp does not take this request.'],
  401: ['PERMISSION_DENIED', 'NOT_AUTHORIZED', 'WhatsApp does not let this instance do this.'],
  403: ['PERMISSION_DENIED', 'FORBIDDEN', 'WhatsApp does not let this instance do this.'],
  404: ['RESOURCE_NOT_FOUND', 'NOT_FOUND', 'WhatsApp knows no such thing.'],
  405: ['INVALID_STATE', 'NOT_ALLOWED', 'WhatsApp does not allow this here.'],
  406: ['INVALID_STATE', 'NOT_ACCEPTABLE', 'WhatsApp does not accept this.'],
  409: ['INVALID_STATE', 'CONFLICT', 'This is so already.'],
  410: ['RESOURCE_NOT_FOUND', 'GONE', 'This is not there any more.'],
  419: ['INVALID_STATE', 'LIMIT_REACHED', "WhatsApp's limit for this has been reached."],
  429: ['RATE_LIMIT_EXCEEDED', 'TOO_MANY_REQUESTS', 'WhatsApp wants this instance to slow down.'],
  501: ['NOT_IMPLEMENTED', 'NOT_IMPLEMENTED', 'WhatsApp does not do this for this instance.'],
};

/** WhatsApp's number in the error of a query, GraphQL included; undefined: it is another error. */
export function refusalCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { data, output } = error as Error & { data?: unknown; output?: { statusCode?: number } };
  if (typeof data === 'number' && Number.isInteger(data)) return data;
  const { extensions, tag } = (data ?? {}) as { extensions?: { error_code?: unknown }; tag?: unknown };
  if (typeof extensions?.error_code === 'number') return extensions.error_code;
  return tag === 'error' ? output?.statusCode : undefined;
}

/** A refusal by WhatsApp as its caller sees it; undefined where the error is none. `known` says more than the number. */
export function refusalOf(error: unknown, known: Refusals = {}): GatewayError | undefined {
  const whatsappCode = refusalCode(error);
  if (whatsappCode === undefined) return undefined;
  const [code, reason, text] = known[whatsappCode] ??
    COMMON[whatsappCode] ?? ['INVALID_STATE', 'REFUSED_BY_WHATSAPP', `WhatsApp refused this (${whatsappCode}).`];
  return new GatewayError(code, text, { details: { reason, whatsappCode } });
}
