import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A call that a receiver got. */
export interface Hit {
  /** `webhook-id` */
  id: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape
  body: any;
  verified: boolean;
  /** What it was answered, or will be. */
  status: number;
  headers: Record<string, string>;
  atMs: number;
  /** Calls that were open then, this one included. */
  open: number;
}

export interface ReceiverBehaviour {
  secret?: string;
  status?: number;
  /** Answers nobody until it is false again. */
  hold?: boolean;
  /** How long an answer takes. */
  delayMs?: number;
}

/** A receiver of webhooks in a process of its own. */
export class Receiver {
  readonly #child: ChildProcess;
  readonly #base: string;

  private constructor(child: ChildProcess, base: string) {
    this.#child = child;
    this.#base = base;
  }

  static async start(): Promise<Receiver> {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'receiver-child.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    });
    const [line] = await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line');
    return new Receiver(child, `http://127.0.0.1:${JSON.parse(line as string).port}`);
  }

  url(name: string): string {
    return `${this.#base}/hook/${name}`;
  }

  async set(name: string, behaviour: ReceiverBehaviour): Promise<void> {
    await fetch(`${this.#base}/control/${name}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(behaviour),
    });
  }

  async hits(name: string): Promise<Hit[]> {
    return (await (await fetch(`${this.#base}/control/${name}`)).json()) as Hit[];
  }

  /** Resolves once enough different events were received well. */
  async received(name: string, ids: number, withinMs = 120_000): Promise<void> {
    const path = `${this.#base}/control/${name}/received?ids=${ids}`;
    const { got } = (await (await fetch(path, { signal: AbortSignal.timeout(withinMs) })).json()) as { got: number };
    if (got < ids) throw new Error(`${name} got ${got} of ${ids} events`);
  }

  /** Resolves with the hits once they are as wanted. */
  async until(name: string, accept: (hits: Hit[]) => boolean, withinMs = 45_000): Promise<Hit[]> {
    const endMs = performance.now() + withinMs;
    for (;;) {
      const hits = await this.hits(name);
      if (accept(hits)) return hits;
      if (performance.now() > endMs) {
        throw new Error(`${name} got ${JSON.stringify(hits.map(({ id, body }) => [id, body.event ?? body.type]))}`);
      }
      await new Promise((wake) => setTimeout(wake, 20));
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }
}
