import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLocalMediaStore, type LocalMediaStore } from '../../lib/core/adapters/local/media-files.ts';

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

const bytes = Buffer.from('a file');

it('finds a file under its own instance only, until it is removed', async () => {
  const id = await media.put('inst_1', bytes);
  expect(await media.open('inst_1', id)).toMatchObject({ path: join(folder, 'inst_1', id) });
  expect(await media.open('inst_2', id)).toBeUndefined();
  expect(await media.put('inst_1', bytes)).not.toBe(id);
  await media.remove('inst_1', id);
  expect(await media.open('inst_1', id)).toBeUndefined();
  await media.remove('inst_1', id);
});

it('takes no id that leads elsewhere', async () => {
  const id = await media.put('inst_3', bytes);
  for (const [instance, file] of [
    ['..', id],
    ['inst_3', '..'],
    ['inst_3', `../inst_3/${id}`],
    ['inst_3/..', id],
    ['inst_3', ''],
    ['', id],
    ['inst_3', `${id}\u0000`],
  ] as const) {
    expect(await media.open(instance, file)).toBeUndefined();
    await media.remove(instance, file);
  }
  await media.removeAll('..');
  await expect(media.put('../x', bytes)).rejects.toThrow();
  expect(await media.open('inst_3', id)).toBeDefined();
});

it('sweeps what is older than a command can be, with its empty folder', async () => {
  const [old, young] = [await media.put('inst_4', bytes), await media.put('inst_5', bytes)];
  const then = new Date(Date.now() - 26 * 3_600_000);
  await utimes(join(folder, 'inst_4', old), then, then);
  const later = new Date(Date.now() - 24 * 3_600_000);
  await utimes(join(folder, 'inst_5', young), later, later);
  await media.sweep();
  expect(await media.open('inst_4', old)).toBeUndefined();
  expect(await readdir(folder)).not.toContain('inst_4');
  expect(await media.open('inst_5', young)).toBeDefined();
});

it('removes all of an instance', async () => {
  const id = await media.put('inst_6', bytes);
  await media.removeAll('inst_6');
  expect(await media.open('inst_6', id)).toBeUndefined();
  await media.removeAll('inst_6');
});
