import type { Agent } from 'node:https';
import type { WAMessageKey, WASocket } from '../../lib/baileys/index.ts';
import { GatewayError } from '../../lib/core/errors.ts';
import type { InstanceSettings, InstanceStatus } from '../../lib/core/model/instance.ts';
import type { MediaStore } from '../../lib/core/ports/media.ts';
import {
  FencedError,
  type KeyWrapper,
  type SessionStore,
  type SessionWrite,
} from '../../lib/core/ports/session-store.ts';
import { ChatOrder } from '../events/chats.ts';
import type { NameBook } from '../events/parties.ts';
import { ToldMemory } from '../events/told-memory.ts';
import type { Logger } from '../log.ts';
import type { RunnerMetrics } from '../metrics.ts';
import type { PacedSession } from '../pacer.ts';
import { refusedAccount, watchAccount } from './account-health.ts';
import * as actions from './actions/index.ts';
import { createCallReply } from './call-reply.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import { disconnect } from './disconnect.ts';
import { HealthMeter } from './health.ts';
import { NumberBook } from './lookup.ts';
import { PairBook, type SessionRows } from './pair-book.ts';
import { subscribeProjections } from './projections.ts';
import { isBroken } from './send-errors.ts';
import { createSender, type Outgoing } from './sending.ts';
import { SentMessages } from './sent-messages.ts';
import { isUnanswered, SILENCE } from './silence.ts';
import { Vault, type VaultEvents } from './vault.ts';
import {
  type Acknowledged,
  ConnectionLost,
  type SendOptions,
  type SessionControl,
  type WhatsAppSession,
} from './whatsapp-session.ts';

export interface SessionOptions
  extends Omit<ConnectionOptions, 'vault' | 'getMessage' | 'measure' | 'onSocket' | 'onYield' | 'onRejected'> {
  tenantId: string;
  instanceId: string;
  owner: string;
  /** As the owner claimed the instance's shard. */
  shardEpoch?: number;
  /** True: this process may have been replaced without knowing, and nothing may leave it. */
  isFenced?(): boolean;
  store: SessionStore;
  wrapper: KeyWrapper;
  /** Where files of messages are kept; undefined: nowhere. */
  media?: MediaStore | undefined;
  events: VaultEvents;
  rows: SessionRows;
  metrics?: RunnerMetrics;
  /** Called once when the vault has died: fenced by another owner, or the store is unreachable. */
  onDead(reason: 'fenced' | 'store'): void;
}

const MAX_NAMES = 5_000;
/** Somebody whose code has gone out may still be in front of the screen for this long. */
const LINKING_GAP_MS = 30_000;

/**
 * One instance's session: a vault, the connection over it, and what handlers may ask of it. Everything it stores goes
 * through the vault's fenced group commits.
 */
export class Session implements WhatsAppSession, SessionControl, PacedSession {
  readonly #options: SessionOptions;
  readonly #vault: Vault;
  readonly #connection: Connection;
  readonly business!: actions.BusinessActions;
  readonly calls!: actions.CallActions;
  readonly chats!: actions.ChatActions;
  readonly contacts!: actions.ContactActions;
  readonly groups!: actions.GroupActions;
  readonly communities!: actions.CommunityActions;
  readonly channels!: actions.ChannelActions;
  readonly statuses!: actions.StatusActions;
  readonly labels!: actions.LabelActions;
  readonly presence!: actions.PresenceActions;
  readonly profile!: actions.ProfileActions;
  readonly messages: actions.MessageActions;
  readonly media: actions.MediaActions & Pick<ReturnType<typeof actions.createMediaActions>, 'fetchFile' | 'stop'>;
  readonly #send: ReturnType<typeof createSender>;
  /** As the newest socket has it. */
  #mediaAgent: Agent | undefined;
  readonly #sent: SentMessages;
  readonly #told = new ToldMemory();
  readonly #order = new ChatOrder();
  readonly #pairs: PairBook;
  readonly #onOpen: (() => Promise<void>)[] = [];
  readonly #health = new HealthMeter();
  readonly #names = new Map<string, string>();
  readonly #log: Logger;
  #ended = false;

