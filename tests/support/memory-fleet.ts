import type { RunnerBeat, RunnerStore, ShardOwnership, ShardRow, ShardStore } from '../../lib/core/ports/index.ts';

/** A RunnerStore in memory that can be cut off, or answer late. */
export class MemoryRunners implements RunnerStore {
  readonly rows = new Map<string, RunnerBeat>();
  isCut = false;
  late: Promise<void> | undefined;

  async beat(beat: RunnerBeat): Promise<void> {
    if (this.isCut) throw new Error('cut off');
    this.rows.set(beat.id, beat);
    await this.late;
  }
  async list(): Promise<RunnerBeat[]> {
    if (this.isCut) throw new Error('cut off');
    return [...this.rows.values()];
  }
  async forget(id: string, counter?: number): Promise<void> {
    if (counter === undefined || this.rows.get(id)?.counter === counter) this.rows.delete(id);
  }
}

/** A ShardStore in memory, which notes what was released, in order. */
export class MemoryShards implements ShardStore {
  readonly rows = new Map<number, ShardRow>();
  readonly released: number[] = [];

  async list(): Promise<ShardRow[]> {
    return [...this.rows.values()].sort((a, b) => a.shard - b.shard);
  }
  async get(shard: number): Promise<ShardRow | undefined> {
    return this.rows.get(shard);
  }
  async claim(shard: number, owner: string, expectedEpoch: number): Promise<ShardOwnership | undefined> {
    const before = this.rows.get(shard) ?? { shard, owner: null, epoch: 0, instances: 0 };
    if (before.epoch !== expectedEpoch) return undefined;
    const epoch = expectedEpoch + 1;
    this.rows.set(shard, { ...before, owner, epoch });
    return { shard, owner, epoch };
  }
  async release({ shard, owner, epoch }: ShardOwnership): Promise<boolean> {
    const row = this.rows.get(shard);
    if (row?.owner !== owner || row.epoch !== epoch) return false;
    this.rows.set(shard, { ...row, owner: null });
    this.released.push(shard);
    return true;
  }
}
