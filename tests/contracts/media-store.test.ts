import { createHash, randomUUID } from 'node:crypto';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalMediaStore } from '../../lib/core/adapters/local/media-files.ts';
import { createMediaStore } from '../../lib/core/adapters/media.ts';
import { newMediaId } from '../../lib/core/model/media.ts';
import type { MediaStore } from '../../lib/core/ports/media.ts';

const MIB = 1_024 * 1_024;
const BUCKET = 'switchboard-media-test';

let folder: string;
let endpoint: string;
let s3: S3Client;
const stores = {} as Record<'files' | 'S3', MediaStore>;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'switchboard-media-store-'));
  ends.push(() => rm(folder, { recursive: true, force: true }));
  const server = await startFauxqs({ port: 0, logger: false });
  ends.push(() => server.stop());
  endpoint = `http://127.0.0.1:${server.port}`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  s3 = new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials });
  ends.push(() => s3.destroy());
  await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  stores.files = createLocalMediaStore(folder);
  stores.S3 = createMediaStore({ mediaBucket: BUCKET, region: 'us-east-1', s3Endpoint: endpoint }) as MediaStore;
  ends.push(
    () => stores.files.close(),
    () => stores.S3.close(),
  );
});
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const outgoing = { purpose: 'outgoing', maxBytes: 64 * MIB } as const;

