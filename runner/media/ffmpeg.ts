import { spawn } from 'node:child_process';
import { GatewayError } from '../../lib/core/errors.ts';

const TIMEOUT_MS = 120_000;
const MAX_OUTPUT_BYTES = 8 * 1_024 * 1_024;
const MAX_LOG_CHARS = 16_384;

/**
 * The demuxer of each type that is read. It is named, never guessed: playlists and the like could make ffmpeg read
 * other files of this machine, or call addresses.
 */
const DEMUXERS: Record<string, string> = {
  'image/jpeg': 'jpeg_pipe',
  'image/png': 'png_pipe',
  'image/webp': 'webp_pipe',
  'image/bmp': 'bmp_pipe',
  'image/gif': 'gif',
  'video/mp4': 'mov',
  'video/x-m4v': 'mov',
  'video/3gpp': 'mov',
  'video/quicktime': 'mov',
  'audio/mp4': 'mov',
  'audio/x-m4a': 'mov',
  'video/webm': 'matroska',
  'video/matroska': 'matroska',
  'video/x-matroska': 'matroska',
  'video/vnd.avi': 'avi',
  'video/x-msvideo': 'avi',
  'video/mpeg': 'mpeg',
  'video/ogg': 'ogg',
  'audio/ogg': 'ogg',
  'audio/ogg; codecs=opus': 'ogg',
  'audio/mpeg': 'mp3',
  'audio/aac': 'aac',
  'audio/wav': 'wav',
  'audio/flac': 'flac',
  'audio/x-flac': 'flac',
  'audio/amr': 'amr',
  'audio/aiff': 'aiff',
};

export function canRead(mimetype: string | undefined): mimetype is string {
  return mimetype !== undefined && Object.hasOwn(DEMUXERS, mimetype);
}

export interface FfmpegInput {
  path: string;
  /** By its bytes; one that `canRead`. */
  mimetype: string;
}

/**
 * Runs the system's ffmpeg on a file of a known type. Bounded in time, threads and answer.
 * @param outputArgs everything after the input; `pipe:1` as the output is what is returned
 * @returns standard output, and what it said of the input
 * @throws GatewayError NOT_IMPLEMENTED without ffmpeg; VALIDATION_ERROR when it cannot read or convert the file
 */
export function ffmpeg(
  { path, mimetype }: FfmpegInput,
  outputArgs: readonly string[],
): Promise<{ stdout: Buffer; log: string }> {
  const demuxer = DEMUXERS[mimetype];
  if (demuxer === undefined) throw unreadable();
  const args = [
    ...['-hide_banner', '-nostdin', '-y', '-threads', '1', '-protocol_whitelist', 'file,pipe'],
    ...['-f', demuxer, '-i', `file:${path}`, '-map_metadata', '-1', ...outputArgs],
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const chunks: Buffer[] = [];
    let size = 0;
    let log = '';
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT_BYTES) child.kill('SIGKILL');
      else chunks.push(chunk);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (log.length < MAX_LOG_CHARS) log += text;
    });
    child.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'ENOENT' ? missing() : error);
    });
    child.once('close', (code) => {
      if (code === 0) resolve({ stdout: Buffer.concat(chunks), log });
      else reject(unreadable());
    });
  });
}

/** `Duration: 00:00:12.34` of the input, in seconds. */
export function durationOf(log: string): number | undefined {
  const match = /Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/.exec(log);
  return match ? Number(match[1]) * 3_600 + Number(match[2]) * 60 + Number(match[3]) : undefined;
}

/** Width and height of the input's first picture stream. */
export function dimensionsOf(log: string): { width: number; height: number } | undefined {
  const match = /Stream #0:\d+[^\n]*: Video: [^\n]*? (\d{2,5})x(\d{2,5})[ ,\n]/.exec(log);
  return match ? { width: Number(match[1]), height: Number(match[2]) } : undefined;
}

function missing(): GatewayError {
  return new GatewayError('NOT_IMPLEMENTED', 'This gateway cannot convert media: ffmpeg is not installed.');
}

function unreadable(): GatewayError {
  return new GatewayError('VALIDATION_ERROR', 'The file cannot be converted.', {
    details: [{ path: 'media', message: 'cannot be converted' }],
  });
}
