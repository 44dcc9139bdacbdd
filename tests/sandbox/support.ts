import makeWASocket, {
  type AuthenticationCreds,
  type BaileysEventMap,
  type BinaryNode,
  type ConnectionState,
  initAuthCreds,
  type proto,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type UserFacingSocketConfig,
  type WAMessage,
} from '../../lib/baileys/index.ts';
import {
  type NetworkEvents,
  type Sandbox,
  type SandboxOptions,
  type SimPhone,
  startSandbox,
} from '../../sandbox/index.ts';
import { silentLogger } from '../../sandbox/silent-logger.ts';

/** Signal keys in memory, as plain Baileys would keep them. */
export class MemoryKeys implements SignalKeyStore {
  readonly items = new Map<string, unknown>();

  get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]): { [id: string]: SignalDataTypeMap[T] } {
    const found: { [id: string]: SignalDataTypeMap[T] } = {};
    for (const id of ids) {
      const value = this.items.get(`${type}:${id}`);
      if (value !== undefined) found[id] = value as SignalDataTypeMap[T];
    }
    return found;
  }

  set(changes: Parameters<SignalKeyStore['set']>[0]): void {
    for (const [type, values] of Object.entries(changes)) {
      for (const [id, value] of Object.entries(values ?? {})) {
        if (value === null || value === undefined) this.items.delete(`${type}:${id}`);
        else this.items.set(`${type}:${id}`, value);
      }
    }
  }

  /** Drops every key of a type, as a damaged store would. */
  forget(type: keyof SignalDataTypeMap): void {
    for (const key of [...this.items.keys()]) if (key.startsWith(`${type}:`)) this.items.delete(key);
  }
}

/** Polls nothing: waits for `probe` to hold, checking again whenever `subscribe`'s callback fires. */
function signalled<T>(
  what: string,
  subscribe: (check: () => void) => () => void,
  probe: () => T | undefined | false,
  timeoutMs = 45_000,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const check = () => {
      const value = probe();
      if (value === undefined || value === false) return;
      stop();
      resolve(value);
    };
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`timed out waiting for ${what}`));
    }, timeoutMs);
    const unsubscribe = subscribe(check);
    const stop = () => {
      clearTimeout(timer);
      unsubscribe();
    };
    check();
  });
}

export interface ClientOptions {
  readonly creds?: AuthenticationCreds;
  readonly keys?: MemoryKeys;
  readonly socket?: Partial<UserFacingSocketConfig>;
}

/** A real, unmodified Baileys client with in-memory credentials that reconnects on 515, as Baileys demands. */
export class Client {
  readonly url: string;
  readonly creds: AuthenticationCreds;
  readonly keys: MemoryKeys;
  readonly upserts: Array<WAMessage & { upsertType: string }> = [];
  readonly updates: BaileysEventMap['messages.update'] = [];
  readonly receipts: BaileysEventMap['message-receipt.update'] = [];
  readonly connections: Array<Partial<ConnectionState>> = [];
  readonly closes: number[] = [];
  readonly events: Array<{ name: string; payload: unknown }> = [];
  readonly sent = new Map<string, proto.IMessage>();
  /** Ids of the messages that came over the wire, decrypted or not. */
  readonly arrivals: string[] = [];
  /** The server's acks of own messages, as attributes. */
  readonly acks: Array<Record<string, string>> = [];
  sock!: ReturnType<typeof makeWASocket>;
  #checks = new Set<() => void>();
  readonly #options: ClientOptions;

  constructor(url: string, options: ClientOptions = {}) {
    this.url = url;
    this.#options = options;
    this.creds = options.creds ?? initAuthCreds();
    this.keys = options.keys ?? new MemoryKeys();
  }

