import { pino } from 'pino';
import { createAccessTokens } from '../../lib/core/adapters/crypto/access-tokens.ts';
import { createApiGatewaySockets } from '../../lib/core/adapters/http/apigw-connections.ts';
import { createAdapters } from '../../lib/core/adapters/index.ts';
import { withSecrets } from '../../lib/core/adapters/secrets/secrets-manager.ts';
import { readConfig } from '../../lib/core/config.ts';
import { kept } from '../kept.ts';
import { createSocketHandler, type GatewaySocketAnswer, type GatewaySocketEvent } from './gateway.ts';

const built = kept(build);

/** One handler for the three routes of the WebSocket API. The ports are built at the first event. */
export async function handler(event: GatewaySocketEvent): Promise<GatewaySocketAnswer> {
  return (await built())(event);
}

async function build(): Promise<ReturnType<typeof createSocketHandler>> {
  const config = readConfig(await withSecrets(process.env));
  const { liveEndpoint, region, jwtSecrets, webOrigins, edgeSecret, logLevel } = config;
  if (liveEndpoint === undefined) throw new Error('LIVE_ENDPOINT must name where API Gateway takes messages.');
  const ports = {
    ...createAdapters(config),
    accessTokens: createAccessTokens(jwtSecrets),
    sockets: createApiGatewaySockets({ endpoint: liveEndpoint, region }),
    log: pino({ level: logLevel, base: null }),
    clock: Date.now,
  };
  return createSocketHandler(ports, { origins: webOrigins, edgeSecret });
}
