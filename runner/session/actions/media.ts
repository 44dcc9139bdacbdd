import type { Agent } from 'node:https';
import { normalizeMessageContent, type WAMessage } from '../../../lib/baileys/index.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import { publicMessageId } from '../../../lib/core/model/ids.ts';
import { MAX_MEDIA_BYTES } from '../../../lib/core/model/media.ts';
import type { Message } from '../../../lib/core/model/message.ts';
import type { MediaStore } from '../../../lib/core/ports/media.ts';
import type { SessionWrite } from '../../../lib/core/ports/session-store.ts';
import { addressOf } from '../../events/address.ts';
import { receivedMediaOf } from '../../events/content.ts';
import { chatJid } from '../../events/parties.ts';
import { tell } from '../../events/tell.ts';
import { type DownloadedFile, downloadFile, MediaError, type MediaFault } from '../../media/download.ts';
import { MediaFetcher } from '../../media/fetcher.ts';
import type { SentMessages } from '../sent-messages.ts';
import type { ActionDeps } from './deps.ts';
import type { MessageActions } from './messages.ts';

export interface MediaActions {
  /**
   * The file of a received message, fetched where it is not stored yet; `stored` undefined: the message has none.
   * @throws GatewayError NOT_IMPLEMENTED without a media store, RESOURCE_NOT_FOUND when nobody has it any more,
   *   INVALID_STATE, SERVICE_UNAVAILABLE
   */
  download(message: Message): Promise<{ stored: DownloadedFile | undefined; writes: SessionWrite[] }>;
}

export interface MediaActionDeps extends ActionDeps {
  instanceId: string;
  store: MediaStore | undefined;
  /** For connections to WhatsApp's media host. */
  agent(): Agent | undefined;
  original: MessageActions['original'];
  originals: Pick<SentMessages, 'keepOriginal'>;
  /** Becomes durable with the next commit. */
  put(writes: SessionWrite[]): void;
}

export function createMediaActions(deps: MediaActionDeps): MediaActions & {
  /** See `ProjectionOptions.fetchFile`. */
  fetchFile(message: WAMessage, done: () => void): boolean;
  stop(): void;
} {
  const { store, instanceId, names, clock, log } = deps;
  const moved = (message: WAMessage) => {
    const { scope } = addressOf(message);
    if (message.key.id && message.message) deps.originals.keepOriginal(scope, message.key.id, message.message);
  };
  const download = (message: WAMessage, maxBytes: number) => {
    if (!store) throw new GatewayError('NOT_IMPLEMENTED', 'This gateway has no place for files.');
    return downloadFile({ guard: deps.guard, agent: deps.agent, store, instanceId, moved }, message, maxBytes);
  };
  const maxBytes = () => Math.min(deps.settings().mediaMaxBytes, MAX_MEDIA_BYTES.document);

  const ended = (message: WAMessage, result: DownloadedFile | MediaFault) => {
    const { remoteJid, scope } = addressOf(message);
    const telling = { instanceId, nowMs: clock() };
    const about = {
      messageId: publicMessageId(message.key.id as string),
      chat: chatJid(names, remoteJid, message.key.remoteJidAlt),
    };
    const once = `media|${scope}|${message.key.id}`;
    const facts = receivedMediaOf(message);
    if (typeof result === 'string' || !facts) {
      const reason = typeof result === 'string' ? result : 'gone';
      return deps.put([tell(telling, 'media.failed', `${once}|failed`, { ...about, reason })]);
    }
    const media = { ...facts, size: result.size, sha256: result.sha256 };
    deps.put([tell(telling, 'media.stored', once, { ...about, media })]);
  };
  const fetcher = new MediaFetcher({ download: (message) => download(message, maxBytes()), ended, log });

  return {
    async download(message) {
      if (!message.media?.id || !store) return { stored: undefined, writes: [] };
      const known = await store.stat(instanceId, message.media.id);
      if (known && message.media.sha256) {
        const { id: mediaId, sha256, mimetype, fileName } = message.media;
        return { stored: { mediaId, sha256, mimetype, fileName, size: known.size }, writes: [] };
      }
      const original = await deps.original(message);
      try {
        return { stored: await download(original, MAX_MEDIA_BYTES.document), writes: [] };
      } catch (error) {
        throw error instanceof MediaError ? refusalOf(error) : error;
      }
    },
    fetchFile(message, done) {
      const isWanted = deps.settings().mediaDownload && store !== undefined;
      if (!isWanted || !normalizeMessageContent(message.message)) return false;
      const facts = receivedMediaOf(message);
      // Of a larger one nothing failed: it waits until somebody asks.
      if (!facts?.id || (facts.size ?? 0) > maxBytes()) return false;
      fetcher.take(message, done);
      return true;
    },
    stop: () => fetcher.stop(),
  };
}

function refusalOf({ fault, message }: MediaError): GatewayError {
  const details = { details: { reason: `MEDIA_${fault.toUpperCase().replace('-', '_')}` } };
  if (fault === 'gone') return new GatewayError('RESOURCE_NOT_FOUND', message, details);
  if (fault === 'too-large') return new GatewayError('PAYLOAD_TOO_LARGE', message, details);
  return new GatewayError(fault === 'damaged' ? 'INVALID_STATE' : 'SERVICE_UNAVAILABLE', message, details);
}
