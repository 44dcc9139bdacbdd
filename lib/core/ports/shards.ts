/** Who owns a shard. `epoch` rises with each change of owner. */
export interface ShardOwnership {
  shard: number;
  owner: string;
  epoch: number;
}

/** A shard that was ever used: once there, it stays. */
export interface ShardRow {
  shard: number;
  /** Nobody, once its last owner has released it. */
  owner: string | null;
  /** Of the last owner; 0: never owned. */
  epoch: number;
  /** Instances that live on it. */
  instances: number;
}

export interface ShardStore {
  /** Every shard that was ever owned or lived on, by number. Consistent; one query. */
  list(): Promise<ShardRow[]>;
  /** Consistent read. */
  get(shard: number): Promise<ShardRow | undefined>;
  /** Conditional on the present epoch being `expectedEpoch` (0: never owned). Returns undefined when somebody was faster. */
  claim(shard: number, owner: string, expectedEpoch: number): Promise<ShardOwnership | undefined>;
  /** Leaves the shard to nobody. Conditional on owner and epoch. Returns false when it was another's already. */
  release(ownership: ShardOwnership): Promise<boolean>;
}

/** What a runner tells of itself, every two seconds. */
export interface RunnerBeat {
  id: string;
  /** Rises with each beat: a runner whose counter stands still is dead. */
  counter: number;
  /** Takes nothing new, and hands over what it has. */
  draining: boolean;
  /** Shards that it is about to release: whoever is to own them next looks closely. */
  releasing: readonly number[];
  /** Sessions that it has loaded. */
  load: number;
  startedAtMs: number;
  /** Where it runs, for people. */
  host: string;
}

export interface RunnerStore {
  /** Overwrites the runner's row. */
  beat(beat: RunnerBeat): Promise<void>;
  /** Every runner whose row is there, living or dead. Consistent; one query. */
  list(): Promise<RunnerBeat[]>;
  /** Deletes a runner's row. Conditional on the counter; without one unconditional. */
  forget(id: string, counter?: number): Promise<void>;
}