  start(): this {
    this.sock = makeWASocket({
      auth: { creds: this.creds, keys: this.keys },
      waWebSocketUrl: this.url,
      logger: silentLogger,
      emitOwnEvents: false,
      markOnlineOnConnect: false,
      getMessage: async (key) => this.sent.get(key.id ?? ''),
      ...this.#options.socket,
    });
    const { sock } = this;
    sock.ws.on('CB:ack,class:message', ({ attrs }: BinaryNode) => {
      this.acks.push(attrs);
      for (const check of [...this.#checks]) check();
    });
    sock.ws.on('CB:message', ({ attrs }: BinaryNode) => {
      this.arrivals.push(attrs.id ?? '');
    });
    sock.ev.process((events) => {
      for (const [name, payload] of Object.entries(events)) this.#note(name, payload, sock);
      for (const check of [...this.#checks]) check();
    });
    return this;
  }

  #note(name: string, payload: unknown, sock: Client['sock']): void {
    this.events.push({ name, payload });
    if (name === 'creds.update') Object.assign(this.creds, payload);
    if (name === 'messages.update') this.updates.push(...(payload as BaileysEventMap['messages.update']));
    if (name === 'message-receipt.update') {
      this.receipts.push(...(payload as BaileysEventMap['message-receipt.update']));
    }
    if (name === 'messages.upsert') {
      const { messages, type } = payload as BaileysEventMap['messages.upsert'];
      for (const message of messages) this.upserts.push({ ...message, upsertType: type });
    }
    if (name !== 'connection.update' || sock !== this.sock) return;
    const update = payload as Partial<ConnectionState>;
    this.connections.push(update);
    if (update.connection !== 'close') return;
    const error = update.lastDisconnect?.error as { output?: { statusCode?: number } } | undefined;
    const code = error?.output?.statusCode ?? 0;
    this.closes.push(code);
    if (code === 515) this.start();
  }

  /** Waits until `probe` gives something, looking again at every event of this client. */
  until<T>(what: string, probe: () => T | undefined | false, timeoutMs?: number): Promise<T> {
    const subscribe = (check: () => void) => {
      this.#checks.add(check);
      return () => this.#checks.delete(check);
    };
    return signalled(what, subscribe, probe, timeoutMs);
  }

  qr(): Promise<string> {
    return this.until('a QR', () => this.connections.findLast((update) => update.qr)?.qr);
  }

  open(): Promise<unknown> {
    return this.until(
      'an open connection',
      () => this.connections.findLast((u) => u.connection)?.connection === 'open',
    );
  }

  closed(): Promise<number> {
    const seen = this.closes.length;
    return this.until('the connection to close', () => this.closes[seen]);
  }

  /** Links by QR and waits for the first login to be complete, its app-state key included. */
  async link(phone: SimPhone): Promise<this> {
    this.start();
    await phone.scan(await this.qr());
    await this.open();
    await this.until('the app-state key', () => this.creds.myAppStateKeyId);
    return this;
  }

  async send(to: string, content: Parameters<Client['sock']['sendMessage']>[1]): Promise<WAMessage> {
    const message = await this.sock.sendMessage(to, content);
    if (!message) throw new Error('nothing was sent');
    if (message.message) this.sent.set(message.key.id ?? '', message.message);
    return message;
  }

  /** Waits for a decrypted message with this text. */
  text(text: string): Promise<WAMessage & { upsertType: string }> {
    return this.until(`the text ${JSON.stringify(text)}`, () =>
      this.upserts.find((message) => textIn(message) === text),
    );
  }

  /** Waits for a message's status: 2 own phone has it, 3 delivered, 4 read, 0 error. */
  status(id: string, status: number): Promise<BaileysEventMap['messages.update'][number]> {
    return this.until(`status ${status} of ${id}`, () =>
      this.updates.find(({ key, update }) => key.id === id && update.status === status),
    );
  }

  /** Waits for the server's ack of a message. */
  ack(id: string): Promise<Record<string, string>> {
    return this.until(`the ack of ${id}`, () => this.acks.find((attrs) => attrs.id === id));
  }

  /** Waits for an event with a payload that `matches`. */
  event<T>(name: string, matches: (payload: T) => boolean = () => true): Promise<T> {
    return this.until(`event ${name}`, () => {
      return this.events.find((event) => event.name === name && matches(event.payload as T))?.payload as T | undefined;
    });
  }

  /** Cuts the socket as a crash would, without a word to the server. */
  async kill(): Promise<void> {
    if (!this.sock) return;
    this.sock.ev.removeAllListeners('connection.update');
    await this.sock.end(undefined);
  }
}

export const textIn = (message: WAMessage): string | undefined =>
  message.message?.conversation ?? message.message?.extendedTextMessage?.text ?? undefined;

/** Waits for a phone to show a message with this text. */
export async function shown(phone: SimPhone, text: string): Promise<void> {
  await phoneShows(phone, (candidate) => candidate === text, text);
}

async function phoneShows(phone: SimPhone, matches: (text?: string) => boolean, what: string): Promise<void> {
  const deadline = AbortSignal.timeout(45_000);
  let after = 0;
  while (!deadline.aborted) {
    const messages = await phone.messages(after, 45_000, deadline);
    if (messages.some((message) => matches(message.text))) return;
    after = messages.at(-1)?.index ?? after;
  }
  throw new Error(`timed out waiting for ${phone.number} to show ${what}`);
}

/** A sandbox for one test file, the clients linked to it, and what must not happen behind the scenes. */
export class Bench {
  readonly sandbox: Sandbox;
  readonly faults: unknown[] = [];
  readonly #clients: Client[] = [];
  #nextNumber = 4_930_100;

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    sandbox.network.on('fault', (error) => this.faults.push(error));
  }

  static async start(options: SandboxOptions = {}): Promise<Bench> {
    return new Bench(await startSandbox({ media: false, readDelayMs: 20, echoDelayMs: 20, ...options }));
  }

  /** A phone nobody used before, of an ordinary contact. */
  phone(): SimPhone {
    return this.sandbox.phone(`${this.#nextNumber++}0001`);
  }

  /** A client that is closed with the bench. */
  client(options: ClientOptions = {}): Client {
    const client = new Client(this.sandbox.url, options);
    this.#clients.push(client);
    return client;
  }

  /** A client linked to a new phone. */
  async linked(options: ClientOptions = {}): Promise<{ client: Client; phone: SimPhone }> {
    const phone = this.phone();
    return { client: await this.client(options).link(phone), phone };
  }

  /** The next event of the network that `matches`. */
  event<Name extends keyof NetworkEvents>(
    name: Name,
    matches: (...values: NetworkEvents[Name]) => boolean = () => true,
  ): Promise<NetworkEvents[Name]> {
    const { network } = this.sandbox;
    return new Promise((resolve, reject) => {
      const listener = (...values: unknown[]) => {
        if (!matches(...(values as NetworkEvents[Name]))) return;
        clearTimeout(timer);
        network.off(name as 'fault', listener as () => void);
        resolve(values as NetworkEvents[Name]);
      };
      const timer = setTimeout(() => {
        network.off(name as 'fault', listener as () => void);
        reject(new Error(`timed out waiting for the network's ${name}`));
      }, 45_000);
      network.on(name as 'fault', listener as () => void);
    });
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.kill();
    await this.sandbox.close();
    if (this.faults.length > 0) throw new AggregateError(this.faults, 'the sandbox had faults');
  }
}

export const jid = (number: string): string => `${number}@s.whatsapp.net`;
