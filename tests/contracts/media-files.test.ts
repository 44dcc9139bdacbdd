import { mkdtemp, readdir, rm, stat, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLocalMediaStore, type LocalMediaStore } from '../../lib/core/adapters/local/media-files.ts';
import type { MediaPurpose } from '../../lib/core/ports/media.ts';

let folder: string;
let media: LocalMediaStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-media-files-'));
  media = createLocalMediaStore(folder);
});
afterAll(async () => {
  media.close();
  await rm(folder, { recursive: true, force: true });
});

const put = async (instance: string, purpose: MediaPurpose) =>
  (await media.put(instance, Buffer.from('a file'), { purpose, maxBytes: 100, mimetype: 'text/plain' })).id;

it('keeps files that only their owner may read', async () => {
  const id = await put('inst_1', 'received');
  for (const name of await readdir(join(folder, 'inst_1'))) {
    expect((await stat(join(folder, 'inst_1', name))).mode & 0o777).toBe(0o600);
  }
  expect(await readdir(join(folder, 'inst_1'))).toContain(id);
});

it('sweeps what is older than its purpose allows, with its empty folder', async () => {
  const [old, young, kept] = [
    await put('inst_4', 'outgoing'),
    await put('inst_5', 'outgoing'),
    await put('inst_6', 'received'),
  ];
  const age = async (instance: string, hours: number) => {
    const then = new Date(Date.now() - hours * 3_600_000);
    for (const name of await readdir(join(folder, instance))) await utimes(join(folder, instance, name), then, then);
  };
  await age('inst_4', 49);
  await age('inst_5', 47);
  await age('inst_6', 49);
  await media.sweep();
  expect(await media.stat('inst_4', old)).toBeUndefined();
  expect(await readdir(folder)).not.toContain('inst_4');
  expect(await media.stat('inst_5', young)).toBeDefined();
  expect(await media.stat('inst_6', kept)).toMatchObject({ mimetype: 'text/plain' });
  await age('inst_6', 31 * 24);
  await media.sweep();
  expect(await media.stat('inst_6', kept)).toBeUndefined();
});
