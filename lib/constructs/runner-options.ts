/** As measured (npm run task), sockets, buffers and code take more than the heap: V8 is to collect before they collide. */
const HEAP_SHARE = 0.4;

/**
 * By itself V8 gives the young generation up to 128 MiB, which a runner fills and keeps: messages under way then lie in
 * it, and are carried into the old one with every full collection (docs/decisions/0013). It takes twice this much.
 */
const SEMI_SPACE_MIB = 16;

/** `NODE_OPTIONS` of a runner whose task has so much memory: what is left is for code, buffers and health checks. */
export function runnerNodeOptions(memoryMiB: number): string {
  return `--max-old-space-size=${Math.floor(memoryMiB * HEAP_SHARE)} --max-semi-space-size=${SEMI_SPACE_MIB}`;
}
