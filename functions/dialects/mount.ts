import type { Context, Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { GatewayError } from '../../lib/core/errors.ts';
import type { Principal } from '../../lib/core/model/account.ts';
import type { Origin } from '../../lib/core/model/audit.ts';
import { sha256Hex } from '../../lib/core/model/ids.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import type { Ports } from '../../lib/core/ports/index.ts';
import { answerOnce } from '../../lib/core/usecases/answer-once.ts';
import { authenticate, readCredential } from '../../lib/core/usecases/authenticate.ts';
import { limitRate, type RateAnswer, rateLimitExceeded } from '../../lib/core/usecases/limit-rate.ts';
import { parseInput } from '../../lib/core/usecases/parse-input.ts';
import {
  findInstance,
  type InstanceTarget,
  resolveInstance,
  type Searcher,
} from '../../lib/core/usecases/resolve-instance.ts';
import type { ApiRequest, Dialect, Result, Route, ServerInfo, TargetHints } from './dialect.ts';
import { bodyOfForm, isForm } from './multipart.ts';
import { setRateHeaders } from './rate-headers.ts';
import { canonicalJson, parseIdempotencyKey, parseJsonBody, parsePrefer, parseQuery, withAliases } from './request.ts';

/** What the middleware and the mounted routes tell each other about one request. */
export interface RequestVariables {
  requestId: string;
  /** Path pattern of the route, for logs. */
  route: string;
  tenantId: string;
  origin: Origin;
}

export type ApiEnv = { Variables: RequestVariables };

type JudgedRequest = ApiRequest & {
  principal?: Principal;
  instance?: Instance;
  replayed?: true;
  /** Begun as soon as it is known who calls; never rejects. */
  rate?: Promise<RateAnswer | undefined>;
  search?: Search;
  begun?: Promise<unknown>;
};

/** The look-up of the request's instance, begun before it is needed. */
interface Search {
  target: InstanceTarget;
  found: Promise<Instance | undefined>;
}

/** Tenant of the stored answers of public routes: no subscription has this id. */
const PUBLIC_TENANT = 'public';

/**
 * Mounts the routes of all dialects on one app: those with fixed segments win over those with parameters, and a path
 * that exists for other methods only answers 405 with `Allow`.
 * @throws Error when two rows claim the same method and path
 */
export function mountDialects(app: Hono<ApiEnv>, dialects: readonly Dialect[], ports: Ports, server: ServerInfo): void {
  const rows = dialects.flatMap((dialect) => dialect.routes.map((route) => ({ dialect, route })));
  rows.sort((a, b) => (specificity(a.route.path) < specificity(b.route.path) ? -1 : 1));

  const methods = new Map<string, { dialect: Dialect; allowed: Set<string> }>();
  for (const { dialect, route } of rows) {
    const shape = route.path.replace(/:[^/]+/g, ':');
    const known = methods.get(shape) ?? { dialect, allowed: new Set<string>() };
    if (known.allowed.has(route.method)) throw new Error(`two routes for ${route.method} ${route.path}`);
    known.allowed.add(route.method);
    methods.set(shape, known);
    app.on(route.method, route.path, (c) => answer(c, dialect, route, ports, server));
  }
  for (const { dialect, route } of rows) {
    const { allowed } = methods.get(route.path.replace(/:[^/]+/g, ':')) as { allowed: Set<string> };
    app.all(route.path, (c) => {
      c.set('route', route.path);
      c.header('Allow', [...allowed].sort().join(', '));
      return failure(c, dialect, new GatewayError('METHOD_NOT_ALLOWED'), undefined);
    });
  }
}

/** Turns what was thrown into the error that the caller sees; what is not ours is logged whole. */
export function publicError(error: unknown, c: Context<ApiEnv>, ports: Pick<Ports, 'log'>): GatewayError {
  if (error instanceof GatewayError) return error;
  ports.log.error({ err: error, requestId: c.get('requestId'), route: c.get('route') }, 'request failed');
  return new GatewayError('INTERNAL_ERROR');
}

/** Writes an error in the words of a dialect. */
export function failure(
  c: Context<ApiEnv>,
  dialect: Pick<Dialect, 'fail'>,
  error: GatewayError,
  instanceName: string | undefined,
  credential?: string,
): Response {
  if (error.status === 401) c.header('WWW-Authenticate', 'Bearer');
  if (error.retryAfterSeconds !== undefined) c.header('Retry-After', String(error.retryAfterSeconds));
  const body = dialect.fail(error, { requestId: c.get('requestId'), instanceName, credential }) as object;
  return c.json(body, error.status as ContentfulStatusCode);
}

async function answer(
  c: Context<ApiEnv>,
  dialect: Dialect,
  route: Route,
  ports: Ports,
  server: ServerInfo,
): Promise<Response> {
  c.set('route', route.path);
  const request: JudgedRequest = {
    requestId: c.get('requestId'),
    origin: c.get('origin'),
    params: {},
    query: {},
    body: undefined,
    cookie: (name) => getCookie(c, name),
    waitMs: 0,
    idempotency: null,
    server,
  };
  try {
    const raw = await open(c, dialect, route, ports, request);
    const rate = await request.rate;
    if (rate && !rate.allowed) throw await refusal(ports, request, rate);
    if (rate) showRate(c, dialect, rate);
    const { result, instanceName } = await once(c, route, ports, request, raw, async () => {
      await judge(route, ports, request, raw);
      return { result: await route.handle(ports, request), instanceName: request.instance?.name };
    });
    if (request.replayed) c.header('Idempotency-Replayed', 'true');
    for (const [name, value] of Object.entries(result.headers ?? {})) c.header(name, value);
    const status = result.status ?? route.status;
    if (result.file && route.produces) {
      c.header('Content-Disposition', `attachment; filename="${result.file.name}"`);
      return c.body(result.file.text, status as ContentfulStatusCode, { 'Content-Type': route.produces });
    }
    if (result.data === undefined) return c.body(null, status as 204);
    const answered = dialect.succeed(result, route, { requestId: request.requestId, instanceName });
    return c.json(answered as object, status as ContentfulStatusCode);
  } catch (error) {
    const rate = request.principal && (await request.rate);
    if (rate) showRate(c, dialect, rate);
    if (request.replayed) c.header('Idempotency-Replayed', 'true');
    const credential = dialect.credential((name) => c.req.header(name));
    return failure(c, dialect, publicError(error, c, ports), request.instance?.name, credential);
  } finally {
    countCall(ports, request);
  }
}

/** The gateway's headers about a quota, and the dialect's own, which may have the same names. */
function showRate(c: Context<ApiEnv>, dialect: Dialect, rate: RateAnswer): void {
  setRateHeaders(c, rate);
  for (const [name, value] of Object.entries(dialect.rateHeaders?.(rate) ?? {})) c.header(name, value);
}

/** Every call that somebody was known to make, refused ones too. */
function countCall(ports: Ports, { principal, instance }: JudgedRequest): void {
  if (!principal) return;
  const own = principal.kind === 'key' ? principal.instanceId : null;
  const keyId = principal.kind === 'key' ? principal.keyId : undefined;
  ports.apiCalls.count(principal.tenantId, { instanceId: instance?.id ?? own ?? undefined, keyId });
}

/** Even a refused request is told which instance it is about, where that can be found. */
async function refusal(ports: Ports, request: JudgedRequest, rate: RateAnswer): Promise<GatewayError> {
  const { principal, search } = request;
  if (principal && search) {
    const found = await resolveInstance(ports, principal, search.target, search.found).catch(() => undefined);
    if (found) request.instance = found;
  }
  return rateLimitExceeded(rate);
}

/** A request as it came: authenticated, its body parsed as JSON, its fields not judged yet. */
interface RawRequest {
  params: Record<string, string>;
  query: Record<string, unknown>;
  body: unknown;
  idempotencyKey: string | undefined;
}

async function open(
  c: Context<ApiEnv>,
  dialect: Dialect,
  route: Route,
  ports: Ports,
  request: JudgedRequest,
): Promise<RawRequest> {
  const header = (name: string) => c.req.header(name);
  const credential = dialect.credential(header);
  if (route.credential !== 'none') {
    request.principal = await identify(ports, route, request, credential, c.req.param());
    c.set('tenantId', request.principal.tenantId);
    requireKind(route, request.principal);
  } else if (route.judgesCredential && credential !== undefined) {
    await authenticate(ports, await readCredential(ports, credential), request.origin);
  }
  const raw: RawRequest = {
    params: c.req.param() as Record<string, string>,
    query: parseQuery(new URL(c.req.url).searchParams),
    body: route.body ? withAliases(await bodyOf(c, route), route.aliases) : undefined,
    idempotencyKey: route.repeats === 'ignored' ? undefined : parseIdempotencyKey(header('idempotency-key')),
  };
  if (request.principal && route.begin) {
    request.begun = route.begin(ports, { ...raw, principal: request.principal });
    // Whoever needs it waits for it; until then its failure is nobody's.
    request.begun.catch(() => undefined);
  }
  if (request.principal) request.search = beginSearch(ports, route, request.principal, raw, request.search);
  request.waitMs = parsePrefer(header('prefer'));
  if (raw.idempotencyKey !== undefined && route.repeats === 'command') {
    const fingerprint = sha256Hex(identityOf(c, raw.body));
    request.idempotency = { key: scopedKey(request, raw.idempotencyKey), fingerprint };
  }
  return raw;
}

/**
 * Who calls. What can be asked at the same time is begun at the same time: a token says whom to count and in which
 * tenant to look before its user has been read.
 */
async function identify(
  ports: Ports,
  route: Route,
  request: JudgedRequest,
  credential: string | undefined,
  params: Record<string, string>,
): Promise<Principal> {
  const presented = await readCredential(ports, credential);
  const isRead = route.method === 'GET';
  if (presented.kind === 'user') {
    const { tenantId, userId } = presented.claims;
    request.rate = limitRate(ports, { kind: 'user', userId }, isRead);
    request.search = beginSearch(ports, route, { tenantId }, { params, query: {}, body: undefined });
    return authenticate(ports, presented, request.origin);
  }
  const principal = await authenticate(ports, presented, request.origin);
  if (principal.kind !== 'key') return principal;
  request.rate = limitRate(ports, principal, isRead);
  ports.apiKeys.noteUse(principal.tenantId, principal.instanceId, principal.keyId).catch((err: unknown) => {
    ports.log.warn({ err, keyId: principal.keyId }, 'the use of a key was not noted');
  });
  return principal;
}

/** `begun`: what was begun with less knowledge; it goes on where it looks for the same. */
function beginSearch(
  ports: Ports,
  route: Route,
  searcher: Searcher,
  hints: TargetHints,
  begun?: Search,
): Search | undefined {
  if (!route.target) return undefined;
  const target = route.target(hints);
  if (begun && canonicalJson(begun.target) === canonicalJson(target)) return begun;
  const found = findInstance(ports, searcher, target);
  // Whoever needs it waits for it; until then its failure is nobody's.
  found.catch(() => undefined);
  return { target, found };
}

/** A body that is not there is `{}`; the JSON `null` is not that. */
async function bodyOf(c: Context<ApiEnv>, { body: schema, form }: Route): Promise<unknown> {
  if (schema && form && isForm(c.req.header('content-type'))) return bodyOfForm(c.req.raw, schema, form);
  const body = parseJsonBody(await c.req.text(), c.req.header('content-type'));
  return body === undefined ? {} : body;
}

/** The instance first, then the fields: an error in a field can then say which instance it is about. */
async function judge(route: Route, ports: Ports, request: JudgedRequest, raw: RawRequest): Promise<void> {
  if (request.search && request.principal) {
    const { target, found } = request.search;
    request.instance = await resolveInstance(ports, request.principal, target, found);
  }
  request.params = route.params ? parseInput(route.params, raw.params, 'params') : raw.params;
  request.query = route.query ? parseInput(route.query, raw.query, 'query') : raw.query;
  request.body = route.body ? parseInput(route.body, raw.body) : undefined;
}

function requireKind(route: Route, principal: Principal): void {
  if (route.credential !== 'any' && route.credential !== principal.kind) {
    throw new GatewayError(
      'PERMISSION_DENIED',
      route.credential === 'key' ? 'This needs an API key.' : 'This needs a signed-in user, not an API key.',
    );
  }
  if (principal.kind === 'user' && principal.mustChangePassword && !route.beforePasswordChange) {
    throw new GatewayError('PERMISSION_DENIED', 'Replace the temporary password first.');
  }
}

interface Answered {
  result: Result;
  instanceName: string | undefined;
}

/** Around the whole write: the repeat of a deletion is answered although there is nothing left to find. */
async function once(
  c: Context<ApiEnv>,
  route: Route,
  ports: Ports,
  request: JudgedRequest,
  raw: RawRequest,
  work: () => Promise<Answered>,
): Promise<Answered> {
  if (raw.idempotencyKey === undefined || route.repeats !== 'stored') return work();
  const identity = identityOf(c, raw.body);
  // Nobody is known on a public route, so the request itself tells its callers apart.
  const caller = request.principal ? undefined : ports.seal.fingerprint(identity);
  const input = {
    tenantId: request.principal?.tenantId ?? PUBLIC_TENANT,
    key: caller ? `${caller}|${raw.idempotencyKey}` : scopedKey(request, raw.idempotencyKey),
    request: identity,
  };
  let fresh: Answered | undefined;
  const stored = await answerOnce(ports, input, async () => {
    fresh = await work();
    return { status: fresh.result.status ?? route.status, body: JSON.stringify(fresh) };
  });
  if (fresh) return fresh;
  request.replayed = true;
  return JSON.parse(stored.body) as Answered;
}

/** Two keys of one instance share their Idempotency-Keys, so that a key can be rotated; two users do not. */
function scopedKey(request: JudgedRequest, key: string): string {
  const { principal } = request;
  return `${principal?.kind === 'key' ? (principal.instanceId ?? 'account') : principal?.userId}|${key}`;
}

function identityOf(c: Context<ApiEnv>, body: unknown): string {
  return `${c.req.method}\n${c.req.path}\n${canonicalJson(body)}`;
}

/** Sorts fixed segments before parameters, segment by segment. */
function specificity(path: string): string {
  return path
    .split('/')
    .map((segment) => (segment.startsWith(':') ? '~' : segment.startsWith('*') ? '~~' : ` ${segment}`))
    .join('/');
}
