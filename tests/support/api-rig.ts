import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hono } from 'hono';
import { expect } from 'vitest';
import { type AppDeps, createApp } from '../../functions/api/app.ts';
import { createPorts } from '../../functions/api/ports.ts';
import type { ApiEnv } from '../../functions/dialects/mount.ts';
import { type Adapters, createAdapters } from '../../lib/core/adapters/index.ts';
import { startEmbedded } from '../../lib/core/adapters/local/start-embedded.ts';
import { type Config, readConfig } from '../../lib/core/config.ts';
import { PERMISSIONS } from '../../lib/core/model/account.ts';
import type { InstanceState } from '../../lib/core/model/instance.ts';
import type { Ports } from '../../lib/core/ports/index.ts';
import { faultsOfAnswer } from './answer-check.ts';
import { StubRunner } from './stub-runner.ts';

export interface Answer {
  request: { method: string; path: string };
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  body: any;
}

export interface LogLine {
  level: string;
  message: string;
  fields: Record<string, unknown>;
}

export interface CallOptions {
  /** Bearer credential. */
  as?: string;
  headers?: Record<string, string>;
  /** The address at the other end of the socket. */
  from?: string;
}

export interface Account {
  token: string;
  refreshToken: string;
  tenantId: string;
  userId: string;
  email: string;
  password: string;
}

let accounts = 0;

/** The API on the real adapters over embedded services, a stub runner beside it, and a clock that can be moved. */
export class ApiRig {
  readonly config: Config;
  readonly adapters: Adapters;
  readonly ports: Ports;
  readonly app: Hono<ApiEnv>;
  readonly runner: StubRunner;
  readonly logs: LogLine[];
  readonly env: Record<string, string>;
  readonly #end: () => Promise<void>;
  readonly #clock: RigClock;

  private constructor(parts: Pick<ApiRig, 'config' | 'adapters' | 'ports' | 'app' | 'runner' | 'logs' | 'env'> & Ends) {
    this.config = parts.config;
    this.adapters = parts.adapters;
    this.ports = parts.ports;
    this.app = parts.app;
    this.runner = parts.runner;
    this.logs = parts.logs;
    this.env = parts.env;
    this.#end = parts.end;
    this.#clock = parts.clock;
  }

  static async start(overrides: Partial<Ports> = {}, deps: Partial<AppDeps> = {}): Promise<ApiRig> {
    const dataDir = await mkdtemp(join(tmpdir(), 'switchboard-api-'));
    const services = await startEmbedded({ dataDir, shardCount: 1 });
    const config = readConfig(services.env);
    const clock: RigClock = { offsetMs: 0 };
    const now = () => (clock.stoppedAtMs ?? Date.now()) + clock.offsetMs;
    const adapters = createAdapters(config, { clock: now });
    const logs: LogLine[] = [];
    const log = {
      debug: (fields: object, message: string) => logs.push({ level: 'debug', message, fields: { ...fields } }),
      info: (fields: object, message: string) => logs.push({ level: 'info', message, fields: { ...fields } }),
      warn: (fields: object, message: string) => logs.push({ level: 'warn', message, fields: { ...fields } }),
      error: (fields: object, message: string) => logs.push({ level: 'error', message, fields: { ...fields } }),
    };
    const ports = { ...createPorts(config, adapters, { log, clock: now }), ...overrides };
    const app = createApp({ ports, logger: log, ...deps });
    const runner = new StubRunner(adapters).start();
    const end = async () => {
      await runner.stop();
      adapters.close();
      await services.stop();
      await rm(dataDir, { recursive: true, force: true });
    };
    return new ApiRig({ config, adapters, ports, app, runner, logs, env: services.env, clock, end });
  }

  stop(): Promise<void> {
    return this.#end();
  }

  /** From now on the clock of the ports goes by `later` alone: for what counts seconds, on a busy machine. */
  stopClock(): void {
    this.#clock.stoppedAtMs = Date.now();
  }

  /** Moves the clock of the ports, runs the work, moves it back. */
  async later<T>(ms: number, work: () => Promise<T>): Promise<T> {
    this.#clock.offsetMs += ms;
    try {
      return await work();
    } finally {
      this.#clock.offsetMs -= ms;
    }
  }

