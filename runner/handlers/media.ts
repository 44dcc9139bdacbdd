import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import type { AnyMediaMessageContent } from '../../lib/baileys/index.ts';
import type { OperationInput } from '../../lib/core/catalogue/operations.ts';
import { publicMessageId, whatsappMessageId } from '../../lib/core/model/ids.ts';
import { MAX_MEDIA_BYTES, type MediaKind, safeFileName, sentMediaType } from '../../lib/core/model/media.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { type Converted, pictureOf, toSticker, toVideo, toVoice, waveOf } from '../media/convert.ts';
import { canRead } from '../media/ffmpeg.ts';
import { type LocalFile, openSource } from '../media/source.ts';
import type { Handler, HandlerContext } from './index.ts';
import { type Delivered, deliver, messageIdOf, optionsOf, type SendingInput } from './sending.ts';

const OPUS = 'audio/ogg; codecs=opus';

/** What of a file is sent, when it is known what it is. */
type Compose = (
  path: string,
  mimetype: string,
  file: LocalFile,
) => AnyMediaMessageContent | Promise<AnyMediaMessageContent>;

type FileInput = SendingInput & { media: { url: string } | { id: string }; mimetype?: string | undefined };

export const sendImage: Handler<'message.sendImage'> = (context, input) =>
  sendFile(context, 'image', input, (path, mimetype) => pictureContent('image', path, mimetype, input));

export const sendVideo: Handler<'message.sendVideo'> = (context, input) =>
  sendFile(
    context,
    'video',
    input,
    async (path, mimetype) => ({
      ...(await pictureContent('video', path, mimetype, input)),
      ...(input.gifPlayback && { gifPlayback: true }),
      ...(input.videoNote && { ptv: true }),
    }),
    input.convert ? toVideo : undefined,
  );

export const sendAudio: Handler<'message.sendAudio'> = (context, input) =>
  sendFile(context, 'audio', input, (path, mimetype) => ({ audio: { url: path }, mimetype, ...onceOnly(input) }));

export const sendVoice: Handler<'message.sendVoice'> = (context, input) =>
  sendFile(
    context,
    'voice',
    input,
    async (path, mimetype) => ({ ...(await voiceContent(path, mimetype)), ...onceOnly(input) }),
    asOpus,
  );

/** Converts what is no Opus yet. */
export const asOpus: Convert = (file) => (file.mimetype === OPUS ? undefined : toVoice(file, MAX_MEDIA_BYTES.voice));

/** Of a file `asOpus`. */
export async function voiceContent(path: string, mimetype: string) {
  return { audio: { url: path }, mimetype: OPUS, ptt: true, ...(await waveOf({ path, mimetype })) };
}

export const sendSticker: Handler<'message.sendSticker'> = (context, input) =>
  sendFile(
    context,
    'sticker',
    input,
    async (path, mimetype) => ({ sticker: { url: path }, mimetype, isAnimated: await isAnimated(path) }),
    (file) => (file.mimetype === 'image/webp' ? undefined : toSticker(file, MAX_STICKER_BYTES)),
  );

/** What WhatsApp takes of a moving one. */
const MAX_STICKER_BYTES = 500 * 1_024;

export const sendDocument: Handler<'message.sendDocument'> = (context, input) =>
  sendFile(context, 'document', input, (path, mimetype, file) => {
    const name = safeFileName(input.filename) ?? safeFileName(file.name) ?? 'document';
    const fileName = extname(name) === '' && file.sniffed ? `${name}.${file.sniffed.ext}` : name;
    return { document: { url: path }, mimetype, fileName, ...(input.caption && { caption: input.caption }) };
  });

/** Baileys makes thumbnails by packages that are not here, and by a shell; null keeps it from trying. */
export const NO_THUMBNAIL = { jpegThumbnail: null as unknown as string };

