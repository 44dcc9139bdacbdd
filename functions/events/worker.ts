import type { EventSubscribers, Logger, Ports, ReceivedEventBell } from '../../lib/core/ports/index.ts';
import type { LiveGreeting } from '../../lib/core/ports/live.ts';
import { settleEvents } from '../../lib/core/usecases/settle-events.ts';
import type { LimitWatch } from '../../lib/core/usecases/watch-limits.ts';

export interface EventsPorts extends Pick<Ports, 'events' | 'instances'> {
  subscribers: EventSubscribers;
  /** Looks at the limits of a tenant after its events were settled. */
  watchLimits: LimitWatch;
  log: Logger;
  /** Where API Gateway holds WebSockets: says the first frame of one. Never throws. */
  greet?: ((greeting: LiveGreeting) => Promise<void>) | undefined;
}

/**
 * Settles the streams that some bells name, each once however often it was rung for, side by side. Returns the bells
 * of the streams that failed: they stay in the queue. Never throws.
 */
export async function hearBells<B extends Pick<ReceivedEventBell, 'bell'>>(
  ports: EventsPorts,
  bells: readonly B[],
): Promise<B[]> {
  const streams = Map.groupBy(bells, ({ bell }) => bell.instanceId);
  const failed = await Promise.all(
    [...streams.values()].map(async (ofStream) => {
      const { bell } = ofStream[0] as B;
      try {
        await settleEvents(ports, bell, ports.watchLimits);
        return [];
      } catch (error) {
        ports.log.error({ err: error, instanceId: bell.instanceId }, 'events could not be settled');
        return ofStream;
      }
    }),
  );
  return failed.flat();
}
