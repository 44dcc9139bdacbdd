import type { EventQueue } from '../../lib/core/ports/index.ts';
import { type EventsPorts, hearBells } from './worker.ts';

const LONG_POLL_SECONDS = 20;
const RETRY_MS = 1_000;

export interface EventLoop {
  /** Finishes what is being settled, and resolves. */
  stop(): Promise<void>;
}

/** Hears the events' bells in this process: what the Lambda's event source does on AWS. */
export function startEventLoop(ports: EventsPorts & { eventQueue: EventQueue }): EventLoop {
  const abort = new AbortController();
  const { eventQueue, log } = ports;
  const run = async () => {
    while (!abort.signal.aborted) {
      try {
        const bells = await eventQueue.receive(LONG_POLL_SECONDS, abort.signal);
        const failed = new Set(await hearBells(ports, bells));
        await eventQueue.acknowledge(bells.filter((bell) => !failed.has(bell)).map(({ receipt }) => receipt));
      } catch (error) {
        if (abort.signal.aborted) return;
        log.error({ err: error }, 'the event queue could not be read');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };
  const running = run();
  return {
    async stop() {
      abort.abort();
      await running;
    },
  };
}
