import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, rmdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaStore } from '../../ports/media.ts';

/** A command waits for a day at most; the rest is for clocks and sweeps. */
const KEEP_MS = 25 * 3_600_000;
const SWEEP_MS = 3_600_000;
const NAME = /^[A-Za-z0-9_-]{1,80}$/;

export interface LocalMediaStore extends MediaStore {
  /** Deletes what is older than a command can be. Runs by itself at the start and every hour. */
  sweep(): Promise<void>;
  close(): void;
}

/**
 * Media as files that only their owner may read: `<directory>/<instance>/<random id>`.
 * @param directory made when it is missing
 */
export function createLocalMediaStore(directory: string, clock: () => number = Date.now): LocalMediaStore {
  const pathOf = (instanceId: string, ...rest: string[]): string | undefined =>
    [instanceId, ...rest].every((part) => NAME.test(part)) ? join(directory, instanceId, ...rest) : undefined;

  async function sweep(): Promise<void> {
    const before = clock() - KEEP_MS;
    for (const instance of await readdir(directory).catch(ifMissing([]))) {
      const folder = join(directory, instance);
      for (const name of await readdir(folder).catch(ifMissing([]))) {
        const path = join(folder, name);
        const facts = await stat(path).catch(ifMissing(undefined));
        if (facts && facts.mtimeMs < before) await unlink(path).catch(ifMissing(undefined));
      }
      // Fails while there is something in it.
      await rmdir(folder).catch(() => undefined);
    }
  }

  const timer = setInterval(() => void sweep().catch(() => undefined), SWEEP_MS);
  timer.unref();
  void sweep().catch(() => undefined);

  return {
    async put(instanceId, bytes) {
      const id = randomBytes(24).toString('base64url');
      const path = pathOf(instanceId, id);
      if (!path) throw new Error('The instance id is not one.');
      // A sweep may take the empty folder away between the two.
      for (let attempt = 0; ; attempt += 1) {
        await mkdir(join(directory, instanceId), { recursive: true, mode: 0o700 });
        try {
          await write(path, bytes);
          return id;
        } catch (error) {
          if (attempt === 2 || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
        }
      }
    },

    async open(instanceId, mediaId) {
      const path = pathOf(instanceId, mediaId);
      const facts = path === undefined ? undefined : await stat(path).catch(ifMissing(undefined));
      // Nothing to release: the file stays for a repeat of the command.
      return path && facts?.isFile() ? { path, release: async () => undefined } : undefined;
    },

    async remove(instanceId, mediaId) {
      const path = pathOf(instanceId, mediaId);
      if (path) await rm(path, { force: true });
    },

    async removeAll(instanceId) {
      const path = pathOf(instanceId);
      if (path) await rm(path, { recursive: true, force: true });
    },

    sweep,
    close: () => clearInterval(timer),
  };
}

/** Whole or not at all, also when the process dies meanwhile. */
async function write(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.part`;
  const file = await open(partial, 'wx', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
}

function ifMissing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}
