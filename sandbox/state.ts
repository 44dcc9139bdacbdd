import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { deserialize, serialize } from 'node:v8';

/**
 * The write-through store behind the network's live objects: named scopes of ordered keys.
 *
 * The objects in memory are the truth of a running sandbox; the store is what is left of it after a crash. Everything
 * that happens because of one stanza is one transaction, and frames leave only after it is committed: a client never
 * learns of something that a kill could take back.
 */
export interface StateStore {
  /** True when the data outlives the process. */
  readonly durable: boolean;
  /** Writes one value (structured-clone types and Buffers); inside `transaction` it becomes durable with it. */
  put(scope: string, key: string, value: unknown): void;
  delete(scope: string, key: string): void;
  /** Drops a whole scope. */
  clear(scope: string): void;
  get<T>(scope: string, key: string): T | undefined;
  /** All entries of a scope in key order. Always empty for a memory-only store. */
  entries<T>(scope: string): Array<[key: string, value: T]>;
  /** The names of all non-empty scopes that start with `prefix`. Always empty for a memory-only store. */
  scopes(prefix: string): string[];
  /** Runs synchronous work as one unit; nested calls join the outer unit. A throw undoes its writes and its callbacks. */
  transaction<T>(work: () => T): T;
  /** Runs `effect` once the current transaction is durable, or at once when there is none. */
  afterCommit(effect: () => void): void;
  close(): void;
}

/** Common transaction and after-commit bookkeeping of both kinds of store. */
abstract class TransactionalStore {
  #depth = 0;
  #effects: Array<() => void> = [];

  protected abstract begin(): void;
  protected abstract commit(): void;
  protected abstract rollback(): void;

  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.begin();
    this.#depth = 1;
    let result: T;
    try {
      result = work();
      this.commit();
    } catch (error) {
      this.#depth = 0;
      this.#effects = [];
      this.rollback();
      throw error;
    }
    this.#depth = 0;
    const effects = this.#effects;
    this.#effects = [];
    for (const effect of effects) effect();
    return result;
  }

  afterCommit(effect: () => void): void {
    if (this.#depth > 0) this.#effects.push(effect);
    else effect();
  }
}

class MemoryStore extends TransactionalStore implements StateStore {
  readonly durable = false;

  put(): void {}
  delete(): void {}
  clear(): void {}
  get(): undefined {
    return undefined;
  }
  entries(): [] {
    return [];
  }
  scopes(): [] {
    return [];
  }
  close(): void {}
  protected begin(): void {}
  protected commit(): void {}
  protected rollback(): void {}
}

class SqliteStore extends TransactionalStore implements StateStore {
  readonly durable = true;
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #delete: StatementSync;
  readonly #clear: StatementSync;
  readonly #get: StatementSync;
  readonly #entries: StatementSync;
  readonly #scopes: StatementSync;

  constructor(database: DatabaseSync) {
    super();
    // Without fsync a killed process loses nothing (the page cache is the kernel's); only a power cut could.
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
      CREATE TABLE IF NOT EXISTS state (
        scope TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (scope, key)
      ) WITHOUT ROWID`);
    this.#database = database;
    this.#put = database.prepare('INSERT OR REPLACE INTO state (scope, key, value) VALUES (?, ?, ?)');
    this.#delete = database.prepare('DELETE FROM state WHERE scope = ? AND key = ?');
    this.#clear = database.prepare('DELETE FROM state WHERE scope = ?');
    this.#get = database.prepare('SELECT value FROM state WHERE scope = ? AND key = ?');
    this.#entries = database.prepare('SELECT key, value FROM state WHERE scope = ? ORDER BY key');
    this.#scopes = database.prepare('SELECT DISTINCT scope FROM state WHERE scope >= ? AND scope < ?');
  }

  put(scope: string, key: string, value: unknown): void {
    this.#put.run(scope, key, serialize(value));
  }

  delete(scope: string, key: string): void {
    this.#delete.run(scope, key);
  }

  clear(scope: string): void {
    this.#clear.run(scope);
  }

  get<T>(scope: string, key: string): T | undefined {
    const row = this.#get.get(scope, key);
    return row ? (deserialize(row.value as Uint8Array) as T) : undefined;
  }

  entries<T>(scope: string): Array<[key: string, value: T]> {
    return this.#entries.all(scope).map((row) => [row.key as string, deserialize(row.value as Uint8Array) as T]);
  }

  scopes(prefix: string): string[] {
    return this.#scopes.all(prefix, `${prefix}\u{10FFFF}`).map((row) => row.scope as string);
  }

  close(): void {
    this.#database.close();
  }

  protected begin(): void {
    this.#database.exec('BEGIN');
  }

  protected commit(): void {
    this.#database.exec('COMMIT');
  }

  protected rollback(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }
}

/**
 * Opens the store.
 * @param dataDir folder for `sandbox.sqlite`, created when missing; undefined keeps everything in memory only
 * @throws when the file cannot be opened (also when the runtime lacks `node:sqlite`, before Node 22)
 */
export async function openState(dataDir: string | undefined): Promise<StateStore> {
  if (dataDir === undefined) return new MemoryStore();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const { DatabaseSync } = await import('node:sqlite');
  const file = join(dataDir, 'sandbox.sqlite');
  const store = new SqliteStore(new DatabaseSync(file));
  chmodSync(file, 0o600);
  return store;
}

/** Writes a counter so that keys sort in the order of their numbers. */
export const orderedKey = (sequence: number): string => String(sequence).padStart(12, '0');
