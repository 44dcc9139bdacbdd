import type { EventEmitter } from 'node:events';
import type { Agent } from 'node:https';
import makeWASocket, {
  type BinaryNode,
  decodeBinaryNode,
  type GroupMetadata,
  type ILogger,
  type proto,
  type UserFacingSocketConfig,
  type WASocket,
  type WAVersion,
} from '../../lib/baileys/index.ts';
import { endsWithin } from '../waiting.ts';
import type { SessionCaches } from './caches.ts';
import { Gate, type GateStats, type RawSocket } from './gate.ts';
import { createDurableRepository, type RepositoryStats } from './repository.ts';
import type { InboundKey } from './repository-inbound.ts';
import { ANSWER_TIMEOUT_MS, failUnanswered } from './silence.ts';
import type { Vault } from './vault.ts';

const DRAIN_MS = 5_000;

export interface DurableSocketOptions {
  vault: Vault;
  /** WebSocket address of the network. */
  url: string;
  logger: ILogger;
  caches: SessionCaches;
  version?: WAVersion | undefined;
  /** The stored protobuf of a sent message, by id alone; undefined on a miss, never an empty message. */
  getMessage(id: string): Promise<proto.IMessage | undefined>;
  /** Anything else of Baileys' configuration. What durability stands on cannot be changed here. */
  config?: Partial<UserFacingSocketConfig>;
  /** For the WebSocket: a proxy. */
  agent?: Agent;
  /** For up- and downloads of media. */
  mediaAgent?: Agent;
  /** What WhatsApp has not answered after this time has failed; 60 s by default. */
  answerTimeoutMs?: number;
}

export interface DurableSocketStats extends RepositoryStats, GateStats {
  replayed: number;
}

/** A live Baileys socket whose state is durable before anything that depends on it leaves. */
export interface DurableSocket {
  readonly sock: WASocket;
  /** For connections to the media host. */
  readonly mediaAgent: Agent | undefined;
  /**
   * The application has put its rows for the message of `messages.upsert`. Call it for every one, in the handler and
   * after `vault.enqueue`: it joins the same commit. What is never marked is replayed at each start for seven days.
   */
  handled(key: InboundKey): void;
  /**
   * Pushes what earlier sockets decrypted and nobody handled through Baileys again; it comes as `messages.upsert`.
   * Call it after `connection.update` says receivedPendingNotifications, not before: the server's redelivery of the
   * same messages would run beside it. Returns the number of stanzas.
   */
  replay(): Promise<number>;
  readonly stats: DurableSocketStats;
  /** Closes without logging out: buffered events are emitted, accepted frames leave, everything is committed. */
  end(): Promise<void>;
}

/**
 * Opens a socket over the vault; login or pairing begins at once. One socket per vault at a time.
 * Credentials that a pairing left half-made (`me` without an account) are thrown away: they would lead to a login that
 * WhatsApp refuses.
 * @throws Error when the vault is dead
 */
