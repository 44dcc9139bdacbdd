import { pino } from 'pino';
import { createSeal } from '../../lib/core/adapters/crypto/index.ts';
import { createGuardedClient } from '../../lib/core/adapters/http/guarded-client.ts';
import { outboundPolicy } from '../../lib/core/adapters/http/outbound-policy.ts';
import { createAdapters } from '../../lib/core/adapters/index.ts';
import { withSecrets } from '../../lib/core/adapters/secrets/secrets-manager.ts';
import { parseDeliveryBell } from '../../lib/core/adapters/sqs/deliveries.ts';
import { readRunnerConfig } from '../../lib/core/config.ts';
import { newId } from '../../lib/core/model/ids.ts';
import { type DeliverPorts, deliverDue } from '../../lib/core/usecases/deliver-due.ts';
import { WEBHOOK_PAYLOADS } from '../dialects/webhook-formats.ts';
import type { SqsBatchResponse, SqsEvent } from '../events/lambda.ts';
import { kept } from '../kept.ts';
import { createLambdaMetrics } from '../metrics.ts';
import { sweepDeliveries } from './sweep.ts';

/** Shorter than the Lambda's time-out by a call and its record. */
const BUDGET_MS = 30_000;

/** The scheduler's event is anything without records. */
export type WebhooksEvent = SqsEvent | { Records?: undefined };

/**
 * Hears the bells of an SQS event source (with `ReportBatchItemFailures`), and sweeps when the scheduler calls. Bells
 * that nobody can read and those of endpoints that could not be worked on come again, and end as dead letters. The ports
 * are built at the first event.
 */
export function createWebhooksHandler(
  build: () => DeliverPorts | Promise<DeliverPorts>,
): (event: WebhooksEvent) => Promise<SqsBatchResponse> {
  const built = kept(build);
  const count = createLambdaMetrics(process.env);
  return async ({ Records }) => {
    const ports = await built();
    const { log } = ports;
    if (!Records) {
      await sweepDeliveries(ports);
      return { batchItemFailures: [] };
    }
    const shift = { owner: newId('runner'), signal: new AbortController().signal, budgetMs: BUDGET_MS };
    const failed: string[] = [];
    const work = async ({ messageId, body }: SqsEvent['Records'][number]) => {
      const bell = parseDeliveryBell(body);
      try {
        if (!bell) throw new Error('This is no bell.');
        await deliverDue(ports, bell, shift);
      } catch (err) {
        log.error({ err, messageId, webhookId: bell?.webhookId }, 'deliveries failed');
        failed.push(messageId);
      }
    };
    const firstOfEach = [...Map.groupBy(Records, ({ body }) => body).values()].map(([first]) => first);
    await Promise.all(firstOfEach.map((record) => record && work(record)));
    count({ MessagesFailed: failed.length });
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

export const handler = createWebhooksHandler(async () => {
  const config = readRunnerConfig(await withSecrets(process.env));
  const log = pino({ level: config.logLevel, base: null });
  const seal = createSeal(config);
  const outbound = createGuardedClient(outboundPolicy(config));
  return { ...createAdapters(config), seal, outbound, payloads: WEBHOOK_PAYLOADS, log, clock: Date.now };
});
