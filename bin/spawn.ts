import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import packageJson from '../package.json' with { type: 'json' };

/** An entry of `bin/` as a process of its own: for the demo, the fault tests and the benchmark. */
export interface SpawnedEntry {
  /** The first URL that it printed. */
  url: string;
  pid: number;
  /** Everything it has printed so far. */
  output(): string;
  /** SIGTERM, and waits for the end. Returns the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL to the whole process group, without a chance to clean up, and waits for the end. */
  kill(): Promise<void>;
}

/** Runs a script of package.json, flags and all. @throws as `spawnReady` */
export function spawnEntry(
  entry: 'start' | 'sandbox',
  env: Record<string, string | undefined>,
  parameters: readonly string[] = [],
): Promise<SpawnedEntry> {
  const [, ...args] = packageJson.scripts[entry].split(' ');
  return spawnReady([...args, ...parameters], env);
}

/**
 * Runs node with some arguments in a process group of its own, and waits until it prints a line with "ready" and a URL.
 * @throws Error with its output when it ends before
 */
export async function spawnReady(
  args: readonly string[],
  env: Record<string, string | undefined>,
): Promise<SpawnedEntry> {
  const child: ChildProcess = spawn(process.execPath, args, {
    cwd: resolve(import.meta.dirname, '..'),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const lines: string[] = [];
  // Once it has said its last line, too.
  const ended = once(child, 'close');
  const url = await new Promise<string>((found, failed) => {
    const read = (line: string) => {
      lines.push(line);
      const match = /\bready\b.*?(http:\/\/[^\s)]+)/i.exec(line);
      if (match) found(match[1] as string);
    };
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream as NodeJS.ReadableStream }).on('line', read);
    }
    ended.then(() => failed(new Error(`${args.join(' ')} ended before it was ready:\n${lines.join('\n')}`)));
  });
  const pid = child.pid as number;
  return {
    url,
    pid,
    output: () => lines.join('\n'),
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
      return child.exitCode;
    },
    kill: async () => {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // Already gone.
      }
      await ended;
    },
  };
}