  private constructor(options: SessionOptions, vault: Vault) {
    this.#options = options;
    this.#vault = vault;
    this.#log = options.logger.child({ instanceId: options.instanceId, epoch: vault.fence.epoch });
    this.#sent = new SentMessages(vault, options.store);
    this.#connection = new Connection({
      ...options,
      logger: this.#log,
      vault,
      getMessage: (id) => this.#sent.find(id),
      measure: () => this.#health.report(options.clock()),
      onYield: () => {
        const error = new FencedError(options.instanceId);
        vault.abandon(error);
        this.#die(error);
      },
      onRejected: createCallReply({
        ...options,
        names: this.nameBook,
        settings: () => this.settings,
        send: (to, text, id) => this.send(to, { text }, id),
        enqueue: (writes) => this.enqueue(writes),
      }),
      onSocket: (socket) => {
        this.#mediaAgent = socket.mediaAgent;
        watchAccount(
          socket.sock,
          () => this.pacing.account,
          (account) => this.#connection.setState({ account }),
          this.#log,
        );
        subscribeProjections({
          socket,
          vault,
          names: this.nameBook,
          clock: options.clock,
          told: this.#told,
          order: this.#order,
          originals: this.#sent,
          fetchFile: (message, done) => this.media.fetchFile(message, done),
          logger: this.#log,
          learnName: (phone, name) => this.#learnName(phone, name),
        });
        const { ev } = socket.sock;
        ev.on('connection.update', ({ connection: is }) => is === 'open' && setImmediate(() => this.#opened()));
      },
    });
    this.#pairs = new PairBook({
      instanceId: options.instanceId,
      rows: options.rows,
      names: this.nameBook,
      enqueue: (writes) => vault.dead === null && vault.enqueue(writes),
      logger: this.#log,
    });
    vault.onPair = (pair) => this.#pairs.learn(pair);
    const deps = this.#actionDeps();
    Object.assign(
      this,
      actions.createFacets(deps, (...args) => this.send(...args), this.#sent),
    );
    this.messages = actions.createMessageActions({ ...deps, me: () => vault.creds.me, originals: this.#sent });
    this.media = actions.createMediaActions({
      ...{ ...deps, instanceId: options.instanceId, store: options.media, originals: this.#sent },
      agent: () => this.#mediaAgent,
      original: this.messages.original,
      put: (writes) => {
        if (vault.dead === null) vault.enqueue(writes);
      },
    });
    this.#send = createSender({
      ...{ guard: deps.guard, sent: this.#sent, log: this.#log },
      limited: () => {
        const account = refusedAccount(this.pacing.account, options.clock());
        if (account) this.#connection.setState({ account });
      },
      acked: (tookMs) => {
        const health = this.#health.acked(tookMs, options.clock());
        if (health) this.#connection.setState({ health });
      },
    });
  }

  /** A new connection is open: what died with the last one is done again. */
  #opened(): void {
    for (const work of [() => this.#pairs.sweep(), ...this.#onOpen]) {
      work().catch((error) => this.#log.warn({ err: error }, 'something was not done on the new connection'));
    }
  }

  /** What the facets stand on. */
  #actionDeps(): actions.ActionDeps {
    return {
      guard: (work) => this.#guard(work),
      names: this.nameBook,
      numbers: new NumberBook(this.#options.clock),
      pushNameOf: (phone) => this.#names.get(phone) ?? null,
      settings: () => this.settings,
      caches: () => this.#connection.caches,
      onOpen: (work) => this.#onOpen.push(work),
      setState: (change) => this.#connection.setState(change),
      clock: this.#options.clock,
      log: this.#log,
    };
  }

  /** Takes the instance's fence and loads its keys. Does not connect. @throws when the store cannot be read */
  static async load(options: SessionOptions): Promise<Session> {
    let onFatal: (error: Error) => void = () => undefined;
    const { store, wrapper, tenantId, instanceId, owner, events, shardEpoch, isFenced, metrics } = options;
    const vault = await Vault.open({
      ...{ store, wrapper, tenantId, instanceId, owner, events },
      ...(metrics && { metrics }),
      ...(shardEpoch === undefined ? {} : { shardEpoch }),
      ...(isFenced ? { isFenced } : {}),
      onFatal: (error) => onFatal(error),
    });
    const session = new Session(options, vault);
    onFatal = (error) => session.#die(error);
    return session;
  }

  get epoch(): number {
    return this.#vault.fence.epoch;
  }

  get isOpen(): boolean {
    return this.#connection.sock !== undefined;
  }

  get status(): InstanceStatus {
    return this.#connection.state.status;
  }

  /** Linked and not stopped: it is open or on its way to be. */
  get willOpen(): boolean {
    return this.#connection.willOpen;
  }

  get hasAccount(): boolean {
    return this.#vault.hasAccount;
  }

  /** As last taken over. */
  get settings(): Readonly<InstanceSettings> {
    return this.#connection.settings;
  }

  /** What the pacer looks at. */
  get pacing(): PacedSession['pacing'] {
    const { account, nextNewChatAt } = this.#connection.state;
    return { account, nextNewChatAt, environment: this.#options.environment };
  }

  readonly setNextNewChatAt = (nextNewChatAt: string): void => this.#connection.setState({ nextNewChatAt });

  /** Rows that become durable with the session's next group commit. */
  enqueue(writes: SessionWrite[]): void {
    this.#vault.enqueue(writes.map((write) => this.#order.inOrder(write)));
  }

  /** Another command follows at once: rows wait for its commit, so that a message costs one. */
  expectMore(does: boolean): void {
    this.#vault.expectMore(does);
  }

  /** Everything enqueued so far is durable. @throws what killed the vault */
  async flushed(): Promise<void> {
    await this.#vault.barrier();
  }

  /** Resolves at the next change of status, or after `waitMs`: the caller looks again. */
  changed(waitMs: number): Promise<void> {
    return this.#connection.changed(waitMs);
  }

  /** Whoever waits for a change looks again. */
  wake(): void {
    this.#connection.wake();
  }

  // ---- control -----------------------------------------------------------------------------------------------

  async connect(pairWithPhone?: string): Promise<InstanceStatus> {
    await this.#connection.connect(pairWithPhone);
    return this.status;
  }

  async restart(): Promise<InstanceStatus> {
    await this.#connection.reopen();
    return this.status;
  }

  readonly disconnect = (): Promise<InstanceStatus> => disconnect(this.#connection, this.#vault);

  async configure(settings: InstanceSettings): Promise<void> {
    await this.#connection.configure(settings);
  }

  async logout(): Promise<InstanceStatus> {
    await this.#connection.sock?.logout().catch(() => undefined);
    await this.#connection.close();
    this.#connection.forget();
    await this.flushed();
    return this.status;
  }

  async remove(): Promise<void> {
    await this.logout();
  }

  /**
   * What a new owner does for an instance without an account: shows a fresh code where somebody was looking at one just
   * now, and says that nobody is linking it where that was long ago.
   */
  async resumeLinking(): Promise<void> {
    const { qr, pairingCode } = this.#connection.state;
    const codeEndsMs = Date.parse((pairingCode ?? qr)?.expiresAt ?? '');
    if (codeEndsMs > this.#options.clock() - LINKING_GAP_MS) return this.#connection.connect(pairingCode?.phone);
    const nothing = { qr: null, pairingCode: null, nextRetryAt: null };
    this.#connection.setState({ status: 'DISCONNECTED', linked: false, ...nothing });
  }

  /** Deletes everything stored of the instance, and ends the session. @throws FencedError */
  async purge(): Promise<void> {
    await this.stop();
    await this.#options.store.purge(this.#vault.fence);
  }

  /** Ends the socket without logging out, flushes, releases. What is stored lets the next owner go on. */
  async stop(): Promise<void> {
    this.#ended = true;
    this.media.stop();
    await this.#connection.end();
    if (this.#vault.dead === null) await this.#vault.close();
  }

  /** Ends at once, and stores nothing: the instance is another owner's, or may be. */
  abandon(): void {
    this.#ended = true;
    this.#vault.abandon(new FencedError(this.#options.instanceId));
    void this.#connection.end();
  }

  // ---- what handlers do --------------------------------------------------------------------------------------

  async send(to: string, content: Outgoing, messageId: string, options?: SendOptions): Promise<Acknowledged> {
    const { serverId } = await this.#send(to, content, messageId, options);
    return { ackedAtMs: this.#options.clock(), serverId };
  }

  async markRead(keys: WAMessageKey[]): Promise<void> {
    const { readReceipts } = this.settings;
    await this.#guard((sock) => (readReceipts ? sock.readMessages(keys) : sock.sendReceipts(keys, 'read-self')));
  }

  /** LID ↔ phone pairs as the Signal store has learnt them. */
  readonly nameBook: NameBook = {
    phoneOfLid: (lid) => this.#vault.otherName(`${lid}_reverse`),
    lidOfPhone: (phone) => this.#vault.otherName(phone),
  };

  /** Runs against the open socket and tells a lost connection from a real error. */
  async #guard<T>(work: (sock: WASocket) => Promise<T>): Promise<T> {
    try {
      return await work(this.#requireOpen());
    } catch (error) {
      if (error instanceof ConnectionLost) throw error;
      if (!this.#isConnectionError(error)) throw error;
      throw new ConnectionLost(isUnanswered(error) ? SILENCE : undefined);
    }
  }

  #requireOpen(): WASocket {
    const { sock } = this.#connection;
    if (!sock?.user) throw new ConnectionLost('The session is not open.', { isBefore: true });
    return sock;
  }

  #isConnectionError(error: unknown): boolean {
    if (this.#vault.dead || !this.isOpen) return !(error instanceof GatewayError);
    return isBroken(error);
  }

  #die(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    const fenced = error instanceof FencedError;
    const text = fenced ? 'another owner has this instance' : 'the store failed';
    this.#log[fenced ? 'warn' : 'error']({ err: error }, text);
    void this.#connection.end();
    this.#options.onDead(fenced ? 'fenced' : 'store');
  }

  #learnName(phone: string, name: string): void {
    if (this.#names.size > MAX_NAMES) this.#names.clear();
    this.#names.set(phone, name);
  }
}
