import { ERROR_CODES } from '../../../lib/core/errors.ts';
import type { DescribedDialect } from '../../docs/openapi.ts';
import { resolved, type Schema, type Schemas } from '../../docs/schema.ts';
import type { Route } from '../dialect.ts';
import { a1Fields } from './a1.ts';
import { nativeDialect } from './index.ts';

const count = { type: 'integer', minimum: 0 };
const text = { type: 'string' };
const meta = (pagination: boolean): Schema => ({
  type: 'object',
  properties: {
    request_id: text,
    instanceName: text,
    ...(pagination ? { pagination: { $ref: '#/components/schemas/Pagination' } } : {}),
  },
  required: ['request_id'],
  additionalProperties: false,
});

const PAGINATION: Schema = {
  type: 'object',
  description: 'A list of pages has `total`; a list of cursors has `next_cursor`, to be given as `cursor`.',
  properties: {
    ...{ page: count, per_page: count, total: count, total_pages: count },
    next_cursor: { type: ['string', 'null'] },
    has_more: { type: 'boolean' },
  },
  required: ['per_page'],
  additionalProperties: false,
};

const ERROR: Schema = {
  type: 'object',
  properties: {
    success: { const: false },
    error: { type: 'string', enum: Object.keys(ERROR_CODES) },
    message: { type: 'string', description: 'For people' },
    details: { description: 'What exactly, e.g. `{path, message}` of every field that is wrong' },
    retryAfter: { ...count, description: 'Seconds after which a retry may work' },
    instanceName: text,
    meta: meta(false),
  },
  required: ['success', 'error', 'message', 'meta'],
};

/** The envelope of `envelope.ts` as a schema. */
export const describedNative: DescribedDialect = {
  dialect: nativeDialect,
  error: ERROR,
  envelope: (route, data, schemas) => {
    const isList = route.query !== undefined && 'page' in propertiesOfQuery(route);
    if (isList) schemas.Pagination ??= PAGINATION;
    const top = a1Schemas(route, data, schemas);
    return {
      type: 'object',
      properties: { success: { const: true }, ...top, data, meta: meta(isList) },
      required: ['success', 'data', 'meta'],
      additionalProperties: route.response === undefined,
    };
  },
};

/** Stands for a value of an answer while document A1's mapping is run over schemas instead of values. */
class Placeholder {
  readonly schema: Schema;
  constructor(schema: Schema) {
    this.schema = schema;
  }
}

/** Document A1's top-level names of a route with their schemas: its mapping, run over placeholders. */
function a1Schemas(route: Route, data: Schema, schemas: Schemas): Schemas {
  const properties = (resolved(data, schemas).properties ?? {}) as Schemas;
  const shown = Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, new Placeholder(part)]));
  const instanceName = new Placeholder(text) as unknown as string;
  const mapped = a1Fields(`${route.method} ${route.path}`, shown, { requestId: '', instanceName });
  const describe = (value: unknown): Schema => {
    if (value instanceof Placeholder) return value.schema;
    if (value === shown) return data;
    if (Array.isArray(value)) return { type: 'array' };
    if (value === null || typeof value !== 'object') return { const: value };
    const parts = Object.entries(value).map(([name, part]) => [name, describe(part)]);
    return { type: 'object', properties: Object.fromEntries(parts) };
  };
  return Object.fromEntries(Object.entries(mapped).map(([name, value]) => [name, describe(value)]));
}

function propertiesOfQuery(route: Route): object {
  return (route.query as { shape?: object } | undefined)?.shape ?? {};
}
