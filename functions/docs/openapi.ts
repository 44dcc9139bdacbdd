import { OPERATIONS } from '../../lib/core/catalogue/operations.ts';
import { ERROR_CODES, type ErrorCode, GatewayError } from '../../lib/core/errors.ts';
import { type Dialect, permissionOf, type Result, type Route } from '../dialects/dialect.ts';
import { exampleOf, resolved, type Schema, type Schemas, schemaOf } from './schema.ts';

export type OpenApiDocument = {
  openapi: string;
  info: Schema;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Schemas; examples: Record<string, { value: unknown }> } & Record<string, unknown>;
} & Record<string, unknown>;

export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  parameters?: Schema[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema; example: unknown }> };
  responses: Record<string, Schema>;
  security: Record<string, string[]>[];
}

/** How a dialect looks in the document. */
export interface DescribedDialect {
  dialect: Dialect;
  /** The body of a good answer around the schema of its `data`. */
  envelope: (route: Route, data: Schema, schemas: Schemas) => Schema;
  /** The body of an error. */
  error: Schema;
}

export interface DocumentInput {
  version: string;
  dialects: readonly DescribedDialect[];
  /** Paths that are no rows of a dialect. */
  paths?: OpenApiDocument['paths'];
  /** Schemas of those. */
  schemas?: Schemas;
}

/** An operation where it stands. */
export interface DocumentedOperation {
  /** Upper case. */
  method: string;
  path: string;
  operation: Operation;
  /** Its own; references are resolved. */
  parameters: Schema[];
}

const REQUEST_ID = 'req_4fKz1Yb0cVnQ8mTgW2hXsD';
const JSON_TYPE = 'application/json';

/** OpenAPI 3.1 of every row of the dialects. */
export function createDocument({ version, dialects, paths = {}, schemas: extra = {} }: DocumentInput): OpenApiDocument {
  const schemas: Schemas = {};
  const examples: Record<string, { value: unknown }> = {};
  const made: OpenApiDocument['paths'] = {};
  for (const described of dialects) {
    const { dialect, error } = described;
    schemas[errorName(dialect)] = error;
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const value = dialect.fail(new GatewayError(code), { requestId: REQUEST_ID, instanceName: undefined });
      examples[exampleName(dialect, code)] = { value };
    }
    for (const route of dialect.routes) {
      const path = route.path.replace(/:([^/]+)/g, '{$1}');
      made[path] ??= {};
      made[path][route.method.toLowerCase()] = operationOf(route, described, schemas);
    }
  }
  return {
    openapi: '3.1.1',
    info: { title: 'Switchboard', version, description: ABOUT, license: { name: 'MIT', identifier: 'MIT' } },
    servers: [{ url: '/', description: 'This gateway' }],
    tags: tagsOf({ ...made, ...paths }),
    paths: { ...made, ...paths },
    components: {
      schemas: { ...schemas, ...extra },
      examples,
      headers: HEADERS,
      parameters: PARAMETERS,
      securitySchemes: SECURITY,
    },
  };
}

/** Every operation of the document. */
export function operationsOf({ paths, components }: OpenApiDocument): DocumentedOperation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const parameters = (operation.parameters ?? []).map((one) => resolved(one, components.parameters as Schemas));
      return { method: method.toUpperCase(), path, operation, parameters };
    }),
  );
}

