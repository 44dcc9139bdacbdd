/** As measured (npm run task), sockets, buffers and code take more than the heap: V8 is to collect before they collide. */
const HEAP_SHARE = 0.4;

/** `NODE_OPTIONS` of a runner whose task has so much memory: what is left is for code, buffers and health checks. */
export function runnerNodeOptions(memoryMiB: number): string {
  return `--max-old-space-size=${Math.floor(memoryMiB * HEAP_SHARE)}`;
}
