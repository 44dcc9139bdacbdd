import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { GatewayError } from '../../lib/core/errors.ts';
import { MAX_MEDIA_BYTES, MEDIA_TYPE, type MediaKind } from '../../lib/core/model/media.ts';
import { OutboundError } from '../../lib/core/model/outbound.ts';
import type { HandlerContext } from '../handlers/index.ts';

/** 100 MB at about a megabyte a second. */
const FETCH_TIMEOUT_MS = 120_000;

/** A file on this machine. */
export interface LocalFile {
  path: string;
  /** By its bytes. */
  sniffed: { mime: string; ext: string } | undefined;
  /** What its source says it is; undefined: nothing, or nothing that is a media type. */
  declared: string | undefined;
  /** What its source calls it. */
  name: string | undefined;
  release(): Promise<void>;
}

/**
 * Brings a file of an operation's input onto this machine, in a folder of its own.
 * @throws GatewayError VALIDATION_ERROR, MESSAGE_SEND_FAILED when it is too large, gone or not to be had
 */
export async function openSource(
  context: Pick<HandlerContext, 'media' | 'outbound' | 'command'>,
  kind: MediaKind,
  source: { url: string } | { id: string },
): Promise<LocalFile> {
  const file =
    'url' in source ? await fetchFile(context, kind, source.url) : await storedFile(context, kind, source.id);
  try {
    const { fileTypeFromFile } = await import('file-type');
    return { ...file, sniffed: await fileTypeFromFile(file.path) };
  } catch (error) {
    await file.release();
    throw error;
  }
}

/** Has a file on this machine while `work` runs. @throws as `openSource` */
export async function withSource<T>(
  context: Pick<HandlerContext, 'media' | 'outbound' | 'command'>,
  kind: MediaKind,
  source: { url: string } | { id: string },
  work: (file: LocalFile) => Promise<T>,
): Promise<T> {
  const file = await openSource(context, kind, source);
  try {
    return await work(file);
  } finally {
    await file.release();
  }
}

type Fetched = Omit<LocalFile, 'sniffed'>;

async function storedFile(
  { media, command }: Pick<HandlerContext, 'media' | 'command'>,
  kind: MediaKind,
  id: string,
): Promise<Fetched> {
  const stored = await media?.open(command.instanceId, id, MAX_MEDIA_BYTES[kind]);
  if (!stored) throw new GatewayError('MESSAGE_SEND_FAILED', 'The file is not there any more.', gone('MEDIA_GONE'));
  const { path, facts, release } = stored;
  return { path, release, declared: facts.mimetype, name: facts.fileName };
}

async function fetchFile(
  { outbound }: Pick<HandlerContext, 'outbound'>,
  kind: MediaKind,
  url: string,
): Promise<Fetched> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-media-'));
  const release = () => rm(folder, { recursive: true, force: true });
  try {
    const maxBytes = MAX_MEDIA_BYTES[kind];
    const answer = await outbound.request(url, { timeoutMs: FETCH_TIMEOUT_MS, maxBytes, redirects: 'follow' });
    if (answer.status !== 200) {
      answer.discard();
      throw new GatewayError('MESSAGE_SEND_FAILED', `${kind}: the URL answered ${answer.status}.`, {
        details: { reason: 'MEDIA_NOT_FETCHED', status: answer.status },
      });
    }
    const path = join(folder, 'file');
    await pipeline(answer.body, createWriteStream(path, { mode: 0o600 }));
    const type = answer.headers['content-type']?.trim();
    return { path, declared: type && MEDIA_TYPE.test(type) ? type : undefined, name: lastSegment(answer.url), release };
  } catch (error) {
    await release();
    throw error instanceof OutboundError ? refusalOf(kind, error) : error;
  }
}

function refusalOf(kind: MediaKind, { fault, message }: OutboundError): GatewayError {
  if (fault === 'url' || fault === 'too-large') {
    return new GatewayError('VALIDATION_ERROR', `${kind}: ${message}`, { details: [{ path: kind, message }] });
  }
  return new GatewayError('MESSAGE_SEND_FAILED', `${kind}: ${message}`, gone('MEDIA_NOT_FETCHED'));
}

function gone(reason: string): { details: { reason: string } } {
  return { details: { reason } };
}

/** The file name in a URL's path, where it has one. */
function lastSegment(url: string): string | undefined {
  const last = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
