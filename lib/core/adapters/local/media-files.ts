import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { KEEP_DAYS, newMediaId, purposeOf } from '../../model/media.ts';
import type { MediaFacts, MediaStore, PutMedia, StoredMedia } from '../../ports/media.ts';
import { measured, tooLarge } from '../media-stream.ts';

const DAY_MS = 86_400_000;
const SWEEP_MS = 3_600_000;
const INSTANCE = /^[A-Za-z0-9_-]{1,80}$/;
/** Beside a file: what is known of it. */
const FACTS = '.json';
const PARTIAL = '.part';

export interface LocalMediaStore extends MediaStore {
  /** Deletes what is older than its purpose allows. Runs by itself at the start and every hour. */
  sweep(): Promise<void>;
}

/**
 * Media as files that only their owner may read: `<directory>/<instance>/<media id>`, with what is known of each beside
 * it. The API itself takes uploads and serves downloads.
 * @param directory made when it is missing
 */
export function createLocalMediaStore(directory: string, clock: () => number = Date.now): LocalMediaStore {
  const folderOf = (instanceId: string) => (INSTANCE.test(instanceId) ? join(directory, instanceId) : undefined);
  const pathOf = (instanceId: string, mediaId: string) => {
    const folder = folderOf(instanceId);
    return folder && purposeOf(mediaId) ? join(folder, mediaId) : undefined;
  };

  async function sweep(): Promise<void> {
    for (const instance of await readdir(directory).catch(ifMissing([]))) {
      const folder = join(directory, instance);
      for (const name of await readdir(folder).catch(ifMissing([]))) {
        const path = join(folder, name);
        const purpose = purposeOf(name.split('.')[0] as string) ?? 'outgoing';
        const facts = await stat(path).catch(ifMissing(undefined));
        const before = clock() - KEEP_DAYS[purpose] * DAY_MS;
        if (facts && facts.mtimeMs < before) await unlink(path).catch(ifMissing(undefined));
      }
      // Fails while there is something in it.
      await rmdir(folder).catch(() => undefined);
    }
  }

  const timer = setInterval(() => void sweep().catch(() => undefined), SWEEP_MS);
  timer.unref();
  void sweep().catch(() => undefined);

  const statOf = async (path: string | undefined): Promise<MediaFacts | undefined> => {
    const found = path === undefined ? undefined : await stat(path).catch(ifMissing(undefined));
    if (!path || !found?.isFile()) return undefined;
    const known = JSON.parse(await readFile(`${path}${FACTS}`, 'utf8').catch(ifMissing('{}'))) as Partial<MediaFacts>;
    return { size: found.size, mimetype: known.mimetype, fileName: known.fileName };
  };

  return {
    async put(instanceId, bytes, options) {
      const { purpose, id = newMediaId(purpose) } = options;
      const path = pathOf(instanceId, id);
      if (!path || purposeOf(id) !== purpose) throw new Error('The ids are none of a stored file.');
      const folder = join(directory, instanceId);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return { id, ...(await write(path, folder, bytes, options)) };
    },

    stat: (instanceId, mediaId) => statOf(pathOf(instanceId, mediaId)),

    async read(instanceId, mediaId) {
      const path = pathOf(instanceId, mediaId);
      const facts = await statOf(path);
      return path && facts ? { facts, body: createReadStream(path) } : undefined;
    },

    async open(instanceId, mediaId, maxBytes) {
      const path = pathOf(instanceId, mediaId);
      const facts = await statOf(path);
      if (!path || !facts) return undefined;
      if (facts.size > maxBytes) throw tooLarge(maxBytes);
      // Nothing to release: the file stays for a repeat of the command.
      return { path, facts, release: async () => undefined };
    },

    uploadUrl: async () => undefined,
    downloadUrl: async () => undefined,

    async remove(instanceId, mediaId) {
      const path = pathOf(instanceId, mediaId);
      if (!path) return;
      await rm(path, { force: true });
      await rm(`${path}${FACTS}`, { force: true });
    },

    async removeAll(instanceId) {
      const folder = folderOf(instanceId);
      if (folder) await rm(folder, { recursive: true, force: true });
    },

    sweep,
    close: () => clearInterval(timer),
  };
}

let partials = 0;

/** Whole or not at all, also when the process dies meanwhile. */
async function write(
  path: string,
  folder: string,
  bytes: Uint8Array | AsyncIterable<Uint8Array>,
  { maxBytes, mimetype, fileName }: PutMedia,
): Promise<Omit<StoredMedia, 'id'>> {
  const counted = measured(bytes, maxBytes);
  partials += 1;
  const partial = `${path}.${process.pid}.${partials}${PARTIAL}`;
  const file = await open(partial, 'wx', 0o600).catch(async (error: NodeJS.ErrnoException) => {
    // A sweep may take the empty folder away between the two.
    if (error.code !== 'ENOENT') throw error;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return open(partial, 'wx', 0o600);
  });
  try {
    await pipeline(counted.body, file.createWriteStream({ flush: true }));
    await writeFile(`${path}${FACTS}`, JSON.stringify({ mimetype, fileName }), { mode: 0o600 });
    await rename(partial, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
  return { size: counted.size(), sha256: counted.sha256() };
}

function ifMissing<T>(instead: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return instead;
    throw error;
  };
}