export function openDurableSocket(options: DurableSocketOptions): DurableSocket {
  const { vault, logger } = options;
  if (vault.dead) throw vault.dead;
  if (!vault.hasAccount && vault.creds.me) vault.resetCreds();
  const creds = vault.creds;
  const generation = vault.inbound.nextGeneration();
  const repository = createDurableRepository(vault);
  let sock: WASocket | null = null;
  let replayed = 0;

  sock = makeWASocket({
    markOnlineOnConnect: false,
    syncFullHistory: false,
    ...(options.version ? { version: options.version } : {}),
    ...(options.agent ? { agent: options.agent } : {}),
    ...(options.mediaAgent ? { fetchAgent: options.mediaAgent } : {}),
    ...cacheConfig(options.caches, (jid) => sock!.groupMetadata(jid)),
    ...options.config,
    auth: { creds, keys: { get: (type, ids) => vault.get(type, ids), set: (data) => vault.put(data) } },
    waWebSocketUrl: options.url,
    logger,
    makeSignalRepository: repository.makeSignalRepository,
    emitOwnEvents: false,
    // Baileys would make two stacks and a timer for every frame; what hangs is ended by the connection's watchdog and pings.
    connectTimeoutMs: 0,
    // Silence would count as an answer: `failUnanswered` bounds what is asked.
    defaultQueryTimeoutMs: 0,
    // The default waits 10 times 3 s with the socket's send lock held; the vault's store retries by itself.
    transactionOpts: { maxCommitRetries: 1, delayBetweenTriesMs: 1 },
    getMessage: async (key) => (key.id ? options.getMessage(key.id) : undefined),
  });
  const live = sock;
  failUnanswered(live, options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS);
  forgetRecent(live);
  const raw = (live.ws as unknown as { socket: RawSocket & EventEmitter }).socket;
  const gate = new Gate(vault, raw);
  const remember = (node: BinaryNode): void => rememberStanza(repository.stanzaOf, node);

  live.ws.on('frame', (frame: BinaryNode | Uint8Array) => {
    if (!(frame instanceof Uint8Array)) remember(frame);
  });
  live.ws.on('CB:receipt,type:retry', () => vault.metrics.retryAsked());
  live.ws.on('CB:notification,type:w:gp2', (node: BinaryNode) => {
    if (node.attrs.from) options.caches.groupMetadata.del(node.attrs.from);
    options.caches.groupList.flushAll();
  });
  // Not on `ws`: Baileys takes all its close listeners away before it closes by itself.
  const closed = () => {
    gate.release();
    vault.inbound.lost(generation);
  };
  raw.once('close', closed);
  // `ws` raises no error for an HTTP answer once somebody listens for it, and Baileys does: the connect would hang.
  live.ws.on('unexpected-response', (_request: unknown, response: { statusCode?: number; resume(): void }) => {
    logger.warn({ status: response.statusCode }, 'the network refused the WebSocket upgrade');
    response.resume();
    raw.terminate();
  });
  live.ev.on('creds.update', (update) => {
    if (vault.creds !== creds || vault.dead) return;
    vault.saveCreds(update);
  });

  return {
    sock: live,
    mediaAgent: options.mediaAgent,
    handled: (key) => vault.inbound.handled(key),
    async replay() {
      vault.inbound.caughtUp(generation);
      const stanzas = vault.inbound.unhandled(generation);
      for (const encoded of stanzas) {
        const node = await decodeBinaryNode(Buffer.from(encoded));
        remember(node);
        replayed++;
        live.ws.emit('CB:message', node);
      }
      return stanzas.length;
    },
    get stats() {
      return { ...repository.stats, ...gate.stats, replayed };
    },
    async end() {
      live.ev.flush();
      // What cannot leave would keep the socket from being closed.
      if (!(await endsWithin(DRAIN_MS, gate.drained()))) gate.release();
      // Who waits for an answer listens for the close too, but Baileys takes those listeners away when it ends by itself.
      const waiting = (live.ws as unknown as EventEmitter).listeners('close');
      const ended = live.end(undefined);
      for (const tell of waiting) tell();
      await ended;
      closed();
      if (!vault.dead) await vault.barrier();
    },
  };
}

/**
 * Baileys keeps what was sent and received for five minutes, each message with a timer, and answers a device that asks
 * again from there. Those are found by `getMessage`, also after a restart; left are requests to our own phone.
 */
function forgetRecent({ messageRetryManager: retries }: WASocket): void {
  if (!retries) return;
  const remember = retries.addRecentMessage.bind(retries);
  retries.addRecentMessage = (to, id, message) => {
    if (message.protocolMessage?.peerDataOperationRequestMessage) remember(to, id, message);
  };
}

/** The repository gets a ciphertext only: this is how it finds the message around it. */
function rememberStanza(stanzaOf: WeakMap<Uint8Array, BinaryNode>, node: BinaryNode): void {
  if (node.tag !== 'message' || !Array.isArray(node.content)) return;
  for (const child of node.content) {
    if (child.tag === 'enc' && child.content instanceof Uint8Array) stanzaOf.set(child.content, node);
  }
}

function cacheConfig(
  caches: SessionCaches,
  fetchGroup: (jid: string) => Promise<GroupMetadata>,
): Partial<UserFacingSocketConfig> {
  const fetching = new Map<string, Promise<GroupMetadata | undefined>>();
  const load = async (jid: string): Promise<GroupMetadata | undefined> => {
    const metadata = await fetchGroup(jid);
    caches.groupMetadata.set(jid, metadata);
    return metadata;
  };
  return {
    userDevicesCache: caches.userDevices,
    msgRetryCounterCache: caches.msgRetryCounter,
    callOfferCache: caches.callOffer,
    placeholderResendCache: caches.placeholderResend,
    mediaCache: caches.media,
    cachedGroupMetadata: async (jid) => {
      const known = caches.groupMetadata.get(jid);
      if (known) return known;
      const pending = fetching.get(jid) ?? load(jid).catch(() => undefined);
      fetching.set(jid, pending);
      return pending.finally(() => fetching.delete(jid));
    },
  };
}
