import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { cors } from 'hono/cors';
import { GatewayError, notFound } from '../../lib/core/errors.ts';
import type { Logger, Ports } from '../../lib/core/ports/index.ts';
import packageJson from '../../package.json' with { type: 'json' };
import type { Dialect } from '../dialects/dialect.ts';
import { type ApiEnv, failure, mountDialects, publicError } from '../dialects/mount.ts';
import { nativeCore } from '../dialects/native/core.ts';
import { mountDocs } from '../docs/mount.ts';
import { wentAround } from '../edge.ts';
import { type DashboardFiles, mountDashboard } from '../web/mount.ts';
import { FACES, type Face, mayServe } from './faces.ts';
import { mountMediaFiles } from './media-files.ts';
import { accessLog, behindEdge, callerOrigin, requestId, securityHeaders } from './middleware.ts';

export const MAX_BODY_BYTES = 6 * 1024 * 1024;

export interface AppDeps {
  ports: Ports;
  /** Gets one line per request. */
  logger: Logger;
  /** Web origins that may call from a browser; none by default. */
  corsOrigins?: readonly string[];
  /** Addresses and CIDR ranges of proxies whose `X-Forwarded-For` is believed; none by default. */
  trustedProxy?: readonly string[];
  /** Where it is set, only what comes through CloudFront is answered: it knows this secret. */
  edgeSecret?: string | undefined;
  /** Folder with the files of `swagger-ui-dist`, for the page that shows the API document; no page without it. */
  docsDir?: string | undefined;
  /** The page for people, at `/`; no page without it. */
  dashboard?: DashboardFiles | undefined;
  /** ms since epoch; now by default. */
  startedAtMs?: number;
}

/**
 * The HTTP API over the given ports: the same app behind Lambda, on a laptop and in tests. What is
 * asked for less is there from the first request on that may be its.
 */
export function createApp(deps: AppDeps): Hono<ApiEnv> {
  const startedAtMs = deps.startedAtMs ?? deps.ports.clock();
  const loaded = new Map<Face, Dialect>();
  const build = () => appOf({ ...deps, startedAtMs }, [nativeCore, ...loaded.values()]);
  let app = build();
  const appFor = async (path: string): Promise<Hono<ApiEnv>> => {
    const missing = FACES.filter((face) => !loaded.has(face) && mayServe(face, path));
    if (missing.length === 0) return app;
    const dialects = await Promise.all(missing.map((face) => face.load()));
    for (const [n, face] of missing.entries()) loaded.set(face, dialects[n] as Dialect);
    app = build();
    return app;
  };
  return new Hono<ApiEnv>().all('*', async (c) => (await appFor(c.req.path)).fetch(c.req.raw, c.env));
}

/** The same with the given faces, and no others ever. */
export function appOf(deps: AppDeps & { startedAtMs: number }, dialects: readonly Dialect[]): Hono<ApiEnv> {
  const { ports, logger, corsOrigins = [], trustedProxy = [], edgeSecret, startedAtMs } = deps;
  const app = new Hono<ApiEnv>();
  const server = { version: packageJson.version, startedAtMs };

  app.use(requestId(), callerOrigin({ trustedProxy, edgeSecret }), accessLog(logger), securityHeaders());
  if (edgeSecret !== undefined) {
    app.use(behindEdge(edgeSecret, (c) => failure(c, nativeCore, wentAround(), undefined)));
  }
  if (corsOrigins.length > 0) {
    app.use(
      cors({
        origin: [...corsOrigins],
        allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'Prefer', 'X-API-Key'],
        exposeHeaders: ['Idempotency-Replayed', 'Location', 'Retry-After', 'X-Request-Id'],
        maxAge: 600,
      }),
    );
  }
  mountMediaFiles(app, ports);
  app.use(
    bodyLimit({
      maxSize: MAX_BODY_BYTES,
      onError: (c) => failure(c, nativeCore, new GatewayError('PAYLOAD_TOO_LARGE'), undefined),
    }),
  );

  mountDialects(app, dialects, ports, server);
  mountDocs(app, { version: server.version, assetsDir: deps.docsDir });
  if (deps.dashboard) mountDashboard(app, deps.dashboard);

  app.notFound((c) => failure(c, nativeCore, notFound('path'), undefined));
  app.onError((error, c) => failure(c, nativeCore, publicError(error, c, ports), undefined));
  return app;
}
