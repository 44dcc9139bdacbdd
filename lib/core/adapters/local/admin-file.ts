import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENV } from '../../config.ts';

const ADMIN_FILE = 'admin.json';

interface AdminFile {
  pid: number;
  env: Record<string, string>;
}

/**
 * Says to operators' commands on this machine where the gateway's services are (a file of mode 0600, without secrets).
 * Returns what removes it.
 */
export function writeAdminFile(dataDir: string, env: Record<string, string>): () => void {
  const path = join(dataDir, ADMIN_FILE);
  const { [ENV.jwtSecrets]: _jwt, [ENV.sealSecrets]: _seal, ...open } = env;
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify({ pid: process.pid, env: open } satisfies AdminFile), { mode: 0o600 });
  renameSync(temporary, path);
  return () => {
    if (readAdminFile(dataDir)?.pid === process.pid) rmSync(path, { force: true });
  };
}

/** What the gateway that runs on the directory has written; undefined when none runs. */
export function readAdminFile(dataDir: string): AdminFile | undefined {
  try {
    const file = JSON.parse(readFileSync(join(dataDir, ADMIN_FILE), 'utf8')) as AdminFile;
    process.kill(file.pid, 0);
    return file;
  } catch {
    // not there, half of a disk, or left by a process that was killed
    return undefined;
  }
}
