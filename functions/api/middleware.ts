import type { Context, MiddlewareHandler } from 'hono';
import { newId } from '../../lib/core/model/ids.ts';
import type { Logger } from '../../lib/core/ports/index.ts';
import type { ApiEnv } from '../dialects/mount.ts';
import { edgeCheck, viewerAddress } from '../edge.ts';
import { originReader } from './origin.ts';

/** A fresh id per request, in every answer and every log line about it. A caller's own id is not taken over. */
export function requestId(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const id = newId('req');
    c.set('requestId', id);
    c.header('X-Request-Id', id);
    await next();
  };
}

/** Who is at the other end, for throttling and the audit log; CloudFront says it where requests come through it. */
export function callerOrigin(options: {
  trustedProxy: readonly string[];
  edgeSecret: string | undefined;
}): MiddlewareHandler<ApiEnv> {
  const { trustedProxy, edgeSecret } = options;
  const read = originReader(trustedProxy);
  return async (c, next) => {
    const header = (name: string) => c.req.header(name);
    const { address, userAgent } = read(c.env, header);
    const caller = edgeSecret === undefined ? address : viewerAddress(header);
    c.set('origin', { address: caller, userAgent, requestId: c.get('requestId') });
    await next();
  };
}

/** Answers with `refuse` what did not come through CloudFront. */
export function behindEdge(secret: string, refuse: (c: Context<ApiEnv>) => Response): MiddlewareHandler<ApiEnv> {
  const isKnown = edgeCheck(secret);
  return async (c, next) => {
    if (!isKnown((name) => c.req.header(name))) return refuse(c);
    return next();
  };
}

/** One line per request: method, route pattern, status, time. Never the path itself, a header or a body. */
export function accessLog(logger: Logger): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const startMs = performance.now();
    await next();
    logger.info(
      {
        requestId: c.get('requestId'),
        method: c.req.method,
        route: c.get('route') ?? '(none)',
        status: c.res.status,
        tenantId: c.get('tenantId'),
        durationMs: Math.round((performance.now() - startMs) * 10) / 10,
      },
      'request',
    );
  };
}

const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
} as const;

/** Headers of an API that no browser should frame, guess at or keep; a handler may set its own instead. */
export function securityHeaders(): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  };
}
