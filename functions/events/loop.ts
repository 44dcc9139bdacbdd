import { slots } from '../../lib/core/model/slots.ts';
import type { EventBell, EventQueue } from '../../lib/core/ports/index.ts';
import { Lanes } from '../lanes.ts';
import { type EventsPorts, hearBells } from './worker.ts';

const LONG_POLL_SECONDS = 20;
const RETRY_MS = 1_000;
/** Streams that have something to settle; further bells stay in the queue. */
const MAX_LANES = 64;
/** Of those, so many are settled at a time: what comes while a stream waits its turn costs no settlement of its own. */
const WIDTH = 2;
/** A settlement that takes longer (a store that is throttled) keeps nobody waiting. */
const MAX_HOLD_MS = 2_000;

export interface EventLoop {
  /** Rings in this process, without a way through the queue where that can be. */
  bells: Pick<EventQueue, 'publish'>;
  /** Finishes what is being settled, and resolves. */
  stop(): Promise<void>;
}

/**
 * Hears the events' bells in this process, each stream in a lane of its own: what the Lambda's event source does on AWS.
 * A stream that fails is rung for through the queue, which counts the tries.
 */
export function startEventLoop(ports: EventsPorts & { eventQueue: EventQueue }): EventLoop {
  const abort = new AbortController();
  const { eventQueue, log } = ports;
  const lanes = new Lanes<EventBell>({
    most: MAX_LANES,
    keyOf: (bell) => bell.instanceId,
    turn: slots(WIDTH, MAX_HOLD_MS),
    work: async (bell) => (await hearBells(ports, [{ bell }])).length === 0,
  });

  async function listen(): Promise<void> {
    while (!abort.signal.aborted) {
      try {
        const bells = await eventQueue.receive(LONG_POLL_SECONDS, abort.signal);
        const heard = await Promise.all(
          bells.map(async ({ bell, receipt }) => ((await lanes.hear(bell)) ? [receipt] : [])),
        );
        await eventQueue.acknowledge(heard.flat());
      } catch (error) {
        if (abort.signal.aborted) return;
        log.error({ err: error }, 'the event queue could not be read');
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  const listening = listen();
  return {
    bells: {
      async publish(bells) {
        const away = abort.signal.aborted ? bells : bells.filter((bell) => !ring(bell));
        if (away.length > 0) await eventQueue.publish(away);
      },
    },
    async stop() {
      abort.abort();
      await listening;
      await lanes.settled();
    },
  };

  function ring(bell: EventBell): boolean {
    const settled = lanes.hear(bell);
    void settled?.then(async (done) => {
      if (done) return;
      await eventQueue.publish([bell]).catch((err: unknown) => log.warn({ err }, 'the sweeper will tell'));
    });
    return settled !== undefined;
  }
}
