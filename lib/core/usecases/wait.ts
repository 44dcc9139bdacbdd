import { setTimeout as delay } from 'node:timers/promises';

const STEPS_MS = [15, 25, 50, 100, 150] as const;
const LAST_STEP_MS = 200;

/**
 * Reads until there is an answer or `waitMs` have passed: at once, then after 15, 25, 50, 100, 150 and every 200 ms.
 * With `waitMs` 0 it reads once. Measured on the monotonic clock. What `read` throws ends the wait. A `pause` may end
 * before its time, when there is something to read.
 */
export async function waitFor<T>(
  read: () => Promise<T | undefined>,
  waitMs: number,
  pause: (ms: number) => Promise<unknown> = delay,
): Promise<T | undefined> {
  const endMs = performance.now() + waitMs;
  for (let step = 0; ; step += 1) {
    const answer = await read();
    if (answer !== undefined) return answer;
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return undefined;
    await pause(Math.min(leftMs, STEPS_MS[step] ?? LAST_STEP_MS));
  }
}
