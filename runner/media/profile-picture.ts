import { readFile, stat } from 'node:fs/promises';
import { GatewayError } from '../../lib/core/errors.ts';
import { canRead, ffmpeg } from './ffmpeg.ts';
import type { LocalFile } from './source.ts';

/** What WhatsApp takes as the picture of a person, group or channel. */
const MAX_BYTES = 512 * 1_024;
const JPEG = 'image/jpeg';
/** The middle square, of 640 pixels at most. */
const SQUARE = [
  ...['-an', '-frames:v', '1', '-vf', "crop='min(iw,ih)':'min(iw,ih)',scale='min(640,iw)':-1"],
  ...['-pix_fmt', 'yuvj420p', '-q:v', '4', '-c:v', 'mjpeg', '-f', 'image2pipe', 'pipe:1'],
];

/**
 * The picture as WhatsApp takes it: a JPEG of 640 pixels at most. Where it cannot be converted, a JPEG that is small
 * enough goes as it stands.
 * @throws GatewayError VALIDATION_ERROR for what is no picture; NOT_IMPLEMENTED for what needs ffmpeg where it is not
 */
export async function profilePictureOf({ path, sniffed }: Pick<LocalFile, 'path' | 'sniffed'>): Promise<Uint8Array> {
  const mimetype = sniffed?.mime;
  if (!canRead(mimetype) || !mimetype.startsWith('image/')) throw invalid('is no picture that can be read');
  try {
    const { stdout } = await ffmpeg({ path, mimetype }, SQUARE);
    if (stdout.length > 0) return stdout;
    throw invalid('cannot be converted');
  } catch (error) {
    if (!(error instanceof GatewayError) || mimetype !== JPEG || (await stat(path)).size > MAX_BYTES) throw error;
    return readFile(path);
  }
}

function invalid(message: string): GatewayError {
  return new GatewayError('VALIDATION_ERROR', `The file ${message}.`, { details: [{ path: 'media', message }] });
}
