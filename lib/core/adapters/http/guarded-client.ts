import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { Agent, Dispatcher } from 'undici';
import { judgeAddresses, judgeProxyUrl, judgeUrl, OutboundError, type OutboundPolicy } from '../../model/outbound.ts';
import type { OutboundClient, OutboundRequest, OutboundResponse } from '../../ports/outbound.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** All addresses of a host. */
export type Resolve = (host: string, done: (error: Error | null, addresses: LookupAddress[]) => void) => void;

const systemResolve: Resolve = (host, done) => dnsLookup(host, { all: true }, done);

/**
 * A `lookup` for sockets: resolves once, judges every address, and hands on only what was judged, so that a name
 * cannot be public when it is looked at and private when it is connected to.
 */
export function guardedLookup(policy: OutboundPolicy, resolve: Resolve = systemResolve): LookupFunction {
  return (host, options, done) => {
    resolve(host, (error, addresses) => {
      const fail = (cause: Error) => done(cause as NodeJS.ErrnoException, '');
      if (error) return fail(error);
      try {
        judgeAddresses(
          host,
          addresses.map(({ address }) => address),
          policy,
        );
      } catch (refusal) {
        return fail(refusal as Error);
      }
      if (options.all) return done(null, addresses);
      const [first] = addresses as [LookupAddress];
      done(null, first.address, first.family);
    });
  };
}

/**
 * The one outbound client: every URL, every redirect and every address is judged by `policy`. Proxies of the
 * environment are not used.
 * @param resolve stands in for DNS in tests
 */
export function createGuardedClient(policy: OutboundPolicy, resolve?: Resolve): OutboundClient {
  const lookup = guardedLookup(policy, resolve);
  let wire: Promise<Wire> | undefined;
  return {
    async request(text, request) {
      const signal = AbortSignal.timeout(request.timeoutMs);
      try {
        const first = judgeUrl(text, policy);
        wire ??= openWire(lookup);
        const { url, response } = await hops(first, request, policy, await wire, signal);
        return answerOf(url, response, request.maxBytes, signal);
      } catch (error) {
        throw faultOf(error, signal);
      }
    },
    proxy: (url) => ({ url: judgeProxyUrl(url, policy), lookup }),
    close: async () => (await wire)?.dispatcher.destroy(),
  };
}

interface Wire {
  send: typeof import('undici').request;
  dispatcher: Agent;
}

/** Loaded with the first request: it is heavy, and most processes never call out. */
async function openWire(lookup: LookupFunction): Promise<Wire> {
  const { Agent, request } = await import('./undici.ts');
  const connect = { lookup, timeout: CONNECT_TIMEOUT_MS };
  return { send: request, dispatcher: new Agent({ allowH2: false, connect }) };
}

async function hops(
  first: URL,
  { method = 'GET', headers = {}, body, timeoutMs, redirects }: OutboundRequest,
  policy: OutboundPolicy,
  { send, dispatcher }: Wire,
  signal: AbortSignal,
): Promise<{ url: URL; response: Dispatcher.ResponseData }> {
  if (redirects === 'follow' && method !== 'GET' && method !== 'HEAD') {
    throw new Error('Only GET and HEAD follow redirects.');
  }
  let url = first;
  for (let hop = 0; ; hop += 1) {
    const response = await send(url, {
      ...{ dispatcher, method, signal, headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
      // What a caller says to one host is not said to the next.
      headers: { 'accept-encoding': 'identity', ...(url.origin === first.origin ? headers : {}) },
      ...(body === undefined ? {} : { body }),
    });
    if (!REDIRECTS.has(response.statusCode)) return { url, response };
    const target = response.headers.location;
    abandon(response);
    if (redirects === 'refuse') throw new OutboundError('redirect', 'The host redirects elsewhere.');
    if (hop === MAX_REDIRECTS) throw new OutboundError('redirect', 'The host redirects too often.');
    const next = typeof target === 'string' ? URL.parse(target, url.href) : null;
    if (!next) throw new OutboundError('redirect', 'The host redirects to nowhere.');
    url = judgeUrl(next, policy);
  }
}

function answerOf(
  url: URL,
  response: Dispatcher.ResponseData,
  maxBytes: number,
  signal: AbortSignal,
): OutboundResponse {
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) {
    abandon(response);
    throw tooLarge(maxBytes);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    const one = Array.isArray(value) ? value[0] : value;
    if (one !== undefined) headers[name] = one;
  }
  return {
    status: response.statusCode,
    headers,
    url: url.href,
    body: capped(response, maxBytes, signal),
    discard: () => abandon(response),
  };
}

async function* capped(
  response: Dispatcher.ResponseData,
  maxBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let received = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      received += chunk.byteLength;
      if (received > maxBytes) throw tooLarge(maxBytes);
      yield chunk;
    }
  } catch (error) {
    throw faultOf(error, signal);
  } finally {
    abandon(response);
  }
}

/** Lets go of what was not read; an abandoned body raises an error that nobody waits for. */
function abandon({ body }: Dispatcher.ResponseData): void {
  if (body.destroyed) return;
  body.on('error', () => undefined);
  body.destroy();
}

function tooLarge(maxBytes: number): OutboundError {
  return new OutboundError('too-large', `The answer is larger than ${maxBytes} bytes.`);
}

/** A refusal in a lookup comes wrapped, or among the errors of several attempts. */
function faultOf(error: unknown, signal: AbortSignal): unknown {
  const open = [error];
  for (const one of open) {
    if (one instanceof OutboundError) return one;
    if (!(one instanceof Error) || open.length > 20) continue;
    if (one.cause) open.push(one.cause);
    if (one instanceof AggregateError) open.push(...one.errors);
  }
  const code = (error as { code?: unknown } | null)?.code;
  if (signal.aborted || (typeof code === 'string' && /TIMEOUT|TIMEDOUT/.test(code))) {
    return new OutboundError('timeout', 'The host did not answer in time.');
  }
  if (typeof code === 'string') return new OutboundError('unreachable', 'The host could not be reached.');
  return error;
}
