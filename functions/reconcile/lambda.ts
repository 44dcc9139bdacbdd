import { pino } from 'pino';
import { createEcsScaler } from '../../lib/core/adapters/ecs/scaler.ts';
import { createAdapters } from '../../lib/core/adapters/index.ts';
import { readRunnerConfig } from '../../lib/core/config.ts';
import type { FleetPlan } from '../../lib/core/model/fleet.ts';
import { type AnnouncePorts, announceRotations } from '../../lib/core/usecases/announce-rotations.ts';
import {
  type Reconciled,
  ReconcileMemory,
  type ReconcilePorts,
  reconcileFleet,
} from '../../lib/core/usecases/reconcile-fleet.ts';
import { createLambdaMetrics } from '../metrics.ts';

/**
 * What the scheduler calls every minute. What it remembers lives as long as the Lambda's process: a runner counts as alive
 * until one process has seen its counter stand still. The ports are built at the first call.
 */
export function createReconcileHandler(
  build: () => { ports: ReconcilePorts & AnnouncePorts; plan: FleetPlan },
): () => Promise<Reconciled> {
  let built: ReturnType<typeof build> | undefined;
  const count = createLambdaMetrics(process.env);
  const memory = new ReconcileMemory();
  return async () => {
    built ??= build();
    const [round] = await Promise.all([
      reconcileFleet(built.ports, built.plan, memory),
      announceRotations(built.ports),
    ]);
    count({ ShardsUnowned: round.unowned.length, CommandsStuck: round.stuck });
    return round;
  };
}

export const handler = createReconcileHandler(() => {
  const config = readRunnerConfig(process.env);
  const log = pino({ level: config.logLevel, base: null });
  const scaler = createEcsScaler(config);
  return { ports: { ...createAdapters(config), scaler, log, clock: Date.now }, plan: config };
});
