import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { ENV, LOCAL_STAGE } from '../lib/core/config.ts';

/**
 * What Lambdas count, as lines of their logs that CloudWatch makes metrics of (EMF), and what CloudWatch finds in the
 * logs itself. Each is paid for, so only what AWS does not count by itself is here. The names are by the service.
 */
export const LAMBDA_METRICS = {
  intake: ['MessagesFailed'],
  events: ['MessagesFailed'],
  webhooks: ['MessagesFailed'],
  reconcile: ['ShardsUnowned', 'CommandsStuck'],
} as const;

type Name = (typeof LAMBDA_METRICS)[keyof typeof LAMBDA_METRICS][number];

export const METRICS_NAMESPACE = 'Switchboard';

/** @param env says the stage; the service is what `POWERTOOLS_SERVICE_NAME` says */
export function createLambdaMetrics(
  env: Record<string, string | undefined>,
): (counts: Partial<Record<Name, number>>) => void {
  const defaultDimensions = { stage: env[ENV.stage] ?? LOCAL_STAGE };
  const metrics = new Metrics({ namespace: METRICS_NAMESPACE, defaultDimensions });
  return (counts) => {
    for (const [name, count] of Object.entries(counts)) metrics.addMetric(name, MetricUnit.Count, count);
    metrics.publishStoredMetrics();
  };
}
