import { GatewayError } from '../../lib/core/errors.ts';

export const DEFAULT_WAIT_MS = 10_000;
export const MAX_WAIT_MS = 25_000;

const MAX_DEPTH = 64;
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * The JSON of a request body; undefined for an empty one.
 * @throws GatewayError UNSUPPORTED_MEDIA_TYPE when it is not `application/json`; VALIDATION_ERROR when it is not JSON,
 *   nests deeper than 64, or has a key that reaches into prototypes
 */
export function parseJsonBody(text: string, contentType: string | undefined): unknown {
  if (text === '') return undefined;
  if (!/^application\/json\s*(;|$)/i.test(contentType ?? '')) throw new GatewayError('UNSUPPORTED_MEDIA_TYPE');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new GatewayError('VALIDATION_ERROR', 'The body is not valid JSON.');
  }
  refuseHostileShape(value);
  return value;
}

/** Query parameters by name; one that is repeated becomes an array, which no schema takes by accident. */
export function parseQuery(search: URLSearchParams): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const key of new Set(search.keys())) {
    if (FORBIDDEN_KEYS.has(key)) throw new GatewayError('VALIDATION_ERROR', 'A query parameter has a forbidden name.');
    const values = search.getAll(key);
    out[key] = values.length === 1 ? values[0] : values;
  }
  return out;
}

/** `Prefer: respond-async` and `Prefer: wait=<seconds>` (RFC 7240) as ms to wait for a command. */
export function parsePrefer(header: string | undefined): number {
  const preferences = (header ?? '').split(',').map((part) => part.trim().toLowerCase());
  for (const preference of preferences) {
    const seconds = /^wait\s*=\s*"?(\d{1,6})"?\s*(;|$)/.exec(preference)?.[1];
    if (seconds !== undefined) return Math.min(Number(seconds) * 1000, MAX_WAIT_MS);
  }
  return preferences.some((preference) => /^respond-async\s*(;|$)/.test(preference)) ? 0 : DEFAULT_WAIT_MS;
}

/** @throws GatewayError VALIDATION_ERROR unless it is 1 to 255 printable ASCII characters */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (!/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/.test(header)) {
    throw new GatewayError('VALIDATION_ERROR', 'Idempotency-Key must be 1 to 255 printable ASCII characters.');
  }
  return header;
}

/** The body with the fields that it spells otherwise under their own names; a field that is there itself stays. */
export function withAliases(body: unknown, aliases: Record<string, readonly string[]> = {}): unknown {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) return body;
  const fields: Record<string, unknown> = { ...body };
  for (const [name, others] of Object.entries(aliases)) {
    if (fields[name] !== undefined) continue;
    const other = others.find((one) => fields[one] !== undefined && fields[one] !== null && fields[one] !== '');
    if (other === undefined) continue;
    fields[name] = fields[other];
    delete fields[other];
  }
  return fields;
}

/** JSON with the keys of every object in order: equal for equal values. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, item: unknown) => {
    if (item === null || typeof item !== 'object' || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** Walks with a list instead of recursion, so that depth cannot end the stack. */
function refuseHostileShape(root: unknown): void {
  const open: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let entry = open.pop(); entry; entry = open.pop()) {
    const { value, depth } = entry;
    if (value === null || typeof value !== 'object') continue;
    if (depth >= MAX_DEPTH) throw new GatewayError('VALIDATION_ERROR', `The body nests deeper than ${MAX_DEPTH}.`);
    for (const [key, child] of Object.entries(value)) {
      if (!Array.isArray(value) && FORBIDDEN_KEYS.has(key)) {
        throw new GatewayError('VALIDATION_ERROR', 'The body has a key of a forbidden name.');
      }
      open.push({ value: child, depth: depth + 1 });
    }
  }
}
