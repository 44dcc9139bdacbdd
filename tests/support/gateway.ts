import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DASHBOARD_DIST } from '../../bin/dashboard-files.ts';
import { type EmbeddedGateway, startEmbeddedGateway } from '../../bin/embedded.ts';
import type { Runner } from '../../runner/lifecycle.ts';
import { Person } from './person.ts';

/** An embedded gateway in this process, on a data folder of its own. */
export class TestGateway {
  readonly dataDir: string;
  readonly #env: Record<string, string | undefined>;
  #gateway: EmbeddedGateway;

  private constructor(dataDir: string, env: Record<string, string | undefined>, gateway: EmbeddedGateway) {
    this.dataDir = dataDir;
    this.#env = env;
    this.#gateway = gateway;
  }

  static async start(env: Record<string, string | undefined> = {}): Promise<TestGateway> {
    const dataDir = await mkdtemp(join(tmpdir(), 'switchboard-test-'));
    const settings = { LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent', ...env };
    return new TestGateway(dataDir, settings, await startOn(dataDir, settings));
  }

  get url(): string {
    return this.#gateway.url;
  }

  get gateway(): EmbeddedGateway {
    return this.#gateway;
  }

  get runner(): Runner {
    return this.#gateway.runner as Runner;
  }

  get controlUrl(): string {
    return (this.#gateway.sandbox?.controlUrl ?? this.#env.SANDBOX_URL) as string;
  }

  person(number: string): Person {
    return new Person(this.controlUrl, number);
  }

  /** Stops in order and starts again on the same data. */
  async restart(): Promise<void> {
    await this.#gateway.stop();
    this.#gateway = await startOn(this.dataDir, this.#env);
  }

  async stop(): Promise<void> {
    await this.#gateway.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

function startOn(dataDir: string, env: Record<string, string | undefined>): Promise<EmbeddedGateway> {
  const dashboard = { dir: DASHBOARD_DIST, state: () => 'ready' as const };
  return startEmbeddedGateway({ port: 0, host: '127.0.0.1', dataDir, env, dashboard });
}
