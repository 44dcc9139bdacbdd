/**
 * Which runner is to own a shard: the one whose hash with the shard is highest (rendezvous hashing). Every runner that
 * knows the same runners computes the same owner, so nobody leads. Who joins takes only what becomes its own, who goes
 * leaves only what was its own. Undefined when there is no runner.
 */
export function targetOwner(shard: number, runnerIds: Iterable<string>): string | undefined {
  let best: { id: string; weight: number } | undefined;
  for (const id of runnerIds) {
    const weight = hashOf(`${id}#${shard}`);
    if (!best || weight > best.weight || (weight === best.weight && id > best.id)) best = { id, weight };
  }
  return best?.id;
}

/**
 * Where a new instance lives: the shard of the first `shardCount` with the fewest instances, one of them by the
 * instance's id when there are several. A raised `shardCount` therefore fills the new shards and moves nobody.
 */
export function leastLoadedShard(
  instanceId: string,
  shardCount: number,
  shards: readonly { shard: number; instances: number }[],
): number {
  const counts = Array.from({ length: shardCount }, () => 0);
  for (const { shard, instances } of shards) if (shard < shardCount) counts[shard] = instances;
  const least = Math.min(...counts);
  const candidates = [...counts.keys()].filter((shard) => counts[shard] === least);
  return candidates[hashOf(instanceId) % candidates.length] as number;
}

/** Shards that have to be served: those that new instances are spread over, and all that were ever used. */
export function servedShards(shardCount: number, shards: readonly { shard: number }[]): number {
  return shards.reduce((count, { shard }) => Math.max(count, shard + 1), shardCount);
}

/** FNV-1a with the finish of MurmurHash3, without which the last characters hardly count. */
function hashOf(text: string): number {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
