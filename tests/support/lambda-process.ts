import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const RUN = `
import { createInterface } from 'node:readline';
const startMs = performance.now();
const { handler } = await import('./index.mjs');
process.stdout.write(JSON.stringify({ importMs: performance.now() - startMs }) + '\\n');
for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    said = { answer: (await handler(JSON.parse(line), { awsRequestId: 'aws-1' })) ?? null };
  } catch (error) {
    said = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(said) + '\\n');
}
process.exit(0);
`;

/** A Lambda's bundle in a process of its own, in its folder, with nothing but its environment: as Lambda runs it. */
export class LambdaProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #metrics: object[] = [];
  #errors = '';
  /** ms that loading the bundle took. */
  importMs = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    child.stderr?.on('data', (chunk) => {
      this.#errors += chunk;
    });
  }

  static async start(folder: string, env: Record<string, string>): Promise<LambdaProcess> {
    writeFileSync(join(folder, 'run.mjs'), RUN);
    const child = spawn(process.execPath, ['run.mjs'], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
    const started = new LambdaProcess(child);
    started.importMs = (await started.#line()).importMs;
    return started;
  }

  /** Everything on stderr so far. */
  get errors(): string {
    return this.#errors;
  }

  /** Lines of its log that CloudWatch makes metrics of. */
  metrics(): object[] {
    return this.#metrics;
  }

  /** @throws Error of the handler */
  // biome-ignore lint/suspicious/noExplicitAny: events and answers of every shape
  async invoke(event: object): Promise<any> {
    this.#child.stdin?.write(`${JSON.stringify(event)}\n`);
    // What a Lambda writes into its log goes the same way.
    for (;;) {
      const said = await this.#line();
      if ('error' in said) throw new Error(said.error);
      if ('answer' in said) return said.answer;
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.stdin?.end();
    await once(this.#child, 'exit');
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  async #line(): Promise<any> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`The bundle ended: ${this.#errors}`);
    if (process.env.TEST_LOG_LEVEL) process.stdout.write(`${value}\n`);
    try {
      const said = JSON.parse(value);
      if ('_aws' in said) this.#metrics.push(said);
      return said;
    } catch {
      return {};
    }
  }
}
