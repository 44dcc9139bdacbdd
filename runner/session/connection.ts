import type { Agent } from 'node:https';
import type { proto, WACallEvent } from '../../lib/baileys/index.ts';
import { DisconnectReason, type WASocket, type WAVersion } from '../../lib/baileys/index.ts';
import {
  type Environment,
  INITIAL_STATE,
  type InstanceSettings,
  type InstanceState,
  type SessionHealth,
} from '../../lib/core/model/instance.ts';
import { bareJid, phoneOfJid } from '../../lib/core/model/phone.ts';
import type { Clock } from '../../lib/core/ports/index.ts';
import { stateEvents } from '../events/tell.ts';
import { baileysLogger, hashForLog, type Logger } from '../log.ts';
import { createSessionCaches, type SessionCaches } from './caches.ts';
import { type CloseCause, causeOf, onClose } from './on-close.ts';
import { type DurableSocket, openDurableSocket } from './socket.ts';
import type { Vault } from './vault.ts';

/** Where a session connects to. */
export interface WhatsAppNetwork {
  url: string;
  /** Undefined: the version bundled with Baileys. */
  version: WAVersion | undefined;
  /** The proxy that the WebSocket goes through. */
  agent?: Agent;
  /** For up- and downloads of media, where they need one of their own. */
  mediaAgent?: Agent;
  /** How long an answer may take there; 60 s by default. */
  answerTimeoutMs?: number;
}

export interface ConnectionOptions {
  environment: Environment;
  settings: InstanceSettings;
  /** State as last stored; goes on from it. */
  state: InstanceState;
  vault: Vault;
  network(environment: Environment, proxy: string | null): Promise<WhatsAppNetwork>;
  /** Bounds connects at a time over the whole runner; resolves to a release function. */
  connectSlot(): Promise<() => void>;
  getMessage(id: string): Promise<proto.IMessage | undefined>;
  /** How the session does, to be stored with a new connection. */
  measure(): SessionHealth;
  /** Reads strongly whether the instance is still this process's to connect; absent: it is. */
  isOwned?(): Promise<boolean>;
  /** Another owner's connection has replaced this one. The session is to end, and to tell nobody. */
  onYield?(): void;
  /** Called after a call was rejected because the settings say so. */
  onRejected(call: WACallEvent): Promise<void>;
  /** Called with each new socket before its first event. */
  onSocket(socket: DurableSocket): void;
  /** Nothing from the socket for this long after opening it ends the attempt; 30 s by default. */
  connectTimeoutMs?: number;
  logger: Logger;
  clock: Clock;
  random(): number;
}

/** A socket that hangs in the upgrade raises no event at all in Baileys. */
const CONNECT_TIMEOUT_MS = 30_000;
/** The first QR of a socket lives a minute, the ones after it 20 s (protocol). */
const FIRST_QR_MS = 60_000;
const NEXT_QR_MS = 20_000;
const PAIRING_CODE_MS = 160_000;
const CONFLICT_MEMORY_MS = 600_000;
const ACTIVE = new Set(['CONNECTING', 'WAITING_FOR_SCAN', 'CONNECTED', 'RECONNECTING']);

