import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayError } from '../../lib/core/errors.ts';
import { dimensionsOf, durationOf, type FfmpegInput, ffmpeg } from './ffmpeg.ts';

/** A converted file; `release` deletes it. */
export interface Converted extends FfmpegInput {
  seconds: number | undefined;
  release(): Promise<void>;
}

const VOICE = [
  '-vn',
  '-ac',
  '1',
  '-ar',
  '48000',
  '-c:a',
  'libopus',
  '-b:a',
  '32k',
  '-application',
  'voip',
  '-f',
  'ogg',
];
/** Sides must be even for H.264. */
const FILM = [
  ...['-map', '0:v:0', '-map', '0:a:0?', '-vf', "scale='trunc(min(1280,iw)/2)*2':-2", '-pix_fmt', 'yuv420p'],
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '26', '-c:a', 'aac', '-b:a', '96k'],
  ...['-movflags', '+faststart', '-f', 'mp4'],
];
/** Whole in a transparent square of 512, at most six seconds of it. */
const STICKER = [
  ...['-an', '-t', '6', '-vf'],
  'fps=15,format=rgba,scale=512:512:force_original_aspect_ratio=decrease,pad=512:512:(ow-iw)/2:(oh-ih)/2:color=black@0',
  ...['-c:v', 'libwebp', '-lossless', '0', '-q:v', '60', '-loop', '0', '-f', 'webp'],
];

export const toVoice = (input: FfmpegInput, maxBytes: number) =>
  convert(input, VOICE, 'audio/ogg; codecs=opus', maxBytes);
export const toVideo = (input: FfmpegInput, maxBytes: number) => convert(input, FILM, 'video/mp4', maxBytes);
export const toSticker = (input: FfmpegInput, maxBytes: number) => convert(input, STICKER, 'image/webp', maxBytes);

/** @throws GatewayError NOT_IMPLEMENTED, VALIDATION_ERROR, PAYLOAD_TOO_LARGE */
async function convert(
  input: FfmpegInput,
  args: readonly string[],
  mimetype: string,
  maxBytes: number,
): Promise<Converted> {
  const folder = await mkdtemp(join(tmpdir(), 'switchboard-convert-'));
  const release = () => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, 'file');
    // It stops at the bound instead of failing there.
    const { log } = await ffmpeg(input, ['-fs', String(maxBytes + 1), ...args, `file:${path}`]);
    if ((await stat(path)).size > maxBytes) throw new GatewayError('PAYLOAD_TOO_LARGE');
    return { path, mimetype, seconds: durationOf(log), release };
  } catch (error) {
    await release();
    throw error;
  }
}

export interface Picture {
  /** A small JPEG. */
  thumbnail: Buffer;
  width: number | undefined;
  height: number | undefined;
  seconds: number | undefined;
}

/** What is shown before a picture or film is loaded; undefined where it cannot be made: a message does without. */
export async function pictureOf(input: FfmpegInput, side = 96): Promise<Picture | undefined> {
  const scale = `scale=${side}:${side}:force_original_aspect_ratio=decrease`;
  const args = ['-an', '-frames:v', '1', '-vf', scale, '-q:v', '8', '-c:v', 'mjpeg', '-f', 'image2pipe', 'pipe:1'];
  try {
    const { stdout, log } = await ffmpeg(input, args);
    if (stdout.length === 0) return undefined;
    const { width, height } = dimensionsOf(log) ?? {};
    return { thumbnail: stdout, width, height, seconds: durationOf(log) };
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}

const WAVE_SAMPLES = 64;
const WAVE_RATE = 1_000;

/** How a voice note looks: 64 values from 0 to 100, and its length. undefined where it cannot be made. */
export async function waveOf(input: FfmpegInput): Promise<{ waveform: Uint8Array; seconds: number } | undefined> {
  try {
    const { stdout } = await ffmpeg(input, ['-vn', '-ac', '1', '-ar', String(WAVE_RATE), '-f', 's16le', 'pipe:1']);
    const count = Math.floor(stdout.length / 2);
    const block = Math.max(1, Math.floor(count / WAVE_SAMPLES));
    const loud = Array.from({ length: WAVE_SAMPLES }, (_, index) => {
      let sum = 0;
      for (let at = index * block; at < Math.min((index + 1) * block, count); at += 1) {
        sum += Math.abs(stdout.readInt16LE(at * 2));
      }
      return sum / block;
    });
    const top = Math.max(...loud, 1);
    return {
      waveform: Uint8Array.from(loud, (value) => Math.floor((100 * value) / top)),
      seconds: Math.max(1, Math.round(count / WAVE_RATE)),
    };
  } catch (error) {
    if (error instanceof GatewayError) return undefined;
    throw error;
  }
}
