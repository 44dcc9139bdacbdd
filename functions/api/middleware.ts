import type { MiddlewareHandler } from 'hono';
import { newId } from '../../lib/core/model/ids.ts';
import type { Logger } from '../../lib/core/ports/index.ts';
import type { ApiEnv } from '../dialects/mount.ts';
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

/** Who is at the other end, for throttling and the audit log. */
export function callerOrigin(trustedProxy: readonly string[]): MiddlewareHandler<ApiEnv> {
  const read = originReader(trustedProxy);
  return async (c, next) => {
    const origin = read(c.env, (name) => c.req.header(name));
    c.set('origin', { ...origin, requestId: c.get('requestId') });
    await next();
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
