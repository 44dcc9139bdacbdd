/** The longest that a runner takes to drain before it ends all the same; ECS kills it only after that. */
export const MAX_DRAIN_MS = 100_000;