async function contentOf(store: MediaStore, instance: string, id: string): Promise<Buffer | undefined> {
  const found = await store.read(instance, id);
  if (!found) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of found.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* chunks(total: number): AsyncGenerator<Uint8Array> {
  for (let left = total; left > 0; left -= MIB) yield new Uint8Array(Math.min(MIB, left)).fill(7);
}

describe.each(['files', 'S3'] as const)('a media store of %s', (name) => {
  const store = () => stores[name];
  const anInstance = () => `inst_${randomUUID()}`;

  it('gives back what it was given, with what is known of it', async () => {
    const instance = anInstance();
    const bytes = Buffer.from('%PDF- a file');
    const put = await store().put(instance, bytes, {
      ...outgoing,
      mimetype: 'application/pdf',
      fileName: 'Ré/su;mé.pdf',
    });
    expect(put).toEqual({ id: expect.stringMatching(/^out_/), size: bytes.length, sha256: sha256(bytes) });
    const facts = { size: bytes.length, mimetype: 'application/pdf', fileName: 'Ré/su;mé.pdf' };
    expect(await store().stat(instance, put.id)).toEqual(facts);
    expect(await contentOf(store(), instance, put.id)).toEqual(bytes);
    const opened = await store().open(instance, put.id, 100);
    expect([opened?.facts, await readFile(opened?.path as string)]).toEqual([facts, bytes]);
    await opened?.release();
  });

  it('finds a file under its own instance only, until it is removed', async () => {
    const [instance, other] = [anInstance(), anInstance()];
    const { id } = await store().put(instance, Buffer.from('a'), outgoing);
    const { id: second } = await store().put(instance, Buffer.from('a'), outgoing);
    expect(second).not.toBe(id);
    for (const look of ['stat', 'read'] as const) expect(await store()[look](other, id)).toBeUndefined();
    expect(await store().open(other, id, 100)).toBeUndefined();
    await store().remove(other, id);
    expect(await store().stat(instance, id)).toBeDefined();
    await store().remove(instance, id);
    await store().remove(instance, id);
    expect(await store().stat(instance, id)).toBeUndefined();
    expect(await contentOf(store(), instance, second)).toEqual(Buffer.from('a'));
  });

  it('replaces the file of an id', async () => {
    const instance = anInstance();
    const id = newMediaId('received');
    for (const text of ['first', 'second one']) {
      await store().put(instance, Buffer.from(text), { purpose: 'received', maxBytes: 100, id });
    }
    expect((await contentOf(store(), instance, id))?.toString()).toBe('second one');
    const misnamed = store().put(instance, Buffer.from('x'), { ...outgoing, id });
    await expect(misnamed).rejects.toThrow('id');
  });

  it('streams what is larger than a part', async () => {
    const instance = anInstance();
    const size = 20 * MIB + 5;
    const { id, sha256: hash } = await store().put(instance, chunks(size), outgoing);
    const opened = await store().open(instance, id, size);
    const bytes = await readFile(opened?.path as string);
    expect([bytes.length, sha256(bytes)]).toEqual([size, hash]);
    await opened?.release();
    if (name === 'S3') await expect(access(opened?.path as string)).rejects.toThrow();
    await expect(store().open(instance, id, size - 1)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  it('keeps nothing of what is too large, or breaks off', async () => {
    const instance = anInstance();
    const id = newMediaId('outgoing');
    const limits = { ...outgoing, id, maxBytes: 18 * MIB };
    await expect(store().put(instance, chunks(20 * MIB), limits)).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* chunks(10 * MIB);
      throw new Error('the source broke off');
    }
    await expect(store().put(instance, broken(), limits)).rejects.toThrow('broke off');
    expect(await store().stat(instance, id)).toBeUndefined();
    if (name === 'S3') {
      const { Uploads } = await s3.send(
        new ListMultipartUploadsCommand({ Bucket: BUCKET, Prefix: `outgoing/${instance}` }),
      );
      expect(Uploads ?? []).toEqual([]);
    }
  });

  it('takes no id that leads elsewhere', async () => {
    const instance = anInstance();
    const { id } = await store().put(instance, Buffer.from('a'), outgoing);
    for (const [where, file] of [
      ['..', id],
      [instance, '..'],
      [instance, `../${instance}/${id}`],
      [`${instance}/..`, id],
      [instance, ''],
      ['', id],
      [instance, `${id}\u0000`],
      [instance, `${id}.json`],
    ] as const) {
      expect(await store().open(where, file, 100)).toBeUndefined();
      expect(await store().stat(where, file)).toBeUndefined();
      await store().remove(where, file);
    }
    await store().removeAll('..');
    await expect(store().put('../x', Buffer.from('a'), outgoing)).rejects.toThrow('ids');
    expect(await store().stat(instance, id)).toBeDefined();
  });

  it('removes all of an instance, and of no other', async () => {
    const [instance, other] = [anInstance(), `${anInstance()}0`];
    const mine = [
      await store().put(instance, Buffer.from('a'), outgoing),
      await store().put(instance, Buffer.from('b'), { purpose: 'received', maxBytes: 9 }),
    ];
    const theirs = await store().put(other, Buffer.from('c'), outgoing);
    await store().removeAll(instance);
    for (const { id } of mine) expect(await store().stat(instance, id)).toBeUndefined();
    expect(await store().stat(other, theirs.id)).toBeDefined();
    await store().removeAll(instance);
  });
});

describe('presigned URLs of S3', () => {
  it('take a file of the stated size and type, and serve it', async () => {
    const id = newMediaId('outgoing');
    const bytes = Buffer.from('hello');
    const file = { size: bytes.length, mimetype: 'text/csv', expiresInSeconds: 600 };
    const upload = await stores.S3.uploadUrl('inst_u', id, file);
    const query = new URL(upload?.url as string).searchParams;
    expect(query.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
    expect(query.get('X-Amz-Expires')).toBe('600');
    expect([...query.keys()].filter((key) => /checksum/i.test(key))).toEqual([]);
    expect(upload?.headers).toEqual({ 'content-length': '5', 'content-type': 'text/csv' });
    const put = await fetch(upload?.url as string, {
      method: 'PUT',
      headers: { 'content-type': 'text/csv' },
      body: bytes,
    });
    expect(put.status).toBe(200);
    expect(await stores.S3.stat('inst_u', id)).toEqual({ size: 5, mimetype: 'text/csv', fileName: undefined });
    const url = await stores.S3.downloadUrl('inst_u', id, { expiresInSeconds: 60, disposition: 'attachment' });
    expect(new URL(url as string).searchParams.get('response-content-disposition')).toBe('attachment');
    expect(await (await fetch(url as string)).text()).toBe('hello');
  });

  it('are not what files on this machine have', async () => {
    const file = { size: 1, mimetype: 'text/csv', expiresInSeconds: 600 };
    expect(await stores.files.uploadUrl('inst_u', newMediaId('outgoing'), file)).toBeUndefined();
    const options = { expiresInSeconds: 60, disposition: 'attachment' };
    expect(await stores.files.downloadUrl('inst_u', newMediaId('outgoing'), options)).toBeUndefined();
  });
});
