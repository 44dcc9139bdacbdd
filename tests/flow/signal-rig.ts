import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ILogger, WAMessage } from '../../lib/baileys/index.ts';
import { createDynamo } from '../../lib/core/adapters/dynamodb/client.ts';
import { createSessionStore } from '../../lib/core/adapters/dynamodb/sessions.ts';
import { ensureTables } from '../../lib/core/adapters/dynamodb/tables.ts';
import { startLocalDynamo } from '../../lib/core/adapters/local/dynamodb-process.ts';
import { createKeyFileWrapper } from '../../lib/core/adapters/local/key-file.ts';
import type { KeyWrapper, SessionStore } from '../../lib/core/ports/session-store.ts';
import { createSessionCaches } from '../../runner/session/caches.ts';
import { type DurableSocket, openDurableSocket } from '../../runner/session/socket.ts';
import { Vault } from '../../runner/session/vault.ts';
import { type Sandbox, startSandbox } from '../../sandbox/index.ts';
import { silentLogger, WatchedStore } from '../unit/signal-memory-store.ts';

export interface ClientOptions {
  sandbox: Sandbox;
  store: SessionStore;
  wrapper: KeyWrapper;
  instanceId?: string;
  owner?: string;
  /** Marks messages handled and puts their rows, as the application does. Default true. */
  handles?: boolean;
  logger?: ILogger;
  answerTimeoutMs?: number;
}

/** The simulated network, and the real store on an embedded database. */
export interface Rig {
  sandbox: Sandbox;
  store: WatchedStore;
  wrapper: KeyWrapper;
  /** Requests that the store made of the database, by their names. */
  requests: string[];
  stop(): Promise<void>;
}

export async function startRig(): Promise<Rig> {
  const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-signal-'));
  const [database, sandbox] = await Promise.all([
    startLocalDynamo(dataDir),
    startSandbox({ media: false, readDelayMs: 10 }),
  ]);
  const tables = { mainTable: 'test-main', keysTable: 'test-keys' };
  const dynamo = createDynamo({ region: 'us-east-1', dynamoEndpoint: database.endpoint });
  await ensureTables(dynamo, tables);
  const requests: string[] = [];
  dynamo.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        requests.push(String(commandName));
        return next(args);
      },
    { step: 'initialize', name: 'countRequests' },
  );
  return {
    sandbox,
    store: new WatchedStore(createSessionStore({ dynamo, clock: Date.now, ...tables })),
    wrapper: createKeyFileWrapper(join(dataDir, 'master.key')),
    requests,
    async stop() {
      await sandbox.close();
      dynamo.destroy();
      await database.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

let counter = 0;

/** A session as small as it can be: vault and socket, what it received, and how it closed. */
export class Client extends EventEmitter {
  readonly options: ClientOptions;
  readonly received: WAMessage[] = [];
  readonly sent = new Map<string, { conversation: string }>();
  vault!: Vault;
  durable!: DurableSocket;
  stubs = 0;
  closeCode: number | undefined;
  fatal: Error | undefined;
  handles: boolean;

  constructor(options: ClientOptions) {
    super();
    this.setMaxListeners(0);
    this.options = { instanceId: `inst_${++counter}`, owner: 'runner-a', ...options };
    this.handles = options.handles ?? true;
  }

  get sock() {
    return this.durable.sock;
  }

  async load(): Promise<this> {
    this.vault = await Vault.open({
      store: this.options.store,
      wrapper: this.options.wrapper,
      tenantId: 'ten_1',
      instanceId: this.options.instanceId!,
      owner: this.options.owner!,
      onFatal: (error) => {
        this.fatal = error;
      },
    });
    return this;
  }

  connect(): this {
    this.durable = openDurableSocket({
      vault: this.vault,
      url: this.options.sandbox.url,
      logger: this.options.logger ?? silentLogger,
      caches: createSessionCaches(),
      getMessage: async (id) => this.sent.get(id),
      ...(this.options.answerTimeoutMs && { answerTimeoutMs: this.options.answerTimeoutMs }),
    });
    this.closeCode = undefined;
    const { ev } = this.durable.sock;
    ev.on('connection.update', (update) => {
      if (update.qr) this.emit('qr', update.qr);
      if (update.connection === 'open') this.emit('open');
      if (update.receivedPendingNotifications) this.emit('pending-done');
      if (update.connection === 'close') {
        this.closeCode =
          (update.lastDisconnect?.error as { output?: { statusCode?: number } })?.output?.statusCode ?? 0;
        if (this.closeCode === 515) this.connect();
        else this.emit('close', this.closeCode);
      }
    });
    ev.on('messages.upsert', ({ messages }) => {
      for (const message of messages) this.#upsert(message);
    });
    return this;
  }

  /** Links with the phone of that number and waits until it is quiet. */
  async pair(phone: string): Promise<this> {
    await this.load();
    this.connect();
    const [qr] = await once(this, 'qr');
    const open = once(this, 'open');
    await this.options.sandbox.phone(phone).scan(qr);
    await open;
    return this;
  }

  /** A new process, as far as the session can tell: nothing of the old one is flushed. */
  async crash(): Promise<void> {
    const socket = (this.sock.ws as unknown as { socket: { terminate(): void } | null }).socket;
    const closed = this.closeCode === undefined ? once(this, 'close') : null;
    socket?.terminate();
    await closed;
    this.vault.inbound.stop();
  }

  async reopen(): Promise<this> {
    await this.load();
    this.connect();
    await once(this, 'open');
    return this;
  }

  async send(jid: string, text: string, id: string): Promise<void> {
    this.sent.set(id, { conversation: text });
    await this.sock.sendMessage(jid, { text }, { messageId: id });
  }

  async end(): Promise<void> {
    await this.durable.end();
    await this.vault.close();
  }

  texts(): string[] {
    return this.received.map((message) => textOf(message)).filter((text) => text !== undefined);
  }

  #upsert(message: WAMessage): void {
    if (message.messageStubType === 2) {
      this.stubs++;
      return;
    }
    this.received.push(message);
    this.emit('message', message);
    if (!this.handles || this.vault.dead) return;
    if (!message.key.fromMe) {
      const id = message.key.id ?? '';
      this.vault.enqueue([
        { kind: 'message', id, scope: 'test', set: { type: 'text', text: textOf(message) ?? null } },
      ]);
    }
    this.durable.handled(message.key);
  }
}

export function textOf(message: WAMessage): string | undefined {
  return message.message?.conversation ?? message.message?.extendedTextMessage?.text ?? undefined;
}

/** Resolves when `condition` holds, looked at after every event loop turn that changes something. */
export async function until(condition: () => boolean, what: string, timeoutMs = 45_000): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadlineMs) throw new Error(`Waited ${timeoutMs} ms for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A look that comes so late was kept from the processor, and so was whoever had something to write. */
const LOOK_MS = 20;
const LATE_MS = 60;

/** Resolves when the store has had nothing to write for a while: pairing and first sync are over. */
export async function quiet(store: WatchedStore, forMs = 400): Promise<void> {
  let begun = -1;
  for (let idleMs = 0; idleMs < forMs; ) {
    const startMs = performance.now();
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const isLate = performance.now() - startMs > LATE_MS;
    const isBusy = store.begun !== begun || store.begun > store.ended;
    begun = store.begun;
    idleMs = isBusy ? 0 : isLate ? idleMs : idleMs + LOOK_MS;
  }
}

/** Long enough for a frame to leave and be taken by the network, were it not held. */
export const wouldHaveLeft = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250));
