import { createHash, randomBytes } from 'node:crypto';
import { GatewayError } from '../errors.ts';

/** The kinds of file that a message can carry. */
export const MEDIA_KINDS = ['image', 'document', 'audio', 'video', 'voice', 'sticker'] as const;
export type MediaKind = (typeof MEDIA_KINDS)[number];

const MIB = 1_024 * 1_024;

/** Bytes of a file at most; one in the request itself is bounded by the request. */
export const MAX_MEDIA_BYTES: Record<MediaKind, number> = {
  image: 16 * MIB,
  audio: 16 * MIB,
  video: 16 * MIB,
  voice: 16 * MIB,
  sticker: 16 * MIB,
  document: 100 * MIB,
};

/** What WhatsApp's clients show; anything else can go as a document. */
const SHOWN: Record<'image' | 'video' | 'audio', Record<string, string>> = {
  image: { 'image/jpeg': 'image/jpeg', 'image/png': 'image/png', 'image/webp': 'image/webp' },
  video: {
    'video/mp4': 'video/mp4',
    'video/x-m4v': 'video/mp4',
    'video/3gpp': 'video/3gpp',
    'video/quicktime': 'video/quicktime',
  },
  audio: {
    'audio/ogg': 'audio/ogg',
    'audio/ogg; codecs=opus': 'audio/ogg; codecs=opus',
    'audio/mpeg': 'audio/mpeg',
    'audio/mp4': 'audio/mp4',
    'audio/x-m4a': 'audio/mp4',
    'audio/aac': 'audio/aac',
    'audio/amr': 'audio/amr',
    'audio/wav': 'audio/wav',
    'video/mp4': 'audio/mp4',
  },
};

/** A media type with its parameters. */
export const MEDIA_TYPE = /^[a-z0-9][\w.+-]{0,63}\/[a-z0-9][\w.+-]{0,100}(; ?[\w-]{1,20}="?[\w.+-]{1,40}"?){0,3}$/i;

/**
 * The type that a file is sent under. What its bytes say decides for pictures, sound and film; a document goes under
 * what it is declared as, since text has no mark.
 * @param sniffed by the bytes; undefined: not known
 * @throws GatewayError VALIDATION_ERROR when the bytes are not of the kind
 */
export function sentMediaType(kind: MediaKind, sniffed: string | undefined, declared: string | undefined): string {
  if (kind === 'document') return declared ?? sniffed ?? 'application/octet-stream';
  if (kind === 'voice' || kind === 'sticker') return convertible(kind, sniffed);
  const shown = sniffed !== undefined && Object.hasOwn(SHOWN[kind], sniffed) ? SHOWN[kind][sniffed] : undefined;
  if (shown === undefined) {
    const types = [...new Set(Object.values(SHOWN[kind]))].filter((type) => !type.includes(';')).join(', ');
    throw new GatewayError('VALIDATION_ERROR', `${kind}: the file is none of ${types}.`, {
      details: [{ path: kind, message: `must be one of ${types}` }],
    });
  }
  return shown;
}

/** What a voice note or sticker can be made of: sound, also of a film; a picture, also a moving one. */
function convertible(kind: 'voice' | 'sticker', sniffed: string | undefined): string {
  if (sniffed && (kind === 'voice' ? /^(audio|video)\// : /^(image|video)\//).test(sniffed)) return sniffed;
  const what = kind === 'voice' ? 'sound' : 'a picture or video';
  throw new GatewayError('VALIDATION_ERROR', `${kind}: the file is not ${what}.`, {
    details: [{ path: kind, message: `must be ${what}` }],
  });
}

/** A file of a request, as its caller wrote it. */
export type MediaText = { url: string } | { bytes: Uint8Array; declared: string | undefined };

/**
 * Reads what a caller gave as a file: an http(s) URL, a data URL, or base64 (either alphabet, white space ignored).
 * @throws GatewayError VALIDATION_ERROR
 */
export function readMediaText(kind: MediaKind, text: string): MediaText {
  const trimmed = text.trim();
  if (/^https?:/i.test(trimmed)) return { url: trimmed };
  const data = /^data:([^,]{0,200}),/i.exec(trimmed);
  if (data && !/;base64$/i.test(data[1] as string)) throw unreadable(kind);
  const base64 = (data ? trimmed.slice(data[0].length) : trimmed).replace(/\s+/g, '');
  if (base64 === '' || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(base64) || base64.replace(/=+$/, '').length % 4 === 1) {
    throw unreadable(kind);
  }
  const declared = (data?.[1] as string | undefined)?.replace(/;base64$/i, '');
  return {
    bytes: Buffer.from(base64, 'base64'),
    declared: declared !== undefined && MEDIA_TYPE.test(declared) ? declared : undefined,
  };
}

/** A file name without what could be a path or a control character; undefined when nothing is left. */
export function safeFileName(name: string | undefined): string | undefined {
  const last = name?.split(/[\\/]/).at(-1) ?? '';
  const clean = last
    .replace(/[\p{Cc}\p{Bidi_Control}]/gu, '')
    .trim()
    .slice(0, 240);
  return clean === '' || clean === '.' || clean === '..' ? undefined : clean;
}

function unreadable(kind: MediaKind): GatewayError {
  return new GatewayError('VALIDATION_ERROR', `${kind}: must be an https URL, a data URL or base64.`, {
    details: [{ path: kind, message: 'must be an https URL, a data URL or base64' }],
  });
}

/** How long stored files are kept: a command waits for a day at most, the rest is for clocks and sweeps. */
export const KEEP_DAYS = { outgoing: 2, received: 30 } as const;

/** The beginning of the ids of a purpose: what a file is for decides where it lies and when it goes. */
export function mediaIdPrefix(purpose: keyof typeof KEEP_DAYS): string {
  return purpose === 'outgoing' ? 'out_' : 'in_';
}

export function newMediaId(purpose: keyof typeof KEEP_DAYS): string {
  return `${mediaIdPrefix(purpose)}${randomBytes(24).toString('base64url')}`;
}

/** The id of the file that came with a message: the same whoever fetches it, and how often. */
export function receivedMediaId(scope: string, messageId: string): string {
  const hash = createHash('sha256').update(`${scope}|${messageId}`).digest('base64url');
  return `${mediaIdPrefix('received')}${hash.slice(0, 32)}`;
}

const MEDIA_ID = /^(in|out)_[A-Za-z0-9_-]{16,80}$/;

/** The purpose of a file by its id; undefined for what is no id. */
export function purposeOf(mediaId: string): keyof typeof KEEP_DAYS | undefined {
  const kind = MEDIA_ID.exec(mediaId)?.[1];
  return kind === undefined ? undefined : kind === 'in' ? 'received' : 'outgoing';
}