/** The codes that a row may answer with: what follows from the row, and what it says itself. */
export function errorCodesOf(route: Route): ErrorCode[] {
  const operation = route.op && OPERATIONS[route.op];
  const codes = new Set<ErrorCode>(route.errors);
  const add = (when: unknown, ...more: ErrorCode[]) => {
    if (when) for (const code of more) codes.add(code);
  };
  add(route.body || route.query || route.params, 'VALIDATION_ERROR');
  add(route.body, 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  add(route.credential !== 'none', 'AUTHENTICATION_ERROR', 'PERMISSION_DENIED');
  add(route.target || route.path.includes(':'), 'RESOURCE_NOT_FOUND');
  add(route.repeats !== 'ignored', 'VALIDATION_ERROR', 'IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_IN_PROGRESS');
  add(operation?.needsLinked, 'INSTANCE_NOT_CONNECTED', 'INVALID_PHONE_NUMBER');
  add(operation?.sendsMessage, 'MESSAGE_SEND_FAILED');
  add(operation && !operation.sendsMessage, 'COMMAND_TIMEOUT');
  add(true, 'RATE_LIMIT_EXCEEDED', 'INTERNAL_ERROR', 'SERVICE_UNAVAILABLE');
  return [...codes];
}

function operationOf(route: Route, described: DescribedDialect, schemas: Schemas): Operation {
  const description = notesOf(route);
  const parameters = parametersOf(route, schemas);
  return {
    operationId: operationIdOf(route),
    summary: route.summary,
    ...(description && { description }),
    tags: [route.tag],
    ...(parameters.length > 0 && { parameters }),
    ...(route.body && { requestBody: bodyOf(route, schemas) }),
    responses: { ...goodResponses(route, described, schemas), ...errorResponses(route, described) },
    security: {
      none: [],
      user: [{ accessToken: [] }],
      key: [{ apiKeyBearer: [] }, { apiKeyHeader: [] }],
      any: [{ accessToken: [] }, { apiKeyBearer: [] }, { apiKeyHeader: [] }],
    }[route.credential],
  };
}

/** `POST /api/instances/:name/keys` → `postInstancesByNameKeys`. */
export function operationIdOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  const words = path
    .split('/')
    .filter((segment, i) => segment !== '' && !(i === 1 && segment === 'api'))
    .flatMap((segment) => (segment.startsWith(':') ? ['by', ...segment.slice(1).split('-')] : segment.split(/[-_.]/)));
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function notesOf(route: Route): string {
  const permission = permissionOf(route);
  const notes = [
    permission && `An API key needs the permission \`${permission}\`.`,
    (route.credential === 'key' || route.credential === 'any') &&
      "Counts against the key's rate limit; the `X-RateLimit-*` headers say where it stands.",
    route.beforePasswordChange && 'Also for a user who has yet to replace a temporary password.',
  ];
  return notes.filter((note) => note).join(' ');
}

function parametersOf(route: Route, schemas: Schemas): Schema[] {
  const fieldsOf = (part: Route['query']) => {
    const schema = part ? resolved(schemaOf(part, 'input', schemas), schemas) : {};
    return { properties: (schema.properties ?? {}) as Schemas, required: (schema.required ?? []) as string[] };
  };
  const { properties: ofPath } = fieldsOf(route.params);
  const { properties: ofQuery, required } = fieldsOf(route.query);
  return [
    ...[...route.path.matchAll(/:([^/]+)/g)].map(([, name]) => {
      const { description, ...schema } = ofPath[name as string] ?? {};
      const shown = { ...PATH_PARAMETERS[name as string], ...(description ? { description } : {}) };
      return { name, in: 'path', required: true, schema: { type: 'string', ...schema }, ...shown };
    }),
    ...Object.entries(ofQuery).map(([name, { description, ...schema }]) => ({
      ...{ name, in: 'query', required: required.includes(name), schema },
      ...(description ? { description } : {}),
    })),
    ...(route.repeats === 'ignored' ? [] : [{ $ref: '#/components/parameters/IdempotencyKey' }]),
    ...(statusesOf(route).includes(202) ? [{ $ref: '#/components/parameters/Prefer' }] : []),
  ];
}

function bodyOf(route: Route, schemas: Schemas): NonNullable<Operation['requestBody']> {
  const schema = schemaOf(route.body as NonNullable<Route['body']>, 'input', schemas);
  const required = ((resolved(schema, schemas).required ?? []) as string[]).length > 0;
  return { required, content: { [JSON_TYPE]: { schema, example: exampleOf(schema, schemas) } } };
}

/** The good statuses that a row may answer with. */
function statusesOf(route: Route): number[] {
  const accepts = route.op && OPERATIONS[route.op].kind === 'command' ? [202] : [];
  return [...new Set([route.status, ...(route.alsoStatus ?? []), ...accepts])];
}

function goodResponses(route: Route, described: DescribedDialect, schemas: Schemas): Record<string, Schema> {
  const headers = {
    'X-Request-Id': { $ref: '#/components/headers/RequestId' },
    ...(route.repeats === 'ignored' ? {} : { 'Idempotency-Replayed': { $ref: '#/components/headers/Replayed' } }),
    ...(route.credential === 'key' || route.credential === 'any' ? RATE_HEADERS : {}),
  };
  return Object.fromEntries(
    statusesOf(route).map((status) => {
      const description = GOOD[status] ?? 'Done.';
      if (status === 204) return [status, { description, headers }];
      if (route.produces !== undefined) {
        return [status, { description, headers, content: { [route.produces]: { schema: { type: 'string' } } } }];
      }
      const data = route.response ? schemaOf(route.response, 'output', schemas) : {};
      const schema = described.envelope(route, data, schemas);
      const result: Result = { data: exampleOf(data, schemas) };
      const instanceName = route.target ? 'customer-service' : undefined;
      const example = described.dialect.succeed(result, route, { requestId: REQUEST_ID, instanceName });
      return [status, { description, headers, content: { [JSON_TYPE]: { schema, example } } }];
    }),
  );
}

function errorResponses(route: Route, { dialect }: DescribedDialect): Record<string, Schema> {
  const codes = Object.groupBy(errorCodesOf(route), (code) => ERROR_CODES[code].status);
  const schema = { $ref: `#/components/schemas/${errorName(dialect)}` };
  const responses = Object.entries(codes).map(([status, ofStatus = []]) => {
    const examples = Object.fromEntries(
      ofStatus.map((code) => [code, { $ref: `#/components/examples/${exampleName(dialect, code)}` }]),
    );
    const description = ofStatus.map((code) => `\`${code}\`: ${ERROR_CODES[code].title}`).join(' ');
    const retryable = ofStatus.some((code) => ERROR_CODES[code].retryable);
    const headers = {
      'X-Request-Id': { $ref: '#/components/headers/RequestId' },
      ...(retryable ? { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } } : {}),
    };
    return [status, { description, headers, content: { [JSON_TYPE]: { schema, examples } } }];
  });
  const other = { description: 'Any other error.', content: { [JSON_TYPE]: { schema } } };
  return { ...Object.fromEntries(responses), default: other };
}

