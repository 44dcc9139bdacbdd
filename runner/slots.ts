/**
 * At most `limit` holders at a time, first come first served: bounds a storm of reconnects.
 * The returned function takes a slot and resolves to its release; releasing twice does nothing.
 */
export function slots(limit: number): () => Promise<() => void> {
  let free = limit;
  const queue: (() => void)[] = [];
  return async () => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => queue.push(resolve));
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = queue.shift();
      if (next) next();
      else free += 1;
    };
  };
}
