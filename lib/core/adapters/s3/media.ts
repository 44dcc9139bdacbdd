import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Config } from '../../config.ts';
import { newMediaId, purposeOf } from '../../model/media.ts';
import type { MediaFacts, MediaPurpose, MediaStore } from '../../ports/media.ts';
import { measured, tooLarge } from '../media-stream.ts';

/** Also the least that S3 takes as a part; four of them are in memory at most. */
const PART_BYTES = 8 * 1_024 * 1_024;
const PARTS_AT_A_TIME = 2;
const INSTANCE = /^[A-Za-z0-9_-]{1,80}$/;

/** The beginning of the object keys of a purpose: the bucket's lifecycle rules go by it, with `KEEP_DAYS`. */
export const MEDIA_PREFIX: Record<MediaPurpose, string> = { outgoing: 'outgoing/', received: 'received/' };

/**
 * Media as objects `outgoing|received/<instance>/<media id>` of the bucket. Uploads and downloads of callers go past
 * the API by presigned URLs. The SDK is loaded with the first use; objects expire by the bucket's lifecycle.
 */
export function createS3MediaStore(config: Pick<Config, 'region' | 's3Endpoint'>, bucket: string): MediaStore {
  let opened: Promise<Opened> | undefined;
  const use = () => {
    opened ??= openS3(config);
    return opened;
  };
  const keyOf = (instanceId: string, mediaId: string): string | undefined => {
    const purpose = purposeOf(mediaId);
    return purpose && INSTANCE.test(instanceId) ? `${MEDIA_PREFIX[purpose]}${instanceId}/${mediaId}` : undefined;
  };
  const place = (instanceId: string, mediaId: string): { Bucket: string; Key: string } => {
    const Key = keyOf(instanceId, mediaId);
    if (!Key) throw new Error('The ids are none of a stored file.');
    return { Bucket: bucket, Key };
  };

  async function stat(instanceId: string, mediaId: string): Promise<MediaFacts | undefined> {
    const Key = keyOf(instanceId, mediaId);
    if (!Key) return undefined;
    const { sdk, client } = await use();
    const head = await client.send(new sdk.HeadObjectCommand({ Bucket: bucket, Key })).catch(ifMissing);
    return head && factsOf(head);
  }

  async function read(instanceId: string, mediaId: string) {
    const Key = keyOf(instanceId, mediaId);
    if (!Key) return undefined;
    const { sdk, client } = await use();
    const object = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key })).catch(ifMissing);
    return object?.Body ? { facts: factsOf(object), body: object.Body as Readable } : undefined;
  }

  return {
    async put(instanceId, bytes, { purpose, maxBytes, mimetype, fileName, id = newMediaId(purpose) }) {
      if (purposeOf(id) !== purpose) throw new Error('The id is none of this purpose.');
      const { sdk, client } = await use();
      const counted = measured(bytes, maxBytes);
      // An error of the source must end the upload: an unfinished object is never there.
      const upload = new sdk.Upload({
        client,
        partSize: PART_BYTES,
        queueSize: PARTS_AT_A_TIME,
        leavePartsOnError: false,
        params: {
          ...place(instanceId, id),
          Body: Readable.from(counted.body, { objectMode: false }),
          ...(mimetype && { ContentType: mimetype }),
          ...(fileName && { Metadata: { name: encodeURIComponent(fileName) } }),
        },
      });
      await upload.done();
      return { id, size: counted.size(), sha256: counted.sha256() };
    },

    stat,
    read,

    async open(instanceId, mediaId, maxBytes) {
      const found = await read(instanceId, mediaId);
      if (!found) return undefined;
      if (found.facts.size > maxBytes) {
        found.body.destroy();
        throw tooLarge(maxBytes);
      }
      const folder = await mkdtemp(join(tmpdir(), 'switchboard-media-'));
      const release = () => rm(folder, { recursive: true, force: true });
      try {
        const path = join(folder, 'file');
        await pipeline(found.body, createWriteStream(path, { mode: 0o600 }));
        return { path, facts: found.facts, release };
      } catch (error) {
        await release();
        throw error;
      }
    },

    async uploadUrl(instanceId, mediaId, { size, mimetype, expiresInSeconds }) {
      const { sdk, client } = await use();
      const headers = { 'content-length': String(size), 'content-type': mimetype };
      const command = new sdk.PutObjectCommand({
        ...place(instanceId, mediaId),
        ContentLength: size,
        ContentType: mimetype,
      });
      // Signed, so that the URL is good for a file of this size and type only.
      const signableHeaders = new Set(['host', ...Object.keys(headers)]);
      return {
        url: await sdk.getSignedUrl(client, command, { expiresIn: expiresInSeconds, signableHeaders }),
        headers,
      };
    },

    async downloadUrl(instanceId, mediaId, { expiresInSeconds, disposition }) {
      const { sdk, client } = await use();
      const command = new sdk.GetObjectCommand({
        ...place(instanceId, mediaId),
        ResponseContentDisposition: disposition,
      });
      return sdk.getSignedUrl(client, command, { expiresIn: expiresInSeconds });
    },

    async remove(instanceId, mediaId) {
      const Key = keyOf(instanceId, mediaId);
      if (!Key) return;
      const { sdk, client } = await use();
      await client.send(new sdk.DeleteObjectCommand({ Bucket: bucket, Key }));
    },

    async removeAll(instanceId) {
      if (!INSTANCE.test(instanceId)) return;
      const { sdk, client } = await use();
      for (const prefix of Object.values(MEDIA_PREFIX)) {
        const pages = sdk.paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: `${prefix}${instanceId}/` });
        for await (const { Contents = [] } of pages) {
          if (Contents.length === 0) continue;
          const Objects = Contents.map(({ Key }) => ({ Key }));
          const { Errors = [] } = await client.send(
            new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
          );
          if (Errors.length > 0) throw new Error(`S3 kept ${Errors.length} objects: ${Errors[0]?.Code}`);
        }
      }
    },

    close() {
      void opened?.then(({ client }) => client.destroy());
    },
  };
}

interface Opened {
  sdk: typeof import('./sdk.ts');
  client: S3Client;
}

async function openS3({ region, s3Endpoint }: Pick<Config, 'region' | 's3Endpoint'>): Promise<Opened> {
  const sdk = await import('./sdk.ts');
  const client = new sdk.S3Client({
    region,
    // By default a presigned PUT promises the checksum of an empty body.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    ...(s3Endpoint && {
      endpoint: s3Endpoint,
      forcePathStyle: true,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  });
  return { sdk, client };
}

function factsOf(object: {
  ContentLength?: number | undefined;
  ContentType?: string | undefined;
  Metadata?: Record<string, string> | undefined;
}): MediaFacts {
  const name = object.Metadata?.name;
  return {
    size: object.ContentLength ?? 0,
    mimetype: object.ContentType,
    fileName: name === undefined ? undefined : decodeURIComponent(name),
  };
}

function ifMissing(error: { name?: string; $metadata?: { httpStatusCode?: number } }): undefined {
  if (error.name === 'NoSuchKey' || error.name === 'NotFound' || error.$metadata?.httpStatusCode === 404) return;
  throw error;
}
