import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { handle, type LambdaContext, type LambdaEvent } from 'hono/aws-lambda';
import { pino } from 'pino';
import { createAdapters } from '../../lib/core/adapters/index.ts';
import { createMediaStore } from '../../lib/core/adapters/media.ts';
import { withSecrets } from '../../lib/core/adapters/secrets/secrets-manager.ts';
import { readConfig } from '../../lib/core/config.ts';
import type { ApiEnv } from '../dialects/mount.ts';
import { kept } from '../kept.ts';
import { createApp } from './app.ts';
import { createPorts } from './ports.ts';

type LambdaHandler = (event: LambdaEvent, context?: LambdaContext) => Promise<unknown>;

/**
 * Answers API Gateway events (HTTP API v2, REST v1). The app is built at the first one, and now and then anew; a failure
 * to build it is thrown, and tried again at the next.
 */
export function createLambdaHandler(build: () => Hono<ApiEnv> | Promise<Hono<ApiEnv>>): LambdaHandler {
  const answer = kept(async () => handle(await build()) as LambdaHandler);
  return async (event, context) => (await answer())(event, context);
}

/** The build puts the viewer of the API document here, beside the bundle. */
const DOCS_DIR = join(import.meta.dirname, 'swagger-ui');

export const handler = createLambdaHandler(async () => {
  const config = readConfig(await withSecrets(process.env));
  const logger = pino({ level: config.logLevel, base: null });
  const adapters = createAdapters(config);
  // The role of what faces the internet changes no service: the reconciler does what is left for it, within a minute.
  const scaler = { setDesired: async () => undefined, restart: () => adapters.hold.setRestartWished(true) };
  return createApp({
    ports: createPorts(config, adapters, { log: logger, media: createMediaStore(config), scaler }),
    logger,
    trustedProxy: config.trustedProxy,
    corsOrigins: config.webOrigins,
    edgeSecret: config.edgeSecret,
    docsDir: existsSync(DOCS_DIR) ? DOCS_DIR : undefined,
  });
});
