/**
 * Proof that real, unmodified Baileys works against the sandbox: two clients link, one by QR and one by pairing code,
 * and talk to each other, to contacts and in a group. Prints each step and a verdict; exits with 1 when one fails.
 *
 *     node sandbox/proof.ts
 */
import makeWASocket, {
  type AuthenticationCreds,
  type BaileysEventMap,
  initAuthCreds,
  type WAMessage,
} from '../lib/baileys/index.ts';
import { type Sandbox, startSandbox } from './index.ts';
import { silentLogger } from './silent-logger.ts';

type Socket = ReturnType<typeof makeWASocket>;
type Probe<T> = () => T | undefined | false;

const STEP_TIMEOUT_MS = 15_000;

/** A minimal Baileys application: credentials in memory, a new socket after every 515. */
class Talker {
  socket!: Socket;
  qr: string | undefined;
  open = false;
  readonly received: WAMessage[] = [];
  readonly statuses = new Map<string, number>();
  readonly #creds: AuthenticationCreds = initAuthCreds();
  readonly #keys = new Map<string, unknown>();
  readonly #probes = new Set<() => void>();
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
    this.#connect();
  }

  async until<T>(probe: Probe<T>): Promise<T> {
    let check = () => {};
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        check = () => {
          const value = probe();
          if (value !== undefined && value !== false) resolve(value);
        };
        timer = setTimeout(() => reject(new Error('timed out')), STEP_TIMEOUT_MS);
        this.#probes.add(check);
        check();
      });
    } finally {
      clearTimeout(timer);
      this.#probes.delete(check);
    }
  }

  text(text: string): Promise<WAMessage> {
    return this.until(() =>
      this.received.find(({ message }) => (message?.conversation ?? message?.extendedTextMessage?.text) === text),
    );
  }

  async say(to: string, text: string): Promise<string> {
    return (await this.socket.sendMessage(to, { text }))?.key.id ?? '';
  }

  #connect(): void {
    const get = (type: string, ids: string[]) =>
      Object.fromEntries(
        ids.flatMap((id) => (this.#keys.has(`${type}:${id}`) ? [[id, this.#keys.get(`${type}:${id}`)]] : [])),
      );
    const set = (changes: object) => {
      for (const [type, values] of Object.entries(changes)) {
        for (const [id, value] of Object.entries(values as Record<string, unknown>)) {
          if (value === null) this.#keys.delete(`${type}:${id}`);
          else this.#keys.set(`${type}:${id}`, value);
        }
      }
    };
    this.socket = makeWASocket({
      auth: { creds: this.#creds, keys: { get: get as never, set } },
      waWebSocketUrl: this.#url,
      logger: silentLogger,
      emitOwnEvents: false,
      getMessage: async () => undefined,
    });
    this.socket.ev.process((events) => {
      this.#take(events);
      for (const check of [...this.#probes]) check();
    });
  }

  #take(events: Partial<BaileysEventMap>): void {
    Object.assign(this.#creds, events['creds.update']);
    this.received.push(...(events['messages.upsert']?.messages ?? []));
    for (const { key, update } of events['messages.update'] ?? []) {
      this.statuses.set(key.id ?? '', Math.max(update.status ?? 0, this.statuses.get(key.id ?? '') ?? 0));
    }
    const update = events['connection.update'];
    if (update?.qr) this.qr = update.qr;
    if (update?.connection) this.open = update.connection === 'open';
    const error = update?.lastDisconnect?.error as { output?: { statusCode?: number } } | undefined;
    if (update?.connection === 'close' && error?.output?.statusCode === 515) this.#connect();
  }
}

async function step(name: string, work: () => Promise<string | undefined>): Promise<void> {
  const startedAt = performance.now();
  const detail = await work();
  const tookMs = (performance.now() - startedAt).toFixed(0);
  process.stdout.write(`ok  ${name}${detail ? ` (${detail})` : ''} ${tookMs} ms\n`);
}

async function prove(sandbox: Sandbox): Promise<void> {
  const alicePhone = sandbox.phone('15550100001');
  const bobPhone = sandbox.phone('15550100002');
  const alice = new Talker(sandbox.url);
  const bob = new Talker(sandbox.url);
  await step('Alice links by QR', async () => {
    await alicePhone.scan(await alice.until(() => alice.qr));
    await alice.until(() => alice.open);
    return alice.socket.user?.id;
  });
  await step('Bob links by pairing code', async () => {
    await bob.until(() => bob.qr);
    const requested = new Promise((resolve) => sandbox.network.once('pairingCodeRequested', resolve));
    const code = await bob.socket.requestPairingCode(bobPhone.number);
    await requested;
    await bobPhone.enterPairingCode(code);
    await bob.until(() => bob.open);
    return bob.socket.user?.id;
  });
  await step('Alice writes to Bob; his phone and client have it, she sees it delivered', async () => {
    const id = await alice.say(bobPhone.jid, 'Hello Bob');
    await bob.text('Hello Bob');
    await alice.until(() => (alice.statuses.get(id) ?? 0) >= 3);
    return id;
  });
  await step('Bob reads and answers by LID', async () => {
    const { key } = await bob.text('Hello Bob');
    await bob.socket.readMessages([key]);
    await alice.until(() => alice.statuses.get(key.id ?? '') === 4);
    await bob.say(alicePhone.lid, 'Hello Alice');
    await alice.text('Hello Alice');
    return undefined;
  });
  await step('A contact echoes', async () => {
    await alice.say('15550109001@s.whatsapp.net', 'Anybody there?');
    return (await alice.text('Echo: Anybody there?')).key.remoteJid ?? undefined;
  });
  await step('A group of three, sender keys in every direction', async () => {
    const carol = sandbox.phone('15550100003');
    const { id } = await alice.socket.groupCreate('Proof', [bobPhone.jid, carol.jid]);
    await alice.say(id, 'Alice here');
    await bob.text('Alice here');
    await bob.say(id, 'Bob here');
    await alice.text('Bob here');
    await carol.send(id, 'Carol here');
    await Promise.all([alice.text('Carol here'), bob.text('Carol here')]);
    return id;
  });
  await step('No phone failed to decrypt anything', async () => {
    for (const phone of [alicePhone, bobPhone, sandbox.phone('15550100003')]) {
      const { decryptErrors, retryRequests } = phone.status();
      if (decryptErrors.length > 0 || retryRequests > 0) throw new Error(`${phone.number} had to ask again`);
    }
    return undefined;
  });
  await Promise.all([alice.socket.end(undefined), bob.socket.end(undefined)]);
}

const sandbox = await startSandbox({ media: false });
try {
  await prove(sandbox);
  process.stdout.write('PROVEN: two real Baileys clients talk through the sandbox\n');
} catch (error) {
  process.exitCode = 1;
  process.stdout.write(`FAILED: ${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  await sandbox.close();
}
// A closed Baileys socket keeps timers for up to half a minute.
process.exit();
