import type { Pagination } from './types.ts';

/** An answer that is none of the good ones, or none at all (`code` NETWORK). */
export class ApiError extends Error {
  /** 0: nobody answered. */
  readonly status: number;
  /** Of the API, see `ERROR_CODES`; what the texts of `ui` translate. */
  readonly code: string;
  readonly details: unknown;
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, code: string, message: string, details?: unknown, retryAfterSeconds?: number) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.details = details;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface CallOptions {
  /** Sent as JSON; every write but DELETE has a body, `{}` at least. */
  body?: unknown;
  query?: Record<string, string | number | boolean | undefined>;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** An API key or an access token other than the session's; null: no credential. */
  as?: string | null;
}

export interface Page<T> {
  data: T;
  pagination: Pagination;
}

/** Who gives the access token of the session, and what becomes of one that is refused. Set by `session.ts`. */
export interface Credentials {
  /** undefined: nobody is signed in. */
  token(): Promise<string | undefined>;
  /** The token was refused: a new one, or undefined. */
  renew(): Promise<string | undefined>;
}

let credentials: Credentials = { token: async () => undefined, renew: async () => undefined };

export function setCredentials(source: Credentials): void {
  credentials = source;
}

/** A path with its parts escaped: at`/api/instances/${name}/qr`. */
export function at(parts: TemplateStringsArray, ...values: (string | number)[]): string {
  return String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
}

/** Calls the API; resolves with `data` of the answer. @throws ApiError */
export async function api<T>(method: Method, path: string, options: CallOptions = {}): Promise<T> {
  return (await call<T>(method, path, options)).data;
}

/** A list with what `meta.pagination` says of it. @throws ApiError */
export async function apiPage<T>(path: string, options: CallOptions = {}): Promise<Page<T>> {
  const { data, meta } = await call<T>('GET', path, options);
  return { data, pagination: meta.pagination ?? { per_page: 0 } };
}

interface Envelope<T> {
  data: T;
  meta: { request_id?: string; pagination?: Pagination };
}

/** What a route answers that has no JSON: a CSV file. @throws ApiError */
export async function apiText(path: string): Promise<string> {
  const response = await answered('GET', path, {});
  if (response.ok) return response.text();
  throw errorOf(response, await response.json().catch(() => undefined));
}

async function call<T>(method: Method, path: string, options: CallOptions): Promise<Envelope<T>> {
  const response = await answered(method, path, options);
  if (response.status === 204) return { data: undefined as T, meta: {} };
  const answer = await response.json().catch(() => undefined);
  if (response.ok && answer) return answer as Envelope<T>;
  throw errorOf(response, answer);
}

/** With the credential of the session, renewed once when it is refused. */
async function answered(method: Method, path: string, options: CallOptions): Promise<Response> {
  const usesSession = options.as === undefined;
  const credential = usesSession ? await credentials.token() : options.as;
  const response = await send(method, path, options, credential);
  if (response.status !== 401 || !usesSession || credential === undefined) return response;
  const renewed = await credentials.renew();
  return renewed === undefined ? response : send(method, path, options, renewed);
}

async function send(
  method: Method,
  path: string,
  { body, query, headers, signal }: CallOptions,
  credential: string | null | undefined,
): Promise<Response> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined) search.set(name, String(value));
  const hasBody = method !== 'GET' && method !== 'DELETE';
  const init: RequestInit = {
    method,
    headers: {
      accept: 'application/json',
      ...(hasBody && { 'content-type': 'application/json' }),
      ...(credential && { authorization: `Bearer ${credential}` }),
      ...headers,
    },
    ...(hasBody && { body: JSON.stringify(body ?? {}) }),
    ...(signal && { signal }),
  };
  try {
    return await fetch(search.size > 0 ? `${path}?${search}` : path, init);
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError(0, 'NETWORK', 'The gateway cannot be reached.');
  }
}

function errorOf(response: Response, answer: unknown): ApiError {
  const { error, message, details, retryAfter } = (answer ?? {}) as Record<string, unknown>;
  const code = typeof error === 'string' ? error : 'INTERNAL_ERROR';
  const text = typeof message === 'string' ? message : response.statusText;
  return new ApiError(response.status, code, text, details, typeof retryAfter === 'number' ? retryAfter : undefined);
}
