import type { AnyMessageContent, WAMessageKey, WASocket, WAVersion } from '../../lib/baileys/index.ts';
import { DisconnectReason, generateWAMessage, proto } from '../../lib/baileys/index.ts';
import { GatewayError } from '../../lib/core/errors.ts';
import {
  type Environment,
  INITIAL_STATE,
  type InstanceSettings,
  type InstanceState,
  type InstanceStatus,
} from '../../lib/core/model/instance.ts';
import { bareJid, phoneOfJid } from '../../lib/core/model/phone.ts';
import type { Clock } from '../../lib/core/ports/index.ts';
import {
  FencedError,
  type KeyWrapper,
  type SessionStore,
  type SessionWrite,
} from '../../lib/core/ports/session-store.ts';
import type { NameBook } from '../events/parties.ts';
import { baileysLogger, type Logger } from '../log.ts';
import { createSessionCaches, type SessionCaches } from './caches.ts';
import { NumberBook } from './lookup.ts';
import { type CloseCause, onClose } from './on-close.ts';
import { subscribeProjections } from './projections.ts';
import { type DurableSocket, openDurableSocket } from './socket.ts';
import { Vault } from './vault.ts';
import { ConnectionLost, type NumberLookup, type SessionControl, type WhatsAppSession } from './whatsapp-session.ts';

/** Where a session connects to. */
export interface WhatsAppNetwork {
  url: string;
  /** Undefined: the version bundled with Baileys. */
  version: WAVersion | undefined;
}

export interface SessionOptions {
  tenantId: string;
  instanceId: string;
  environment: Environment;
  settings: InstanceSettings;
  /** State as last stored; a session that takes over goes on from it. */
  state: InstanceState;
  owner: string;
  store: SessionStore;
  wrapper: KeyWrapper;
  network(environment: Environment): Promise<WhatsAppNetwork>;
  /** Bounds connects at a time over the whole runner; resolves to a release function. */
  connectSlot(): Promise<() => void>;
  logger: Logger;
  clock: Clock;
  random(): number;
  /** Called once when the vault has died: fenced by another owner, or the store is unreachable. */
  onDead(reason: 'fenced' | 'store'): void;
}

/** Nothing from the socket for this long after opening it: it hangs in the upgrade (Baileys says nothing then). */
const CONNECT_WATCHDOG_MS = 30_000;
const ACK_TIMEOUT_MS = 20_000;
/** The first QR of a socket lives a minute, the ones after it 20 s (protocol). */
const FIRST_QR_MS = 60_000;
const NEXT_QR_MS = 20_000;
const PAIRING_CODE_MS = 160_000;
const SENT_PROTO_TTL_SECONDS = 14 * 86_400;

/**
 * One instance's session: at most one socket at a time, over one vault, whose state machine is `InstanceStatus`.
 * Everything it stores goes through the vault's fenced group commits.
 */
export class Session implements WhatsAppSession, SessionControl {
  readonly #options: SessionOptions;
  readonly #vault: Vault;
  readonly #numbers: NumberBook;
  readonly #names = new Map<string, string>();
  readonly #protos = new Map<string, Uint8Array>();
  readonly #log: Logger;
  #caches: SessionCaches = createSessionCaches();
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
  #openWaiters: (() => void)[] = [];
  #closing = false;

  private constructor(options: SessionOptions, vault: Vault) {
    this.#options = options;
    this.#vault = vault;
    this.#state = { ...INITIAL_STATE, ...options.state };
    this.#numbers = new NumberBook(options.clock);
    this.#log = options.logger.child({ instanceId: options.instanceId, epoch: vault.fence.epoch });
  }

  /** Takes the instance's fence and loads its keys. Does not connect. @throws when the store cannot be read */
  static async load(options: SessionOptions): Promise<Session> {
    let onFatal: (error: Error) => void = () => undefined;
    const vault = await Vault.open({
      store: options.store,
      wrapper: options.wrapper,
      tenantId: options.tenantId,
      instanceId: options.instanceId,
      owner: options.owner,
      onFatal: (error) => onFatal(error),
    });
    const session = new Session(options, vault);
    onFatal = (error) => session.#die(error);
    return session;
  }

