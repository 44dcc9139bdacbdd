import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PutObjectCommand, type S3Client } from '../lib/core/adapters/s3/sdk.ts';
import { pagesIn } from './dashboard-files.ts';

/** Files that are sent at a time. */
const WIDTH = 8;

/**
 * Puts what was built into the dashboard's bucket, and tells how many files. The pages come when all that they name is
 * there. Files of earlier builds stay: who has an old page open loads the rest of it.
 * @throws Error of S3
 */
export async function uploadDashboard(client: S3Client, Bucket: string, dist: string): Promise<number> {
  const files = await pagesIn(dist);
  const isPage = ({ key }: { key: string }) => key.endsWith('.html');
  const put = async ({ key: Key, type: ContentType, cacheControl: CacheControl }: (typeof files)[number]) => {
    const Body = await readFile(join(dist, Key));
    await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType, CacheControl }));
  };
  for (const part of [files.filter((file) => !isPage(file)), files.filter(isPage)]) {
    const rest = part.values();
    const lane = async () => {
      for (const file of rest) await put(file);
    };
    await Promise.all(Array.from({ length: WIDTH }, lane));
  }
  return files.length;
}
