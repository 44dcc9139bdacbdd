import type { CommandEnds } from '../../ports/commands.ts';
import type { SessionStore } from '../../ports/session-store.ts';

/** Tells who waits in this process of the commands that a session store ends. */
export function createCommandEnds(): CommandEnds & { over(store: SessionStore): SessionStore } {
  const watches = new Map<string, Set<() => void>>();
  return {
    watch(commandId) {
      let isTold = false;
      let wake = () => {};
      const tell = () => {
        isTold = true;
        wake();
      };
      const others = watches.get(commandId) ?? new Set();
      watches.set(commandId, others.add(tell));
      return {
        async ended(waitMs) {
          if (!isTold) {
            await new Promise<void>((resolve) => {
              const timer = setTimeout(resolve, waitMs);
              wake = () => {
                clearTimeout(timer);
                resolve();
              };
            });
          }
          isTold = false;
        },
        stop() {
          others.delete(tell);
          if (others.size === 0) watches.delete(commandId);
        },
      };
    },

    /** The store, which tells of each command that one of its commits has ended. */
    over: (store) => ({
      ...store,
      async commit(fence, writes, place) {
        const lastSeq = await store.commit(fence, writes, place);
        for (const write of writes) {
          if (write.kind === 'finish') for (const tell of watches.get(write.commandId) ?? []) tell();
        }
        return lastSeq;
      },
    }),
  };
}
