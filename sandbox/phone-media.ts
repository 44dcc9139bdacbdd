import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { hkdf, normalizeMessageContent, type proto } from '../lib/baileys/index.ts';
import type { MediaServer } from './media.ts';
import { SandboxError } from './wire.ts';

/** What a contact may attach. */
export type MediaKind = 'image' | 'video' | 'audio' | 'document' | 'sticker';

/** A file a contact sends. */
export interface MediaAttachment {
  readonly kind: MediaKind;
  readonly bytes: Uint8Array;
  readonly mimetype: string;
  readonly caption?: string;
  readonly fileName?: string;
  /** Audio only: a voice note. */
  readonly voice?: boolean;
}

/** An attachment as the control API takes it. @throws SandboxError 400 */
export function attachmentField(body: Record<string, unknown>): MediaAttachment {
  const { kind, base64, mimetype, caption, fileName, voice } = body;
  if (typeof kind !== 'string' || !Object.hasOwn(KEY_LABELS, kind))
    throw new SandboxError(400, '"kind" is no kind of file');
  if (typeof base64 !== 'string' || typeof mimetype !== 'string') {
    throw new SandboxError(400, '"base64" and "mimetype" must be strings');
  }
  return {
    ...{ kind: kind as MediaKind, bytes: Buffer.from(base64, 'base64'), mimetype },
    ...(typeof caption === 'string' && { caption }),
    ...(typeof fileName === 'string' && { fileName }),
    ...(voice === true && { voice }),
  };
}

/** The label that ties a media key to the kind of media it opens. */
const KEY_LABELS: Readonly<Record<MediaKind, string>> = {
  image: 'WhatsApp Image Keys',
  video: 'WhatsApp Video Keys',
  audio: 'WhatsApp Audio Keys',
  document: 'WhatsApp Document Keys',
  sticker: 'WhatsApp Image Keys',
};

const MAC_LENGTH = 10;

/**
 * Encrypts a file, stores it on the media host, and makes the message that points to it. The blob is AES-256-CBC
 * followed by ten bytes of HMAC-SHA256 over iv and ciphertext, with keys expanded from a random 32-byte media key.
 */
export function attach(media: MediaServer | undefined, attachment: MediaAttachment): proto.IMessage {
  if (!media) throw new SandboxError(409, 'media is off in this sandbox');
  const { kind, bytes, mimetype, caption, fileName } = attachment;
  const mediaKey = randomBytes(32);
  const { iv, cipherKey, macKey } = expand(mediaKey, kind);
  const cipher = createCipheriv('aes-256-cbc', cipherKey, iv);
  const encrypted = Buffer.concat([cipher.update(bytes), cipher.final()]);
  const mac = createHmac('sha256', macKey).update(iv).update(encrypted).digest().subarray(0, MAC_LENGTH);
  const blob = Buffer.concat([encrypted, mac]);
  const name = createHash('sha256').update(blob).digest('hex');
  media.store(name, blob);
  const common = {
    url: media.urlOf(name),
    directPath: `/v/${name}`,
    mediaKey,
    mediaKeyTimestamp: Math.floor(Date.now() / 1000),
    mimetype,
    fileLength: bytes.length,
    fileSha256: createHash('sha256').update(bytes).digest(),
    fileEncSha256: createHash('sha256').update(blob).digest(),
  };
  switch (kind) {
    case 'image':
      return { imageMessage: { ...common, caption } };
    case 'video':
      return { videoMessage: { ...common, caption } };
    case 'audio':
      return { audioMessage: { ...common, seconds: 1, ptt: attachment.voice ?? false } };
    case 'document':
      return { documentMessage: { ...common, caption, fileName, title: fileName } };
    case 'sticker':
      return { stickerMessage: common };
  }
}

/**
 * Fetches and decrypts the file a received message points to.
 * @throws SandboxError 404 when it has none or the host lost it, 409 when it was damaged
 */
export function openAttachment(media: MediaServer | undefined, message: proto.IMessage): Buffer {
  const [kind, content] = carrierOf(message) ?? [];
  const blob = content?.directPath ? media?.read(content.directPath) : undefined;
  // What is posted in channels is not encrypted, and lies there as it is.
  if (blob && !content?.mediaKey) return blob;
  if (!kind || !content?.mediaKey || !blob) throw new SandboxError(404, 'the message has no media here');
  const { iv, cipherKey, macKey } = expand(content.mediaKey, kind);
  const encrypted = blob.subarray(0, -MAC_LENGTH);
  const mac = createHmac('sha256', macKey).update(iv).update(encrypted).digest().subarray(0, MAC_LENGTH);
  if (!mac.equals(blob.subarray(-MAC_LENGTH))) throw new SandboxError(409, 'the media was damaged');
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
  return Buffer.concat([decipher.update(encrypted), decipher.final()]);
}

/** The part of a message that points to a file, and the kind of keys that open it. */
export function carrierOf(message: proto.IMessage) {
  const content = normalizeMessageContent(message) ?? {};
  if (content.ptvMessage) return ['video', content.ptvMessage] as const;
  return (['image', 'video', 'audio', 'document', 'sticker'] as const)
    .map((each) => [each, content[`${each}Message`]] as const)
    .find(([, found]) => found);
}

/** Hex SHA-256 of the file a received message points to; null when it has none, or the host lost it. */
export function attachmentHash(media: MediaServer | undefined, message: proto.IMessage): string | null {
  if (!carrierOf(message)) return null;
  try {
    return createHash('sha256').update(openAttachment(media, message)).digest('hex');
  } catch (error) {
    if (error instanceof SandboxError) return null;
    throw error;
  }
}

function expand(mediaKey: Uint8Array, kind: MediaKind): { iv: Buffer; cipherKey: Buffer; macKey: Buffer } {
  const expanded = Buffer.from(hkdf(mediaKey, 112, { info: KEY_LABELS[kind] }));
  return { iv: expanded.subarray(0, 16), cipherKey: expanded.subarray(16, 48), macKey: expanded.subarray(48, 80) };
}
