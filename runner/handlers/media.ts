import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { AnyMessageContent } from '../../lib/baileys/index.ts';
import type { OperationInput } from '../../lib/core/catalogue/operations.ts';
import { GatewayError } from '../../lib/core/errors.ts';
import {
  MAX_MEDIA_BYTES,
  MEDIA_TYPE,
  type MediaKind,
  safeFileName,
  sentMediaType,
} from '../../lib/core/model/media.ts';
import { OutboundError } from '../../lib/core/model/outbound.ts';
import type { Handler, HandlerContext } from './index.ts';
import { type Delivered, deliver } from './messages.ts';

const FETCH_TIMEOUT_MS = 60_000;

/** Every operation that sends a file takes the same input. */
type MediaInput = OperationInput<'message.sendDocument'>;

/** A file on this machine, ready to be sent. */
interface LocalFile {
  path: string;
  /** What its source says it is; undefined: nothing, or nothing that is a media type. */
  declared: string | undefined;
  /** What its source calls it. */
  name: string | undefined;
  release(): Promise<void>;
}

export const sendImage: Handler<'message.sendImage'> = (context, input) =>
  sendFile(context, 'image', input, (url, mimetype) => ({
    ...{ image: { url }, mimetype, ...NO_THUMBNAIL },
    ...(input.caption && { caption: input.caption }),
  }));

export const sendVideo: Handler<'message.sendVideo'> = (context, input) =>
  sendFile(context, 'video', input, (url, mimetype) => ({
    ...{ video: { url }, mimetype, ...NO_THUMBNAIL },
    ...(input.caption && { caption: input.caption }),
  }));

export const sendAudio: Handler<'message.sendAudio'> = (context, input) =>
  sendFile(context, 'audio', input, (url, mimetype) => ({ audio: { url }, mimetype }));

export const sendDocument: Handler<'message.sendDocument'> = (context, input) =>
  sendFile(context, 'document', input, (url, mimetype, fileName) => ({
    ...{ document: { url }, mimetype, fileName },
    ...(input.caption && { caption: input.caption }),
  }));

/** Baileys makes thumbnails by packages that are not here, and by a shell; null keeps it from trying. */
export const NO_THUMBNAIL = { jpegThumbnail: null as unknown as string };

async function sendFile(
  context: HandlerContext,
  kind: MediaKind,
  input: MediaInput,
  contentOf: (path: string, mimetype: string, fileName: string) => AnyMessageContent,
): Promise<Delivered> {
  await context.session.contacts.requireOnWhatsApp(input.to);
  return withFile(context, kind, input.media, async (file) => {
    const { fileTypeFromFile } = await import('file-type');
    const sniffed = await fileTypeFromFile(file.path);
    const mimetype = sentMediaType(kind, sniffed?.mime, input.mimetype ?? file.declared);
    const name = safeFileName(input.filename) ?? safeFileName(file.name) ?? 'document';
    const fileName = extname(name) === '' && sniffed ? `${name}.${sniffed.ext}` : name;
    return deliver(context, input.to, contentOf(file.path, mimetype, fileName));
  });
}

/** Has the file on this machine while `work` runs. */
export async function withFile<T>(
  context: HandlerContext,
  kind: MediaKind,
  source: MediaInput['media'],
  work: (file: LocalFile) => Promise<T>,
): Promise<T> {
  const file = await openFile(context, kind, source);
  try {
    return await work(file);
  } finally {
    await file.release();
  }
}

async function openFile(context: HandlerContext, kind: MediaKind, source: MediaInput['media']): Promise<LocalFile> {
  if ('url' in source) return fetchFile(context, kind, source.url);
  const stored = await context.media?.open(context.command.instanceId, source.id, MAX_MEDIA_BYTES[kind]);
  if (!stored) throw new GatewayError('MESSAGE_SEND_FAILED', 'The file is not there any more.', gone('MEDIA_GONE'));
  const { path, facts, release } = stored;
  return { path, release, declared: facts.mimetype, name: facts.fileName };
}

/** Streams the file into a folder of its own. */
async function fetchFile({ outbound }: HandlerContext, kind: MediaKind, url: string): Promise<LocalFile> {
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
