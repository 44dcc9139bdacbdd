/**
 * At most `limit` holders at a time, first come first served: bounds a storm of reconnects. Who holds a slot for longer
 * than `maxHoldMs` keeps nobody else waiting: it is given on. The returned function takes a slot and resolves to its
 * release; releasing twice does nothing.
 */
export function slots(limit: number, maxHoldMs?: number): () => Promise<() => void> {
  let free = limit;
  const queue: (() => void)[] = [];
  return async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
    let held = true;
    const release = () => {
      if (!held) return;
      held = false;
      clearTimeout(timer);
      const next = queue.shift();
      if (next) next();
      else free += 1;
    };
    const timer = maxHoldMs === undefined ? undefined : setTimeout(release, maxHoldMs).unref();
    return release;
  };
}