function tagsOf(paths: OpenApiDocument['paths']): { name: string }[] {
  const names = Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(({ tags }) => tags));
  return [...new Set(names)].map((name) => ({ name }));
}

const errorName = (dialect: Dialect) => (dialect.name === 'native' ? 'Error' : `Error.${dialect.name}`);
const exampleName = (dialect: Dialect, code: ErrorCode) =>
  dialect.name === 'native' ? code : `${dialect.name}.${code}`;

const ABOUT = [
  'A multi-tenant WhatsApp gateway: register, link phones, then send and receive through plain HTTPS calls.',
  'Management routes take the access token of a signed-in user, messaging routes an API key.',
  'Every answer carries `X-Request-Id`. Errors say a code of their own in `error`; retry only what is 429 or 5xx, and',
  'send an `Idempotency-Key` with every write, so that a repeat does nothing twice.',
].join(' ');

const GOOD: Record<number, string> = {
  200: 'Done.',
  201: 'Created.',
  202: 'Accepted: it is under way, or waits for the session.',
  204: 'Done; there is nothing to say.',
};

const PATH_PARAMETERS: Record<string, Schema> = {
  name: { description: 'Name of the instance', example: 'customer-service' },
  bulkId: { description: 'Id of the bulk', example: 'bulk_01JZX3K9QW0000ABCDEFGHJKMN' },
  templateName: { description: 'Name of the template', example: 'order-shipped' },
  messageId: { description: 'Id of the message', example: 'msg_3EB0C767D71D8A2B5F3E19' },
};

const RATE_HEADERS = {
  'X-RateLimit-Limit': { $ref: '#/components/headers/RateLimitLimit' },
  'X-RateLimit-Remaining': { $ref: '#/components/headers/RateLimitRemaining' },
  'X-RateLimit-Reset': { $ref: '#/components/headers/RateLimitReset' },
};

const whole = { type: 'integer', minimum: 0 };
const HEADERS = {
  RequestId: { description: 'Names the request in logs and answers', schema: { type: 'string' }, example: REQUEST_ID },
  Replayed: { description: 'The answer is that of an earlier request', schema: { type: 'string', const: 'true' } },
  RetryAfter: { description: 'Seconds after which a retry may work', schema: whole },
  RateLimitLimit: { description: 'Requests per hour', schema: whole, example: 1000 },
  RateLimitRemaining: { description: 'Requests left', schema: whole, example: 543 },
  RateLimitReset: { description: 'Epoch seconds when all are free again', schema: whole, example: 1_704_110_400 },
};

const PARAMETERS = {
  IdempotencyKey: {
    ...{ name: 'Idempotency-Key', in: 'header', required: false, example: 'order-4711' },
    description: 'The same key and request within 24 hours get the first answer again, and nothing is done twice.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
  },
  Prefer: {
    ...{ name: 'Prefer', in: 'header', required: false, example: 'wait=10' },
    description: '`wait=<seconds>` (25 at most) for the end of the work, or `respond-async`; 10 seconds by default.',
    schema: { type: 'string' },
  },
};

const SECURITY = {
  accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Of a signed-in user' },
  apiKeyBearer: { type: 'http', scheme: 'bearer', description: 'An API key' },
  apiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key' },
};
