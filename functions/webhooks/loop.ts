import type { DeliveryBell, DeliveryQueue, ReceivedDeliveryBell } from '../../lib/core/ports/index.ts';
import { type DeliverPorts, deliverDue } from '../../lib/core/usecases/deliver-due.ts';
import { Lanes } from '../lanes.ts';
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
  const lanes = new Lanes<DeliveryBell>({
    most: MAX_LANES,
    keyOf: (bell) => bell.webhookId,
    async work(bell) {
      try {
        await deliverDue(ports, bell, shift);
        return !abort.signal.aborted;
      } catch (err) {
        log.error({ err, webhookId: bell.webhookId }, 'deliveries failed; the sweeper will ring again');
        return false;
      }
    },
  });

  async function listen(): Promise<void> {
    while (!abort.signal.aborted) {
      try {
        const bells: ReceivedDeliveryBell[] = await deliveryQueue.receive(LONG_POLL_SECONDS, abort.signal);
        // The rows are the truth, so a bell may go as soon as somebody looks after them.
        const heard = bells.filter(({ bell }) => lanes.hear(bell));
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
        if (delaySeconds > 0 || abort.signal.aborted || !lanes.hear(bell)) await deliveryQueue.ring(bell, delaySeconds);
      },
    },
    async stop() {
      clearInterval(timer);
      abort.abort();
      await Promise.all([listening, sweeping]);
      await lanes.settled();
    },
  };
}
