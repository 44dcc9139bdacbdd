import { pino } from 'pino';
import { createAdapters } from '../../lib/core/adapters/index.ts';
import { createMediaStore } from '../../lib/core/adapters/media.ts';
import { withSecrets } from '../../lib/core/adapters/secrets/secrets-manager.ts';
import { readConfig } from '../../lib/core/config.ts';
import { createPorts } from '../api/ports.ts';
import { kept } from '../kept.ts';
import { createLambdaMetrics } from '../metrics.ts';
import { type IntakePorts, takeDelivery } from './worker.ts';

/** The part of an SQS event that is looked at. */
export interface IntakeSqsEvent {
  Records: {
    messageId: string;
    receiptHandle: string;
    body: string;
    attributes: { ApproximateReceiveCount: string };
  }[];
}

/** With `ReportBatchItemFailures` on the event source: only what is named here is delivered again. */
export interface IntakeBatchResponse {
  batchItemFailures: { itemIdentifier: string }[];
}

/**
 * Takes the messages of an SQS event source side by side: one that fails holds up no other. The event source needs
 * a function timeout over 25 s and no redrive policy on the queue. The ports are built at the first event.
 */
export function createIntakeHandler(
  build: () => IntakePorts | Promise<IntakePorts>,
): (event: IntakeSqsEvent) => Promise<IntakeBatchResponse> {
  const built = kept(build);
  const count = createLambdaMetrics(process.env);
  return async ({ Records }) => {
    const ports = await built();
    const verdicts = await Promise.all(
      Records.map(({ messageId, receiptHandle, body, attributes }) => {
        const receiveCount = Number(attributes.ApproximateReceiveCount);
        return takeDelivery(ports, { messageId, receipt: receiptHandle, body, receiveCount });
      }),
    );
    await ports.apiCalls.flush();
    const again = Records.filter((_, n) => verdicts[n] === 'again');
    count({ MessagesFailed: again.length });
    return { batchItemFailures: again.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

export const handler = createIntakeHandler(async () => {
  const config = readConfig(await withSecrets(process.env));
  const adapters = createAdapters(config);
  const log = pino({ level: config.logLevel, base: null });
  const ports = createPorts(config, adapters, { log, media: createMediaStore(config) });
  return { ...ports, intake: adapters.intake };
});
