import type { Agent } from 'node:https';
import { normalizeMessageContent, proto, type WAMessage, type WASocket } from '../../lib/baileys/index.ts';
import { GatewayError } from '../../lib/core/errors.ts';
import type { MediaStore } from '../../lib/core/ports/media.ts';
import { fileOf, receivedMediaOf } from '../events/content.ts';
import { withMediaHost } from '../session/silence.ts';
import { inTime } from '../waiting.ts';
import { MediaStatus, openEncrypted } from './encrypted-stream.ts';

/** The phone may be off; somebody waits. */
const ASK_PHONE_TIMEOUT_MS = 45_000;
/** Silence of WhatsApp's media host for this long ends a download. */
const SILENCE_MS = 30_000;
const LIVE_HOST = 'mmg.whatsapp.net';

export type MediaFault = 'gone' | 'too-large' | 'damaged' | 'unreachable';

/** Why the file of a message is not to be had. */
export class MediaError extends Error {
  readonly fault: MediaFault;
  constructor(fault: MediaFault, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'MediaError';
    this.fault = fault;
  }
}

export interface DownloadedFile {
  mediaId: string;
  mimetype: string | null;
  size: number;
  sha256: string;
  fileName: string | null;
}

export interface DownloadDeps {
  guard<T>(work: (sock: WASocket) => Promise<T>): Promise<T>;
  store: MediaStore;
  /** For connections to the media host. */
  agent(): Agent | undefined;
  instanceId: string;
  /** The phone has put the file somewhere else: the message says so from now on. */
  moved(message: WAMessage): void;
}

/**
 * Fetches the file of a received message into the media store, streaming, and compares it with what the message says.
 * What WhatsApp's media host has no more is asked for again from the phone.
 * @param maxBytes more is not fetched
 * @throws MediaError
 */
export async function downloadFile(deps: DownloadDeps, message: WAMessage, maxBytes: number): Promise<DownloadedFile> {
  const facts = receivedMediaOf(message);
  if (!facts?.id) throw new MediaError('gone', 'The message has no file that can be fetched.');
  if (facts.size !== null && facts.size > maxBytes)
    throw new MediaError('too-large', 'The file is larger than is fetched.');
  const host = await mediaHost(deps);
  let stream: AsyncIterable<Uint8Array>;
  try {
    stream = await open(message, host, deps.agent());
  } catch (error) {
    if (!isExpired(error)) throw unreachable(error);
    const again = await askPhone(deps, message);
    deps.moved(again);
    stream = await open(again, host, deps.agent()).catch((second: unknown) => {
      throw isExpired(second) ? new MediaError('gone', 'The phone did not put the file back.') : unreachable(second);
    });
  }
  const { mimetype, fileName } = facts;
  const stored = await deps.store
    .put(deps.instanceId, unlessSilent(stream), {
      ...{ purpose: 'received', maxBytes, id: facts.id },
      mimetype: mimetype ?? undefined,
      fileName: fileName ?? undefined,
    })
    .catch((error: unknown) => {
      if (error instanceof GatewayError) throw new MediaError('too-large', 'The file is larger than is fetched.');
      throw unreachable(error);
    });
  if (facts.sha256 !== null && facts.sha256 !== stored.sha256) {
    await deps.store.remove(deps.instanceId, facts.id);
    throw new MediaError('damaged', 'The file is not the one that the message describes.');
  }
  return { mediaId: facts.id, mimetype, fileName, size: stored.size, sha256: stored.sha256 };
}

/** The sender chooses path and address of a file: the path alone is used, on a host of WhatsApp's own choice. */
async function open(message: WAMessage, host: string, agent: Agent | undefined): Promise<AsyncIterable<Uint8Array>> {
  const found = fileOf(normalizeMessageContent(message.message) ?? {});
  const { mediaKey, directPath } = found?.file ?? {};
  if (!found || !mediaKey || !directPath || !/^\/(?![/\\])/.test(directPath)) {
    throw new MediaError('gone', 'The message does not say where its file is.');
  }
  return openEncrypted({ url: `https://${host}${directPath}`, mediaKey, kind: found.kind }, agent);
}

async function mediaHost({ guard }: DownloadDeps): Promise<string> {
  const { hosts } = await guard((sock) => withMediaHost(sock, sock.refreshMediaConn(false)));
  const names = hosts.map(({ hostname }) => hostname);
  return names.some((name) => name.endsWith('.whatsapp.net')) || !names[0] ? LIVE_HOST : names[0];
}

async function askPhone({ guard }: DownloadDeps, message: WAMessage): Promise<WAMessage> {
  const copy = proto.WebMessageInfo.decode(proto.WebMessageInfo.encode(message).finish()) as WAMessage;
  copy.key = message.key;
  const late = () => new MediaError('unreachable', 'The phone did not answer.');
  try {
    return await guard((sock) => inTime(sock.updateMediaMessage(copy), ASK_PHONE_TIMEOUT_MS, late));
  } catch (error) {
    if (error instanceof MediaError) throw error;
    const isAnswer = (error as { isBoom?: boolean } | undefined)?.isBoom === true;
    throw isAnswer ? new MediaError('gone', 'Neither WhatsApp nor the phone has the file.') : error;
  }
}

async function* unlessSilent(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = stream[Symbol.asyncIterator]();
  const silent = () => new MediaError('unreachable', 'The media host fell silent.');
  try {
    for (;;) {
      const { done, value } = await inTime(chunks.next(), SILENCE_MS, silent);
      if (done) return;
      yield value;
    }
  } finally {
    await chunks.return?.();
  }
}

function isExpired(error: unknown): boolean {
  return error instanceof MediaStatus && [403, 404, 410].includes(error.status);
}

function unreachable(error: unknown): Error {
  return error instanceof MediaError
    ? error
    : new MediaError('unreachable', 'The media host could not be reached.', error);
}