/**
 * The state machine of one instance's connection: at most one socket at a time, whose life is `InstanceStatus`.
 * Every change of state goes into the vault's group commits.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #vault: Vault;
  readonly #log: Logger;
  /** Beyond the life of one socket, of one account. */
  caches: SessionCaches = createSessionCaches();
  #settings: InstanceSettings;
  #state: InstanceState;
  #socket: DurableSocket | undefined;
  /** Rises with each socket, so that a late event of an old one is told apart. */
  #generation = 0;
  #attempts = 0;
  #conflicts = 0;
  #qrCount = 0;
  #pairWithPhone: string | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #releaseSlot: () => void = () => undefined;
  #openedAtMs = 0;
  #waiters: (() => void)[] = [];
  #ended = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#vault = options.vault;
    this.#log = options.logger;
    this.#settings = options.settings;
    this.#state = { ...INITIAL_STATE, ...options.state };
  }

  get state(): Readonly<InstanceState> {
    return this.#state;
  }

  get settings(): Readonly<InstanceSettings> {
    return this.#settings;
  }

  /** The open socket, or undefined: also while Baileys is closing it, which it tells of only when that is done. */
  get sock(): WASocket | undefined {
    const sock = this.#socket?.sock;
    return this.#state.status === 'CONNECTED' && sock?.ws.isOpen ? sock : undefined;
  }

  /** Linked and not stopped: it is open or on its way to be. */
  get willOpen(): boolean {
    return this.#vault.hasAccount && !this.#ended && this.#vault.dead === null && ACTIVE.has(this.#state.status);
  }

  /** Resolves at the next change of status, or after `waitMs`: the caller looks again. */
  async changed(waitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, waitMs);
      function done() {
        clearTimeout(timer);
        resolve();
      }
      this.#waiters.push(done);
    });
  }

  /** Opens, unless a socket is there already; for an unlinked one shows a QR, or a code for `pairWithPhone`. */
  async connect(pairWithPhone?: string): Promise<void> {
    this.#pairWithPhone = this.#vault.hasAccount ? undefined : pairWithPhone;
    if (ACTIVE.has(this.#state.status) && this.#socket) {
      if (this.#pairWithPhone && this.#state.qr) await this.#requestPairingCode(this.#socket.sock, this.#generation);
      return;
    }
    await this.reopen();
  }

  /** Takes over settings. Online or not is announced at once; another proxy needs a new socket. */
  async configure(settings: InstanceSettings): Promise<void> {
    const before = this.#settings;
    this.#settings = settings;
    if (settings.proxy !== before.proxy && ACTIVE.has(this.#state.status)) return this.reopen();
    if (settings.markOnline === before.markOnline) return;
    await this.sock
      ?.sendPresenceUpdate(settings.markOnline ? 'available' : 'unavailable')
      .catch((error) => this.#log.warn({ err: error }, 'the presence was not announced'));
  }

  /** Closes what is open and opens a new socket. */
  async reopen(): Promise<void> {
    await this.close();
    this.#attempts = 0;
    this.#conflicts = 0;
    await this.#open();
  }

  /** The socket goes, without logging out; the state stays as it is. Later events of it are strangers'. */
  async close(): Promise<void> {
    clearTimeout(this.#retryTimer);
    this.#settled();
    this.#generation += 1;
    const socket = this.#socket;
    this.#socket = undefined;
    this.wake();
    if (socket) await socket.end().catch((error) => this.#log.warn({ err: error }, 'the socket did not end cleanly'));
  }

  /** Closes for good: nothing opens any more. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.close();
  }

  /** The keys are worthless now: forgets them and starts over as unlinked. */
  forget(change: Partial<InstanceState> = {}): void {
    this.#vault.resetCreds();
    this.caches = createSessionCaches();
    this.setState({ ...INITIAL_STATE, displayName: this.#state.displayName, ...change });
  }

  /** Stores what has changed with the next group commit, and wakes who waits for a change. */
  setState(change: Partial<InstanceState>): void {
    const fields = Object.entries(change).filter(([key, value]) => {
      return JSON.stringify(this.#state[key as keyof InstanceState]) !== JSON.stringify(value);
    });
    if (fields.length === 0) return;
    const set = Object.fromEntries(fields) as Partial<InstanceState>;
    const before = this.#state;
    this.#state = { ...before, ...set };
    if (this.#vault.dead === null) {
      const telling = { instanceId: this.#vault.instanceId, nowMs: this.#options.clock() };
      this.#vault.enqueue([{ kind: 'state', set }, ...stateEvents(telling, before, this.#state)]);
    }
    this.wake();
  }

  async #open(): Promise<void> {
    clearTimeout(this.#retryTimer);
    if (this.#ended || this.#vault.dead) return;
    const generation = ++this.#generation;
    this.#qrCount = 0;
    this.setState({
      status: this.#vault.hasAccount && this.#state.lastConnectedAt ? 'RECONNECTING' : 'CONNECTING',
      qr: null,
      pairingCode: null,
      nextRetryAt: null,
      connectionAttempts: this.#attempts + 1,
    });
    const free = await this.#options.connectSlot();
    const over = this.#vault.metrics.connecting(this.#state.lastConnectedAt !== null);
    const release = () => {
      free();
      over();
    };
    try {
      const network = await this.#options.network(this.#options.environment, this.#settings.proxy);
      if (generation !== this.#generation || this.#ended) return release();
      this.#startSocket(generation, network, release);
    } catch (error) {
      release();
      this.#log.error({ err: error }, 'the socket could not be made');
      await this.#closed(generation, { code: undefined });
    }
  }

  #startSocket(generation: number, network: WhatsAppNetwork, release: () => void): void {
    const socket = openDurableSocket({
      vault: this.#vault,
      ...network,
      logger: baileysLogger(this.#log),
      caches: this.caches,
      getMessage: this.#options.getMessage,
      config: { markOnlineOnConnect: this.#settings.markOnline },
    });
    this.#socket = socket;
    this.#options.onSocket(socket);
    this.#releaseSlot = release;
    const end = (cause: CloseCause) => void this.#closed(generation, cause);
    this.#watchdog = setTimeout(() => {
      this.#log.warn('the connection hangs: closing it');
      end({ code: undefined });
    }, this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS);
    const { sock } = socket;
    // An HTTP error on the upgrade raises no event in Baileys at all.
    sock.ws.on('unexpected-response', (_request: unknown, response: { statusCode?: number }) => {
      this.#log.warn({ httpStatus: response.statusCode }, 'the upgrade was refused');
      end({ code: response.statusCode });
    });
    sock.ev.on('call', (calls) => {
      if (!this.#settings.rejectCalls) return;
      for (const call of calls) {
        if (call.status !== 'offer' || call.offline) continue;
        // WhatsApp does not tell the device that rejects.
        sock
          .rejectCall(call.id, call.from)
          .then(() => sock.ev.emit('call', [{ ...call, status: 'reject' }]))
          .then(() => this.#options.onRejected(call))
          .catch((error) => this.#log.warn({ err: error }, 'a call was not rejected'));
      }
    });
    sock.ev.on('connection.update', (update) => {
      if (generation !== this.#generation) return;
      if (update.qr) {
        this.#settled();
        void this.#onQr(sock, update.qr, generation);
      }
      if (update.isNewLogin) this.setState({ linked: true, qr: null, pairingCode: null, status: 'CONNECTING' });
      if (update.connection === 'open') {
        this.#settled();
        this.#onOpen(sock);
      }
      if (update.receivedPendingNotifications) {
        socket.replay().catch((error) => this.#log.error({ err: error }, 'replay of buffered messages failed'));
      }
      if (update.connection === 'close') end(causeOf(update.lastDisconnect?.error));
    });
  }

  async #onQr(sock: WASocket, text: string, generation: number): Promise<void> {
    this.#qrCount += 1;
    if (this.#pairWithPhone) {
      if (!this.#state.pairingCode) await this.#requestPairingCode(sock, generation);
      return;
    }
    const livesMs = this.#qrCount === 1 ? FIRST_QR_MS : NEXT_QR_MS;
    this.setState({ status: 'WAITING_FOR_SCAN', qr: { text, expiresAt: this.#iso(livesMs) }, lastError: null });
  }

  async #requestPairingCode(sock: WASocket, generation: number): Promise<void> {
    const phone = this.#pairWithPhone as string;
    try {
      const code = await sock.requestPairingCode(phone);
      if (generation !== this.#generation) return;
      this.setState({
        status: 'WAITING_FOR_SCAN',
        qr: null,
        pairingCode: { code, phone, expiresAt: this.#iso(PAIRING_CODE_MS) },
      });
    } catch (error) {
      this.#log.warn({ err: error }, 'no pairing code');
    }
  }

  #onOpen(sock: WASocket): void {
    this.#attempts = 0;
    this.#openedAtMs = this.#options.clock();
    const me = sock.user;
    this.setState({
      status: 'CONNECTED',
      linked: true,
      qr: null,
      pairingCode: null,
      phone: phoneOfJid(me?.id) ?? this.#state.phone,
      lid: me?.lid ? (bareJid(me.lid).split('@')[0] ?? null) : this.#state.lid,
      displayName: me?.name ?? this.#state.displayName,
      lastConnectedAt: this.#iso(0),
      connectionAttempts: 0,
      nextRetryAt: null,
      lastError: null,
      health: this.#options.measure(),
    });
    const { phone } = this.#state;
    this.#log.info(phone ? { phone: hashForLog(phone) } : {}, 'connected');
  }

  async #closed(generation: number, cause: CloseCause): Promise<void> {
    if (generation !== this.#generation || this.#ended) return;
    await this.close();
    const replaced = cause.code === DisconnectReason.connectionReplaced;
    if (replaced && !(await this.#isOwned()) && !this.#ended) return this.#options.onYield?.();
    if (this.#vault.dead || this.#ended) return;
    // Two owners that replace each other both open again and again: only a lasting connection ends the count.
    if (this.#options.clock() - this.#openedAtMs > CONFLICT_MEMORY_MS) this.#conflicts = 0;
    const verdict = onClose(
      cause,
      {
        linked: this.#vault.hasAccount,
        attempts: this.#attempts,
        conflicts: this.#conflicts,
        autoReconnect: this.#settings.autoReconnect,
      },
      this.#options.random(),
    );
    this.#log.info({ code: cause.code, verdict: verdict.do, status: verdict.status }, 'connection closed');
    if (verdict.do === 'stop') {
      const change = {
        status: verdict.status,
        qr: null,
        pairingCode: null,
        nextRetryAt: null,
        lastError: verdict.error,
        lastErrorAt: this.#iso(0),
      };
      if (verdict.forgetKeys) this.forget(change);
      else this.setState({ ...change, linked: this.#vault.hasAccount });
      return;
    }
    if (replaced) this.#conflicts += 1;
    if (cause.code !== DisconnectReason.restartRequired) this.#attempts += 1;
    this.setState({
      status: verdict.status,
      qr: null,
      connectionAttempts: this.#attempts,
      nextRetryAt: verdict.afterMs ? this.#iso(verdict.afterMs) : null,
      ...(verdict.error ? { lastError: verdict.error, lastErrorAt: this.#iso(0) } : {}),
    });
    this.#retryTimer = setTimeout(() => void this.#open(), verdict.afterMs);
  }

  /** While nobody can say, it counts as ours: the wait after a conflict is long. */
  async #isOwned(): Promise<boolean> {
    return (await this.#options.isOwned?.().catch(() => true)) ?? true;
  }

  /** The attempt to connect is over, one way or the other. */
  #settled(): void {
    clearTimeout(this.#watchdog);
    this.#releaseSlot();
  }

  /** Whoever waits for a change looks again. */
  wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  #iso(inMs: number): string {
    return new Date(this.#options.clock() + inMs).toISOString();
  }
}
