import { createReadStream } from 'node:fs';
import { GatewayError } from '../../lib/core/errors.ts';
import { MAX_MEDIA_BYTES } from '../../lib/core/model/media.ts';
import { type Converted, toVideo, toVoice } from '../media/convert.ts';
import { canRead, type FfmpegInput } from '../media/ffmpeg.ts';
import { openSource } from '../media/source.ts';
import type { Handler, HandlerContext } from './index.ts';

export const convertVoice: Handler<'media.convertVoice'> = (context, input) =>
  convert(context, input, 'voice.ogg', (file) => toVoice(file, MAX_MEDIA_BYTES.voice));

export const convertVideo: Handler<'media.convertVideo'> = (context, input) =>
  convert(context, input, 'video.mp4', (file) => toVideo(file, MAX_MEDIA_BYTES.video));

async function convert(
  context: HandlerContext,
  input: { media: { url: string } | { id: string } },
  fileName: string,
  work: (file: FfmpegInput) => Promise<Converted>,
) {
  const { media, command } = context;
  if (!media) throw new GatewayError('NOT_IMPLEMENTED', 'This gateway has no place for files.');
  const source = await openSource(context, 'document', input.media);
  try {
    const mimetype = source.sniffed?.mime;
    if (!canRead(mimetype)) throw new GatewayError('VALIDATION_ERROR', 'The file is of no kind that can be converted.');
    const converted = await work({ path: source.path, mimetype });
    try {
      const stored = await media.put(command.instanceId, createReadStream(converted.path), {
        ...{ purpose: 'outgoing', maxBytes: MAX_MEDIA_BYTES.document, mimetype: converted.mimetype, fileName },
      });
      const { id: mediaId, size, sha256 } = stored;
      return { output: { mediaId, mimetype: converted.mimetype, size, sha256, seconds: converted.seconds ?? null } };
    } finally {
      await converted.release();
    }
  } finally {
    await source.release();
  }
}
