/** Who owns a shard. `epoch` rises with each change of owner. */
export interface ShardOwnership {
  shard: number;
  owner: string;
  epoch: number;
}

export interface ShardStore {
  get(shard: number): Promise<ShardOwnership | undefined>;
  /** Conditional on the present epoch being `expectedEpoch` (0: no row). Returns undefined when somebody was faster. */
  claim(shard: number, owner: string, expectedEpoch: number): Promise<ShardOwnership | undefined>;
}
