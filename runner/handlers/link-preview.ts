import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WAUrlInfo } from '../../lib/baileys/index.ts';
import type { OutboundClient } from '../../lib/core/ports/outbound.ts';
import { pictureOf } from '../media/convert.ts';
import { canRead } from '../media/ffmpeg.ts';

const TIMEOUT_MS = 5_000;
const MAX_PAGE_BYTES = 512 * 1_024;
const MAX_PICTURE_BYTES = 4 * 1_024 * 1_024;
const MAX_TITLE_LENGTH = 300;
const MAX_DESCRIPTION_LENGTH = 1_000;

/**
 * What a page says of itself, for the first link of a text. A page that cannot be had, or says nothing, is no reason
 * not to send the text: undefined then.
 */
export async function linkPreview(outbound: OutboundClient, text: string): Promise<WAUrlInfo | undefined> {
  const link = /https?:\/\/[^\s<>"']{3,2000}/i.exec(text)?.[0].replace(/[.,;:!?)\]]+$/, '');
  const url = link === undefined ? null : URL.parse(link);
  if (!url || link === undefined) return undefined;
  const page = await pageAt(outbound, url.href);
  if (!page) return undefined;
  const title = metaOf(page.html, 'og:title') ?? unescaped(/<title[^>]*>([^<]{1,2000})/i.exec(page.html)?.[1]);
  if (!title) return undefined;
  const description = metaOf(page.html, 'og:description') ?? metaOf(page.html, 'description');
  const image = metaOf(page.html, 'og:image');
  const picture = image ? URL.parse(image, page.url) : null;
  const thumbnail = picture && (await thumbnailOf(outbound, picture.href).catch(() => undefined));
  return {
    'canonical-url': page.url,
    'matched-text': link,
    title: title.slice(0, MAX_TITLE_LENGTH),
    ...(description && { description: description.slice(0, MAX_DESCRIPTION_LENGTH) }),
    ...(thumbnail && { jpegThumbnail: thumbnail }),
  };
}

interface Page {
  html: string;
  url: string;
}

/** By https first, also when only http is written; WhatsApp's own clients do the same. */
async function pageAt(outbound: OutboundClient, url: string): Promise<Page | undefined> {
  for (const address of new Set([url.replace(/^http:/, 'https:'), url])) {
    const page = await fetchText(outbound, address).catch(() => undefined);
    if (page) return page;
  }
  return undefined;
}

async function fetchText(outbound: OutboundClient, url: string): Promise<Page | undefined> {
  const answer = await outbound.request(url, { timeoutMs: TIMEOUT_MS, maxBytes: MAX_PAGE_BYTES, redirects: 'follow' });
  if (answer.status !== 200 || !/^text\/html|xhtml/.test(answer.headers['content-type'] ?? '')) {
    answer.discard();
    return undefined;
  }
  return { html: (await bytesOf(answer.body)).toString('utf8'), url: answer.url };
}

async function thumbnailOf(outbound: OutboundClient, url: string): Promise<Buffer | undefined> {
  const request = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_PICTURE_BYTES, redirects: 'follow' } as const;
  const answer = await outbound.request(url, request);
  const bytes = await bytesOf(answer.body);
  return answer.status === 200 ? thumbnailOfBytes(bytes) : undefined;
}

/** A small JPEG of a picture; undefined where there is no ffmpeg, or it is none. */
export async function thumbnailOfBytes(bytes: Uint8Array): Promise<Buffer | undefined> {
  const { fileTypeFromBuffer } = await import('file-type');
  const mimetype = (await fileTypeFromBuffer(bytes))?.mime;
  if (!canRead(mimetype) || !mimetype.startsWith('image/')) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-preview-'));
  try {
    const path = join(folder, 'file');
    await writeFile(path, bytes, { mode: 0o600 });
    return (await pictureOf({ path, mimetype }, 192))?.thumbnail;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function metaOf(html: string, name: string): string | undefined {
  for (const [tag] of html.matchAll(/<meta\s[^>]{1,4000}>/gi)) {
    const named = /\b(?:property|name)\s*=\s*["']?([\w:.-]+)/i.exec(tag)?.[1];
    if (named?.toLowerCase() !== name) continue;
    const content = /\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(tag);
    const text = unescaped(content?.[1] ?? content?.[2]);
    if (text) return text;
  }
  return undefined;
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#39': "'", nbsp: ' ' };

function unescaped(text: string | undefined): string | undefined {
  return text?.replace(/&(amp|lt|gt|quot|apos|#39|nbsp);/g, (_, name: string) => ENTITIES[name] as string).trim();
}
