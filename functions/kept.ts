/** A Lambda lives for hours; secrets that were rotated meanwhile are known after this time. */
const MAX_AGE_MS = 3_600_000;
const TRY_AGAIN_MS = 60_000;

/**
 * What `build` makes, at the first call, and made anew by the first call an hour later. A failure to make it is thrown
 * and tried again at the next call; where there is an older one, that one stays in use for another minute.
 */
export function kept<T>(build: () => T | Promise<T>, nowMs: () => number = () => performance.now()): () => Promise<T> {
  let held: { value: Promise<T>; madeAtMs: number } | undefined;
  return async () => {
    const older = held;
    if (older && nowMs() - older.madeAtMs < MAX_AGE_MS) return older.value;
    const made = { value: Promise.resolve().then(build), madeAtMs: nowMs() };
    held = made;
    try {
      return await made.value;
    } catch (error) {
      held = older && { ...older, madeAtMs: nowMs() - MAX_AGE_MS + TRY_AGAIN_MS };
      if (older) return older.value;
      throw error;
    }
  };
}
