import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { ENV } from '../../config.ts';

const BINARY_PACKAGE = '@dynoxide/linux-x64';
const READY_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 5_000;
const PORT_ATTEMPTS = 3;

/**
 * `sh` holds the read end of our pipe: when this process ends, however it ends, `cat` sees the end of file and the
 * database is told to stop. `sh` itself ends with the database, so an early death is seen as its exit. All of them
 * hold stderr: it closes when the last one is gone.
 */
const LIFELINE = 'exec 3<&0; "$@" 3<&- </dev/null & p=$!; { cat >/dev/null; kill $p 2>/dev/null; } <&3 & wait $p';

/** A running database: `endpoint` for the SDK; `exited` resolves when it ends for whatever reason. */
export interface LocalDynamo {
  endpoint: string;
  exited: Promise<void>;
  /** Ends it after it has written everything; resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded DynamoDB on a random loopback port, with its data in `dataDir`. It ends with this process, even
 * when that is killed.
 * @throws Error where there is no binary for this platform (the text names `DYNAMODB_ENDPOINT`), or when it does not
 *   answer within 10 s
 */
export async function startLocalDynamo(dataDir: string): Promise<LocalDynamo> {
  const binary = findBinary();
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const args = ['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', join(dataDir, 'dynamodb.db')];
    try {
      return await launch(binary, args, port);
    } catch (error) {
      if (attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function findBinary(): string {
  try {
    if (process.platform === 'linux' && process.arch === 'x64') {
      return createRequire(import.meta.url).resolve(`${BINARY_PACKAGE}/dynoxide`);
    }
  } catch {
    // the optional dependency was not installed
  }
  throw new Error(
    `There is no embedded DynamoDB for ${process.platform}-${process.arch} here (${BINARY_PACKAGE} is not installed). ` +
      `Set ${ENV.dynamoEndpoint} to any DynamoDB-compatible endpoint instead.`,
  );
}

async function launch(binary: string, args: string[], port: number): Promise<LocalDynamo> {
  // A process group of its own: Ctrl-C reaches only the gateway, which stops the database last.
  const child = spawn('/bin/sh', ['-c', LIFELINE, 'sh', binary, ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  child.stdin.on('error', () => undefined);
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => child.stdin.destroy());
    child.once('close', () => resolve());
  });
  const stop = async () => {
    child.stdin.end();
    const timer = setTimeout(() => killGroup(child), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  };
  try {
    await untilReady(child, exited, port);
  } catch (error) {
    await stop();
    throw error;
  }
  // Neither the pipes nor the child keep this process alive.
  child.unref();
  for (const stream of [child.stdin, child.stderr]) (stream as unknown as { unref?(): void }).unref?.();
  return { endpoint: `http://127.0.0.1:${port}`, exited, stop };
}

/** It says that it listens (on stderr) just before it does; from then on the port is tried until it answers. */
function untilReady(child: ChildProcess, exited: Promise<void>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    let announced = false;
    let settled = false;
    const settle = (complaint?: string) => {
      settled = true;
      clearTimeout(timer);
      if (complaint) reject(new Error(`The embedded DynamoDB ${complaint}. ${text.trim()}`));
      else resolve();
    };
    const timer = setTimeout(() => settle('did not answer in time'), READY_TIMEOUT_MS);
    const tryPort = () => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        settle();
      });
      socket.once('error', () => {
        if (!settled) setTimeout(tryPort, 3);
      });
    };
    child.stderr?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-2048);
      if (announced || !text.includes('listening on')) return;
      announced = true;
      tryPort();
    });
    void exited.then(() => settle('ended at once'));
  });
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // gone already
  }
}

/** A port that was free a moment ago; whoever takes it in between costs one more attempt. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