  /**
   * `body`: an object is sent as JSON, a text as it is (JSON by its type all the same). Every answer is checked against
   * the API document.
   */
  async call(method: string, path: string, body?: unknown, options: CallOptions = {}): Promise<Answer> {
    const init = {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.as === undefined ? {} : { authorization: `Bearer ${options.as}` }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    };
    const env = options.from === undefined ? undefined : { incoming: { socket: { remoteAddress: options.from } } };
    const response = await this.app.request(path, init, env);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? 'json');
    const parsed = text === '' ? undefined : isJson ? JSON.parse(text) : text;
    expect(faultsOfAnswer(method, path, response.status, parsed)).toEqual([]);
    return { request: { method, path }, status: response.status, headers: response.headers, text, body: parsed };
  }

  /** A tenant of its own. */
  async register(name = 'John Doe'): Promise<Account> {
    accounts += 1;
    const email = `user${accounts}@example.com`;
    const password = 'securePassword123';
    const { status, body } = await this.call('POST', '/api/auth/register', { email, password, name });
    expect(status).toBe(201);
    const { token, refreshToken, user, subscription } = body.data;
    return { token, refreshToken, tenantId: subscription.id, userId: user.id, email, password };
  }

  /** Another user of the account's subscription, with a password of their own. */
  async member(account: Account, role: 'ADMINISTRATOR' | 'USER' = 'USER', name = 'Sarah Smith'): Promise<Account> {
    accounts += 1;
    const email = `user${accounts}@example.com`;
    const made = await this.call('POST', '/api/users', { email, name, role }, { as: account.token });
    expect(made.status).toBe(201);
    const { temporaryPassword, user } = made.body;
    const first = await this.call('POST', '/api/auth/login', { email, password: temporaryPassword });
    const password = 'sarahSecurePass456';
    const change = { currentPassword: temporaryPassword, newPassword: password };
    const { status, body } = await this.call('POST', '/api/auth/change-password', change, { as: first.body.token });
    expect(status).toBe(200);
    const { token, refreshToken } = body.data;
    return { token, refreshToken, tenantId: account.tenantId, userId: user.id, email, password };
  }

  /** An instance; linked and connected with `phone`. */
  async instance(account: Account, name: string, state: Partial<InstanceState> = {}): Promise<string> {
    const { status, body } = await this.call('POST', '/api/instances', { name }, { as: account.token });
    expect(status).toBe(201);
    const id = body.data.id as string;
    if (Object.keys(state).length > 0) await this.runner.setState(account.tenantId, id, state);
    return id;
  }

  async key(
    account: Account,
    name: string,
    permissions: string[] = ALL_PERMISSIONS,
    extra: object = {},
  ): Promise<ApiKeyFacts> {
    const path = `/api/instances/${name}/keys`;
    const { status, body } = await this.call(
      'POST',
      path,
      { name: 'test', permissions, ...extra },
      { as: account.token },
    );
    expect(status).toBe(201);
    return { id: body.data.id, text: body.data.key };
  }
}

interface RigClock {
  offsetMs: number;
  stoppedAtMs?: number;
}

interface Ends {
  end: () => Promise<void>;
  clock: RigClock;
}

export interface ApiKeyFacts {
  id: string;
  text: string;
}

export const ALL_PERMISSIONS: string[] = [...PERMISSIONS];

export const LINKED: Partial<InstanceState> = {
  status: 'CONNECTED',
  linked: true,
  phone: '6281234567890',
  displayName: 'Customer Service',
  lastConnectedAt: '2024-01-01T10:01:30.000Z',
};

export const ISO = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
export const id = (prefix: string) => expect.stringMatching(new RegExp(`^${prefix}_[0-9A-Za-z]{22}$`));
export const REQUEST_ID = id('req');
export const JWT = expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/);

/** The body of an error answer, in full. */
export function errorBody(code: string, extra: object = {}, meta: object = {}): object {
  return {
    success: false,
    error: code,
    message: expect.any(String),
    ...extra,
    meta: { request_id: REQUEST_ID, ...meta },
  };
}
