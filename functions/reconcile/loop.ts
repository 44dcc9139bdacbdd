import type { FleetPlan } from '../../lib/core/model/fleet.ts';
import type { ExpiredRows } from '../../lib/core/ports/index.ts';
import { type AnnouncePorts, announceRotations } from '../../lib/core/usecases/announce-rotations.ts';
import { ReconcileMemory, type ReconcilePorts, reconcileFleet } from '../../lib/core/usecases/reconcile-fleet.ts';

const EVERY_MS = 60_000;
/** Reads whole tables. */
const SWEEP_EVERY_MS = 3_600_000;

export interface ReconcileLoop {
  /** Finishes the round that is under way, and resolves. */
  stop(): Promise<void>;
}

/**
 * Reconciles in this process: what Lambda and its scheduler do on AWS. With `expired`, also what the database itself
 * does there. The first rounds begin at once.
 */
export function startReconcileLoop(
  ports: ReconcilePorts & AnnouncePorts & { expired?: ExpiredRows },
  plan: FleetPlan,
): ReconcileLoop {
  const memory = new ReconcileMemory();
  const { expired, log } = ports;
  const loops = [
    every(EVERY_MS, () => reconcileFleet(ports, plan, memory)),
    every(EVERY_MS, () => announceRotations(ports)),
  ];
  if (expired)
    loops.push(every(SWEEP_EVERY_MS, async () => log.info({ rows: await expired.sweep() }, 'expired rows deleted')));

  function every(ms: number, work: () => Promise<unknown>) {
    let running: Promise<unknown> = Promise.resolve();
    const round = () => {
      running = running.then(work).catch((err: unknown) => log.error({ err }, 'a round of the reconciler failed'));
    };
    const timer = setInterval(round, ms);
    timer.unref();
    round();
    return {
      async stop() {
        clearInterval(timer);
        await running;
      },
    };
  }

  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}
