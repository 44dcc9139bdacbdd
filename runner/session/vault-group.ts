import { encode, type VaultData, type VaultType } from './vault-codec.ts';
import type { GroupCommitter, GroupOp } from './vault-commits.ts';
import type { VaultMemory } from './vault-memory.ts';

/** See `Vault.beginGroup`. Exactly one of `commit` and `rollback` ends it. */
export class VaultGroup {
  readonly #memory: VaultMemory;
  readonly #render: (key: string, form: string | undefined) => GroupOp[];
  readonly #committer: GroupCommitter;
  readonly #changes: { key: string; before: string | undefined; after: string | undefined }[] = [];

  constructor(
    memory: VaultMemory,
    render: (key: string, form: string | undefined) => GroupOp[],
    committer: GroupCommitter,
  ) {
    this.#memory = memory;
    this.#render = render;
    this.#committer = committer;
  }

  /** Changes memory at once. An equal value is no change. */
  put(data: VaultData): void {
    for (const type of Object.keys(data) as VaultType[]) {
      for (const [id, value] of Object.entries(data[type] ?? {})) {
        const key = `${type}|${id}`;
        const before = this.#memory.get(key);
        const after = value === null || value === undefined ? undefined : encode(type, value as never);
        if (before === after) continue;
        this.#memory.set(key, after);
        this.#changes.push({ key, before, after });
      }
    }
  }

  /** Joins the next commit. @throws Error when the vault has died meanwhile */
  commit(): void {
    this.#committer.enqueue(this.#changes.flatMap((change) => this.#render(change.key, change.after)));
  }

  /** Memory as it was, except where somebody else has written since. */
  rollback(): void {
    for (const { key, before, after } of this.#changes.reverse()) {
      if (this.#memory.get(key) === after) this.#memory.set(key, before);
    }
  }
}
