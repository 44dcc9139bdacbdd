import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const LOCK_FILE = 'gateway.lock';

/**
 * Takes the data directory for this process. A lock whose process is gone is stale and taken over; the start time of a
 * process tells it from another one that has got its number. Returns what releases it.
 * @throws Error when another gateway runs on the directory
 */
export function lockDataDir(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, LOCK_FILE);
  const mine = `${process.pid} ${startOf(process.pid) ?? 0}`;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(path, mine, { flag: 'wx', mode: 0o600 });
      return () => {
        if (readLock(path) === mine) unlinkSync(path);
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readLock(path);
    if (holder === undefined) continue;
    const [pid, start] = holder.split(' ').map(Number) as [number, number];
    if (isRunning(pid, start)) {
      throw new Error(
        `Another gateway (process ${pid}) runs on ${dataDir}. Stop it, or choose another data directory.`,
      );
    }
    removeStale(path, holder);
  }
  throw new Error(`The lock of ${dataDir} changes hands all the time.`);
}

function readLock(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function removeStale(path: string, holder: string): void {
  try {
    if (readLock(path) === holder) unlinkSync(path);
  } catch {
    // somebody else has removed it
  }
}

function isRunning(pid: number, start: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const known = startOf(pid);
  return known === undefined || !start || known === start;
}

/** Start of a process in clock ticks since boot (field 22 of its stat), or undefined where the system does not say. */
function startOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    return undefined;
  }
}