  get status(): InstanceStatus {
    return this.#state.status;
  }

  get epoch(): number {
    return this.#vault.fence.epoch;
  }

  get isOpen(): boolean {
    return this.#state.status === 'CONNECTED' && this.#socket !== undefined;
  }

  /** Linked and not stopped: it is open or on its way to be. */
  get willOpen(): boolean {
    return this.#vault.hasAccount && !this.#closing && this.#vault.dead === null && this.#isActive();
  }

  get hasAccount(): boolean {
    return this.#vault.hasAccount;
  }

  /** Rows that become durable with the session's next group commit. */
  enqueue(writes: SessionWrite[]): void {
    this.#vault.enqueue(writes);
  }

  /** Everything enqueued so far is durable. @throws what killed the vault */
  async flushed(): Promise<void> {
    await this.#vault.barrier();
  }

  /** Resolves at the next change of status, or after `waitMs`: the caller looks again. */
  async changed(waitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, waitMs);
      function done() {
        clearTimeout(timer);
        resolve();
      }
      this.#openWaiters.push(done);
    });
  }

  // ---- control -----------------------------------------------------------------------------------------------

  async connect(pairWithPhone?: string): Promise<InstanceStatus> {
    this.#pairWithPhone = this.#vault.hasAccount ? undefined : pairWithPhone;
    if (this.#isActive() && this.#socket) {
      if (this.#pairWithPhone && this.#state.qr) await this.#requestPairingCode(this.#socket.sock, this.#generation);
      return this.#state.status;
    }
    this.#attempts = 0;
    this.#conflicts = 0;
    await this.#open();
    return this.#state.status;
  }

  async restart(): Promise<InstanceStatus> {
    await this.#closeSocket();
    this.#attempts = 0;
    this.#conflicts = 0;
    await this.#open();
    return this.#state.status;
  }

  async logout(): Promise<InstanceStatus> {
    const socket = this.#socket;
    if (socket && this.isOpen) await socket.sock.logout().catch(() => undefined);
    await this.#closeSocket();
    this.#forget();
    this.#setState({ ...INITIAL_STATE, displayName: this.#state.displayName });
    await this.flushed();
    return this.#state.status;
  }

  async remove(): Promise<void> {
    await this.logout();
  }

  /** Deletes everything stored of the instance, and ends the session. @throws FencedError */
  async purge(): Promise<void> {
    this.#closing = true;
    await this.#vault.close();
    await this.#options.store.purge(this.#vault.fence);
  }

  /** Says that nobody is linking this instance any more, after its last owner went away while somebody was. */
  settle(): void {
    this.#setState({ status: 'DISCONNECTED', linked: false, qr: null, pairingCode: null, nextRetryAt: null });
  }

  /** Ends the socket without logging out, flushes, releases. What is stored lets the next owner go on. */
  async stop(): Promise<void> {
    this.#closing = true;
    await this.#closeSocket();
    this.#wake();
    if (this.#vault.dead === null) await this.#vault.close();
  }

  // ---- what handlers do --------------------------------------------------------------------------------------

  async send(to: string, content: AnyMessageContent, messageId: string): Promise<{ ackedAtMs: number }> {
    const sock = this.#requireOpen();
    const me = sock.user?.id;
    if (!me) throw new ConnectionLost();
    const full = await generateWAMessage(to, content, {
      logger: baileysLogger(this.#log),
      userJid: me,
      messageId,
      upload: sock.waUploadToServer,
      getUrlInfo: async () => undefined,
    });
    this.#keepProto(messageId, proto.Message.encode(full.message as proto.IMessage).finish());
    const ack = sock.waitForMessage(messageId, ACK_TIMEOUT_MS) as Promise<
      { attrs: Record<string, string> } | undefined
    >;
    ack.catch(() => undefined);
    try {
      await sock.relayMessage(to, full.message as proto.IMessage, { messageId });
    } catch (error) {
      throw this.#isConnectionError(error) ? new ConnectionLost() : error;
    }
    const answer = await ack.catch(() => {
      throw new ConnectionLost();
    });
    if (!answer) throw new ConnectionLost("WhatsApp's server did not acknowledge the message in time.");
    if (answer.attrs.error) throw refused(answer.attrs.error);
    return { ackedAtMs: this.#options.clock() };
  }

  async requireOnWhatsApp(jid: string): Promise<void> {
    await this.#guard((sock) => this.#numbers.require(sock, this.nameBook, jid));
  }

  async markRead(keys: WAMessageKey[]): Promise<void> {
    await this.#guard((sock) => sock.readMessages(keys));
  }

  async lookUp(numbers: readonly string[]): Promise<NumberLookup[]> {
    return this.#guard((sock) => this.#numbers.lookUp(sock, numbers, (phone) => this.#names.get(phone) ?? null));
  }

  /** LID ↔ phone pairs as the Signal store has learnt them. */
  readonly nameBook: NameBook = {
    phoneOfLid: (lid) => this.#mapping(`${lid}_reverse`),
    lidOfPhone: (phone) => this.#mapping(phone),
  };

  #mapping(id: string): string | undefined {
    const found = this.#vault.get('lid-mapping', [id])[id];
    return typeof found === 'string' ? found : undefined;
  }

  /** Runs against the open socket and tells a lost connection from a real error. */
  async #guard<T>(work: (sock: WASocket) => Promise<T>): Promise<T> {
    const sock = this.#requireOpen();
    try {
      return await work(sock);
    } catch (error) {
      throw this.#isConnectionError(error) ? new ConnectionLost() : error;
    }
  }

  #requireOpen(): WASocket {
    if (!this.#socket || !this.isOpen) throw new ConnectionLost('The session is not open.');
    return this.#socket.sock;
  }

  #isConnectionError(error: unknown): boolean {
    if (this.#vault.dead) return true;
    const code = statusCodeOf(error);
    return code === DisconnectReason.connectionClosed || code === DisconnectReason.timedOut || !this.isOpen;
  }

  // ---- the socket's life -------------------------------------------------------------------------------------

  async #open(): Promise<void> {
    clearTimeout(this.#retryTimer);
    if (this.#closing || this.#vault.dead) return;
    const generation = ++this.#generation;
    this.#qrCount = 0;
    // After a pairing code was asked for, creds.me is set without an account: logging in with that is a 401.
    if (!this.#vault.hasAccount) this.#vault.resetCreds();
    this.#setState({
      status: this.#vault.hasAccount && this.#state.lastConnectedAt ? 'RECONNECTING' : 'CONNECTING',
      qr: null,
      pairingCode: null,
      nextRetryAt: null,
      connectionAttempts: this.#attempts + 1,
    });
    const release = await this.#options.connectSlot();
    try {
      const network = await this.#options.network(this.#options.environment);
      if (generation !== this.#generation || this.#closing) return release();
      this.#startSocket(generation, network, release);
    } catch (error) {
      release();
      this.#log.error({ err: error }, 'the socket could not be made');
      await this.#closed(generation, { code: undefined });
    }
  }

  #startSocket(generation: number, network: WhatsAppNetwork, release: () => void): void {
    const { settings, logger } = this.#options;
    const socket = openDurableSocket({
      vault: this.#vault,
      url: network.url,
      logger: baileysLogger(logger),
      caches: this.#caches,
      ...(network.version ? { version: network.version } : {}),
      getMessage: (id) => this.#loadProto(id),
      config: { markOnlineOnConnect: settings.markOnline },
    });
    this.#socket = socket;
    let slot: (() => void) | undefined = release;
    const settled = () => {
      clearTimeout(this.#watchdog);
      slot?.();
      slot = undefined;
    };
    const end = (cause: CloseCause) => {
      settled();
      void this.#closed(generation, cause);
    };
    this.#watchdog = setTimeout(() => {
      this.#log.warn('the connection hangs: closing it');
      end({ code: undefined });
    }, CONNECT_WATCHDOG_MS);
    const { sock } = socket;
    // An HTTP error on the upgrade raises no event in Baileys at all.
    sock.ws.on('unexpected-response', (_request: unknown, response: { statusCode?: number }) => {
      this.#log.warn({ httpStatus: response.statusCode }, 'the upgrade was refused');
      end({ code: response.statusCode });
    });
    sock.ev.on('connection.update', (update) => {
      if (generation !== this.#generation) return;
      if (update.qr) {
        settled();
        void this.#onQr(sock, update.qr, generation);
      }
      if (update.isNewLogin) this.#setState({ linked: true, qr: null, pairingCode: null, status: 'CONNECTING' });
      if (update.connection === 'open') {
        settled();
        this.#onOpen(sock);
      }
      if (update.receivedPendingNotifications) {
        socket.replay().catch((error) => this.#log.error({ err: error }, 'replay of buffered messages failed'));
      }
      if (update.connection === 'close') end(causeOf(update.lastDisconnect?.error));
    });
    subscribeProjections({
      socket,
      vault: this.#vault,
      names: this.nameBook,
      clock: this.#options.clock,
      learnName: (phone, name) => this.#learnName(phone, name),
    });
  }

  async #onQr(sock: WASocket, text: string, generation: number): Promise<void> {
    this.#qrCount += 1;
    if (this.#pairWithPhone) {
      if (!this.#state.pairingCode) await this.#requestPairingCode(sock, generation);
      return;
    }
    const livesMs = this.#qrCount === 1 ? FIRST_QR_MS : NEXT_QR_MS;
    this.#setState({ status: 'WAITING_FOR_SCAN', qr: { text, expiresAt: this.#iso(livesMs) }, lastError: null });
  }

  async #requestPairingCode(sock: WASocket, generation: number): Promise<void> {
    const phone = this.#pairWithPhone as string;
    try {
      const code = await sock.requestPairingCode(phone);
      if (generation !== this.#generation) return;
      this.#setState({
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
    this.#conflicts = 0;
    const me = sock.user;
    this.#setState({
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
    });
    this.#log.info('connected');
  }

  async #closed(generation: number, cause: CloseCause): Promise<void> {
    if (generation !== this.#generation || this.#closing) return;
    await this.#closeSocket();
    if (this.#vault.dead) return;
    const verdict = onClose(
      cause,
      {
        linked: this.#vault.hasAccount,
        attempts: this.#attempts,
        conflicts: this.#conflicts,
        autoReconnect: this.#options.settings.autoReconnect,
      },
      this.#options.random(),
    );
    this.#log.info({ code: cause.code, verdict: verdict.do, status: verdict.status }, 'connection closed');
    if (verdict.do === 'stop') {
      if (verdict.forgetKeys) this.#forget();
      this.#setState({
        status: verdict.status,
        linked: this.#vault.hasAccount,
        qr: null,
        pairingCode: null,
        nextRetryAt: null,
        lastError: verdict.error,
        lastErrorAt: this.#iso(0),
      });
      return;
    }
    if (cause.code === DisconnectReason.connectionReplaced) this.#conflicts += 1;
    if (cause.code !== DisconnectReason.restartRequired) this.#attempts += 1;
    this.#setState({
      status: verdict.status,
      qr: null,
      connectionAttempts: this.#attempts,
      nextRetryAt: verdict.afterMs ? this.#iso(verdict.afterMs) : null,
      ...(verdict.error ? { lastError: verdict.error, lastErrorAt: this.#iso(0) } : {}),
    });
    this.#retryTimer = setTimeout(() => void this.#open(), verdict.afterMs);
  }

  /** The socket goes, the session stays. Later events of it are strangers'. */
  async #closeSocket(): Promise<void> {
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#watchdog);
    this.#generation += 1;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#wake();
    if (socket) await socket.end().catch((error) => this.#log.warn({ err: error }, 'the socket did not end cleanly'));
  }

  #forget(): void {
    this.#vault.resetCreds();
    this.#caches = createSessionCaches();
  }

  #die(error: Error): void {
    if (this.#closing) return;
    this.#closing = true;
    const fenced = error instanceof FencedError;
    this.#log[fenced ? 'warn' : 'error'](
      { err: error },
      fenced ? 'another owner has this instance' : 'the store failed',
    );
    void this.#closeSocket();
    this.#options.onDead(fenced ? 'fenced' : 'store');
  }

  // ---- small things ------------------------------------------------------------------------------------------

  #isActive(): boolean {
    return ['CONNECTING', 'WAITING_FOR_SCAN', 'CONNECTED', 'RECONNECTING'].includes(this.#state.status);
  }

  #setState(change: Partial<InstanceState>): void {
    const fields = Object.entries(change).filter(([key, value]) => {
      return JSON.stringify(this.#state[key as keyof InstanceState]) !== JSON.stringify(value);
    });
    if (fields.length === 0) return;
    const set = Object.fromEntries(fields) as Partial<InstanceState>;
    this.#state = { ...this.#state, ...set };
    if (this.#vault.dead === null) this.#vault.enqueue([{ kind: 'state', set }]);
    this.#wake();
  }

  #wake(): void {
    const waiters = this.#openWaiters;
    this.#openWaiters = [];
    for (const wake of waiters) wake();
  }

  #learnName(phone: string, name: string): void {
    if (this.#names.size > 5_000) this.#names.clear();
    this.#names.set(phone, name);
  }

  #keepProto(id: string, bytes: Uint8Array): void {
    if (this.#protos.size > 500) this.#protos.delete(this.#protos.keys().next().value as string);
    this.#protos.set(id, bytes);
    const value = this.#vault.seal(protoAad(this.#options.instanceId, id), bytes);
    this.#vault.enqueue([{ kind: 'sentProto', id, value, ttlSeconds: SENT_PROTO_TTL_SECONDS }]);
  }

  async #loadProto(id: string): Promise<proto.IMessage | undefined> {
    let bytes = this.#protos.get(id);
    if (!bytes) {
      const sealed = await this.#options.store.loadSentProto(this.#options.instanceId, id);
      bytes = sealed ? this.#vault.unseal(protoAad(this.#options.instanceId, id), sealed) : undefined;
    }
    return bytes ? proto.Message.decode(bytes) : undefined;
  }

  #iso(inMs: number): string {
    return new Date(this.#options.clock() + inMs).toISOString();
  }
}

function protoAad(instanceId: string, messageId: string): string {
  return `S#${instanceId}|${messageId}`;
}

function statusCodeOf(error: unknown): number | undefined {
  return (error as { output?: { statusCode?: number } } | undefined)?.output?.statusCode;
}

function causeOf(error: unknown): CloseCause {
  const data = (error as { data?: { attrs?: { expire?: string }; expire?: string } } | undefined)?.data;
  const expire = Number(data?.attrs?.expire ?? data?.expire);
  return { code: statusCodeOf(error), ...(Number.isFinite(expire) && expire > 0 ? { retryAfterSeconds: expire } : {}) };
}

/** WhatsApp's refusals by number; 463 is the reach-out limit and is never tried again. */
function refused(code: string): GatewayError {
  const reason = code === '463' ? 'REACHOUT_LIMITED' : 'REFUSED_BY_WHATSAPP';
  return new GatewayError('MESSAGE_SEND_FAILED', `WhatsApp refused the message (${code}).`, {
    details: { reason, whatsappCode: Number(code) },
  });
}