/** First the album, which says how many there will be, then each file as a message of its own. */
export const sendAlbum: Handler<'message.sendAlbum'> = async (context, input) => {
  await context.session.contacts.requireOnWhatsApp(input.to);
  const { tenantId, instanceId, id: commandId } = context.command;
  const ofKind = (kind: string) => input.items.filter((item) => item.kind === kind).length;
  const album = { expectedImageCount: ofKind('image'), expectedVideoCount: ofKind('video') };
  const { output, writes } = await deliver(context, input, { album });
  const albumParentKey = { id: messageIdOf(context), remoteJid: input.to, fromMe: true };
  const { quoted: _, ...options } = await optionsOf(context, input);
  const items: string[] = [];
  const rows: SessionWrite[] = [];
  for (const [index, { kind, media, caption }] of input.items.entries()) {
    const id = whatsappMessageId(tenantId, instanceId, `${commandId}#${index}`);
    const { ackedAtMs } = await withFile(context, kind, { media }, undefined, async (path, mimetype) =>
      context.session.send(
        input.to,
        { ...(await pictureContent(kind, path, mimetype, { caption })), albumParentKey },
        id,
        options,
      ),
    );
    items.push(publicMessageId(id));
    rows.push(albumRow(input, id, kind, caption, ackedAtMs));
  }
  return { output: { ...output, items }, writes: [...writes, ...rows] };
};

function albumRow(
  { to, isAutoReply = false }: OperationInput<'message.sendAlbum'>,
  id: string,
  type: string,
  caption: string | undefined,
  sentAtMs: number,
): SessionWrite {
  const set = { direction: 'sent' as const, chat: to, type, text: caption ?? null, isAutoReply, timestampMs: sentAtMs };
  return { kind: 'message', id, scope: OUT_SCOPE, set, once: { sentAtMs } };
}

export type Convert = (file: { path: string; mimetype: string }, maxBytes: number) => Promise<Converted> | undefined;

async function sendFile(
  context: HandlerContext,
  kind: MediaKind,
  input: FileInput,
  compose: Compose,
  convert?: Convert,
): Promise<Delivered> {
  await context.session.contacts.requireOnWhatsApp(input.to);
  return withFile(context, kind, input, convert, async (path, mimetype, file) =>
    deliver(context, input, await compose(path, mimetype, file)),
  );
}

/** Opens a file, judges and converts it, and takes all of it away again when the work is done. */
export async function withFile<T>(
  context: HandlerContext,
  kind: MediaKind,
  input: Pick<FileInput, 'media' | 'mimetype'>,
  convert: Convert | undefined,
  work: (path: string, mimetype: string, file: LocalFile) => Promise<T>,
): Promise<T> {
  const file = await openSource(context, kind, input.media);
  let converted: Converted | undefined;
  try {
    const readable = convert && canRead(file.sniffed?.mime);
    const known = readable ? (file.sniffed?.mime as string) : undefined;
    const mimetype = known ?? sentMediaType(kind, file.sniffed?.mime, input.mimetype ?? file.declared);
    converted = await convert?.({ path: file.path, mimetype }, MAX_MEDIA_BYTES[kind]);
    return await work(converted?.path ?? file.path, converted?.mimetype ?? mimetype, file);
  } finally {
    await converted?.release();
    await file.release();
  }
}

async function pictureContent(
  kind: 'image' | 'video',
  path: string,
  mimetype: string,
  { caption, viewOnce }: { caption?: string | undefined; viewOnce?: boolean | undefined },
): Promise<AnyMediaMessageContent> {
  const picture = canRead(mimetype) ? await pictureOf({ path, mimetype }) : undefined;
  const shown = {
    // Baileys makes thumbnails by packages that are not here, and by a shell; null keeps it from trying.
    jpegThumbnail: (picture?.thumbnail.toString('base64') ?? null) as string,
    ...(picture?.width && { width: picture.width }),
    ...(picture?.height && { height: picture.height }),
    ...(kind === 'video' && picture?.seconds && { seconds: Math.round(picture.seconds) }),
  };
  const file = kind === 'image' ? { image: { url: path } } : { video: { url: path } };
  return { ...file, mimetype, ...shown, ...(caption && { caption }), ...onceOnly({ viewOnce }) };
}

function onceOnly({ viewOnce }: { viewOnce?: boolean | undefined }): { viewOnce?: true } {
  return viewOnce ? { viewOnce: true } : {};
}

/** `ANIM` in the extended header of WebP. */
async function isAnimated(path: string): Promise<boolean> {
  for await (const head of createReadStream(path, { start: 0, end: 63 })) {
    return (head as Buffer).includes('ANIM');
  }
  return false;
}
