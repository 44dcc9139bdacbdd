import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { ENV } from '../lib/core/config.ts';

/** What a Lambda counts, as lines of its log that CloudWatch makes metrics of (EMF). One dimension for each is paid for. */
export interface LambdaMetrics {
  /** Messages of a batch, and those of them that come again. */
  batch(taken: number, failed: number): void;
}

const NAMESPACE = 'Switchboard';

/** @param env says the stage; the service is what `POWERTOOLS_SERVICE_NAME` says */
export function createLambdaMetrics(env: Record<string, string | undefined>): LambdaMetrics {
  const metrics = new Metrics({ namespace: NAMESPACE, defaultDimensions: { stage: env[ENV.stage] ?? 'local' } });
  return {
    batch(taken, failed) {
      metrics.addMetric('MessagesTaken', MetricUnit.Count, taken);
      metrics.addMetric('MessagesFailed', MetricUnit.Count, failed);
      metrics.publishStoredMetrics();
    },
  };
}
