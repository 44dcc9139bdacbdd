/**
 * A part of an embedded gateway in a process of its own, to be killed alone: `gateway` (everything but the workers),
 * `events` or `deliveries`, over the services of the gateway that runs on the data directory.
 */

import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { WEBHOOK_PAYLOADS } from '../../functions/dialects/webhook-formats.ts';
import { startEventLoop } from '../../functions/events/loop.ts';
import { createSubscribers } from '../../functions/events/subscribers.ts';
import { startWebhookLoop } from '../../functions/webhooks/loop.ts';
import { createWebhookSubscriber } from '../../functions/webhooks/subscriber.ts';
import { createCredentials } from '../../lib/core/adapters/crypto/index.ts';
import { createGuardedClient } from '../../lib/core/adapters/http/guarded-client.ts';
import { outboundPolicy } from '../../lib/core/adapters/http/outbound-policy.ts';
import { createAdapters } from '../../lib/core/adapters/index.ts';
import { readAdminFile } from '../../lib/core/adapters/local/admin-file.ts';
import { readJwtSecrets, readSealSecrets } from '../../lib/core/adapters/local/secrets-file.ts';
import { ENV, readConfig } from '../../lib/core/config.ts';
import { createLogger } from '../../runner/log.ts';

const [part, dataDir] = process.argv.slice(2) as ['gateway' | 'events' | 'deliveries', string];

if (part === 'gateway') {
  // The workers need no Baileys and no API, and are started twenty times.
  const { startEmbeddedGateway } = await import('../../bin/embedded.ts');
  const env = { LOG_LEVEL: 'warn', ...process.env };
  const { url } = await startEmbeddedGateway({ port: 0, host: '127.0.0.1', dataDir, env, workers: false });
  process.stdout.write(`ready on ${url}\n`);
} else {
  const jwtSecrets = readJwtSecrets(join(dataDir, 'jwt-secrets'));
  const sealSecrets = readSealSecrets(join(dataDir, 'seal-secrets'), jwtSecrets);
  const secrets = { [ENV.jwtSecrets]: jwtSecrets, [ENV.sealSecrets]: sealSecrets };
  const config = readConfig({ ...process.env, ...readAdminFile(dataDir)?.env, ...secrets });
  const log = createLogger('warn');
  const ports = { ...createAdapters(config), ...createCredentials(config), log, clock: Date.now };
  if (part === 'events') {
    const subscribers = createSubscribers(undefined, [createWebhookSubscriber(ports)]);
    startEventLoop({ ...ports, subscribers, watchLimits: async () => undefined });
  } else {
    const outbound = createGuardedClient(outboundPolicy(config));
    startWebhookLoop({ ...ports, outbound, payloads: WEBHOOK_PAYLOADS }, 'deliveries');
  }
  process.stdout.write(`ready on ${config.sqsEndpoint}\n`);
}

// Whoever is killed does not get to do it at the end.
flushCompileCache();
