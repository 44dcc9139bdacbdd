import { type IntakePorts, takeDelivery } from './worker.ts';

const LONG_POLL_SECONDS = 20;
const RETRY_MS = 1_000;
/** Messages taken at the same time: most of them wait for the end of their command. */
const MAX_IN_FLIGHT = 64;

export interface IntakeLoop {
  /** Lets what is being accepted be accepted, leaves what waits to its next delivery, and resolves. */
  stop(): Promise<void>;
}

/** Reads the intake queue in this process: what the Lambda's event source does on AWS. */
export function startIntakeLoop(ports: IntakePorts): IntakeLoop {
  const abort = new AbortController();
  const inFlight = new Set<Promise<unknown>>();
  const run = async () => {
    while (!abort.signal.aborted) {
      if (inFlight.size >= MAX_IN_FLIGHT) await Promise.race(inFlight);
      try {
        for (const delivery of await ports.intake.receive(LONG_POLL_SECONDS, abort.signal)) {
          const work: Promise<unknown> = takeDelivery(ports, delivery, abort.signal).finally(() =>
            inFlight.delete(work),
          );
          inFlight.add(work);
        }
      } catch (error) {
        if (abort.signal.aborted) break;
        ports.log.error({ err: error }, 'the intake queue could not be read');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    await Promise.all(inFlight);
  };
  const running = run();
  return {
    async stop() {
      abort.abort();
      await running;
    },
  };
}
