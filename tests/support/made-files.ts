import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real file, made by ffmpeg out of its own test sources. */
export function made(name: string, ...args: string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-made-'));
  try {
    const path = join(folder, name);
    execFileSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', ...args, path]);
    return readFileSync(path);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const wav = () => made('a.wav', '-f', 'lavfi', '-i', 'sine=frequency=440:duration=2');
export const picture = () =>
  made('a.png', '-f', 'lavfi', '-i', 'testsrc=size=320x200:duration=0.1:rate=10', '-frames:v', '1');
export const film = () =>
  made('a.mkv', '-f', 'lavfi', '-i', 'testsrc=size=320x200:duration=1:rate=10', '-c:v', 'mpeg4');
