import type { DeliveryBell, DeliveryQueue, ReceivedDeliveryBell } from '../../lib/core/ports/index.ts';
import { type DeliverPorts, deliverDue } from '../../lib/core/usecases/deliver-due.ts';
import { sweepDeliveries } from './sweep.ts';

const LONG_POLL_SECONDS = 20;
const RETRY_MS = 1_000;
const SWEEP_MS = 5_000;
/** Endpoints that are worked on at the same time; further bells stay in the queue. */
const MAX_LANES = 256;
/** How long one endpoint is worked on before its bell is rung again. */
const BUDGET_MS = 60_000;

export interface WebhookLoop {
  /** Rings in this process, without a way through the queue where that can be. */
  bells: Pick<DeliveryQueue, 'ring'>;
  /** Finishes the calls that are under way, and resolves. */
  stop(): Promise<void>;
}

/**
 * Hears the deliveries' bells in this process and works on many endpoints side by side, each in a lane of its own: what
 * Lambda and its scheduler do on AWS.
 * @param owner says whose leases are whose; a process that takes over another's may have its name
 */
export function startWebhookLoop(ports: DeliverPorts, owner: string): WebhookLoop {
  const abort = new AbortController();
  const { deliveryQueue, log } = ports;
  const shift = { owner, signal: abort.signal, budgetMs: BUDGET_MS };
  /** `again`: something may have come after the lane looked for the last time. */
  const lanes = new Map<string, { again: boolean; done: Promise<void> }>();

  async function work(bell: DeliveryBell): Promise<void> {
    const lane = lanes.get(bell.webhookId);
    try {
      do {
        if (lane) lane.again = false;
        await deliverDue(ports, bell, shift);
      } while (lane?.again && !abort.signal.aborted);
    } catch (err) {
      log.error({ err, webhookId: bell.webhookId }, 'deliveries failed; the sweeper will ring again');
    } finally {
      lanes.delete(bell.webhookId);
    }
  }

  function hear(bell: DeliveryBell): boolean {
    const busy = lanes.get(bell.webhookId);
    if (busy) busy.again = true;
    if (busy) return true;
    if (lanes.size >= MAX_LANES) return false;
    const lane = { again: false, done: Promise.resolve() };
    lanes.set(bell.webhookId, lane);
    lane.done = work(bell);
    return true;
  }

  async function listen(): Promise<void> {
    while (!abort.signal.aborted) {
      try {
        const bells: ReceivedDeliveryBell[] = await deliveryQueue.receive(LONG_POLL_SECONDS, abort.signal);
        // The rows are the truth, so a bell may go as soon as somebody looks after them.
        const heard = bells.filter(({ bell }) => hear(bell));
        await deliveryQueue.acknowledge(heard.map(({ receipt }) => receipt));
      } catch (err) {
        if (abort.signal.aborted) return;
        log.error({ err }, 'the delivery queue could not be read');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  let sweeping: Promise<void> = Promise.resolve();
  const sweep = () => {
    sweeping = sweeping
      .then(() => sweepDeliveries(ports))
      .catch((err: unknown) => log.error({ err }, 'the deliveries could not be swept'));
  };
  const timer = setInterval(sweep, SWEEP_MS);
  timer.unref();
  sweep();
  const listening = listen();
  return {
    bells: {
      async ring(bell, delaySeconds = 0) {
        if (delaySeconds > 0 || abort.signal.aborted || !hear(bell)) await deliveryQueue.ring(bell, delaySeconds);
      },
    },
    async stop() {
      clearInterval(timer);
      abort.abort();
      await Promise.all([listening, sweeping, ...[...lanes.values()].map(({ done }) => done)]);
    },
  };
}
