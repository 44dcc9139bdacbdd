import { EventEmitter } from 'node:events';
import type { BinaryNode } from '../lib/baileys/index.ts';
import { type Chore, Chores } from './chores.ts';
import type { Connection } from './conn.ts';
import { type Account, type Device, Directory, GroupRegistry } from './directory.ts';
import { Faults } from './faults.ts';
import { InboundWire } from './inbound-wire.ts';
import { handleQuery } from './iq/index.ts';
import type { MediaServer } from './media.ts';
import { NewsletterRegistry } from './newsletters.ts';
import { createServerIdentity, type ServerIdentity } from './noise-server.ts';
import { PairingDesk } from './pairing.ts';
import { SimPhone } from './phone.ts';
import type { ReceivedMessage } from './phone-inbox.ts';
import { handleCall, handleChatState, handlePresence } from './presence.ts';
import { handleMessage, handleReceipt } from './relay.ts';
import type { StateStore } from './state.ts';
import { node, nowSeconds, SandboxError, SERVER_JID, stanzaId } from './wire.ts';

/** What happens on the network, for tests and observers. Listeners run synchronously and must not throw. */
export interface NetworkEvents {
  /** A logged-in device (or a phone) sent a stanza. */
  stanza: [device: Device, stanza: BinaryNode];
  /** The server took a message for relay. */
  message: [sender: Device, stanza: BinaryNode];
  receipt: [sender: Device, stanza: BinaryNode];
  /** A linked device refused a stanza with an error. */
  nack: [device: Device, stanza: BinaryNode];
  /** A companion's one-time pre-keys run out, or were replenished. */
  preKeys: [device: Device, remaining: number];
  linked: [device: Device];
  unlinked: [device: Device];
  login: [device: Device];
  disconnected: [device: Device];
  /** A client asked for a pairing code for this number; the person may type it from now on. */
  pairingCodeRequested: [number: string];
  /** A phone shows a message to its person. */
  phoneMessage: [phone: SimPhone, message: ReceivedMessage];
  decryptError: [phone: SimPhone, messageId: string, reason: string];
  retryRequest: [phone: SimPhone, messageId: string];
  /** Something inside the sandbox went wrong; tests may fail on it. */
  fault: [error: unknown];
}

/** Timing and parts of a network. */
export interface NetworkOptions {
  readonly state: StateStore;
  /** How long an ordinary contact takes to read a message. */
  readonly readDelayMs: number;
  /** How long an echoing contact takes to answer. */
  readonly echoDelayMs: number;
  /** Where media blobs live; undefined when media is off. */
  readonly media: MediaServer | undefined;
  /** How many QR references a linking client gets before it has to start again. */
  readonly qrReferences?: number;
}

const QUEUED_TAGS: ReadonlySet<string> = new Set(['message', 'receipt', 'notification', 'call']);

/** Remembers the newest ids it was given. */
class RecentIds {
  readonly #limit: number;
  readonly #ids = new Set<string>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size > this.#limit) this.#ids.delete(this.#ids.values().next().value as string);
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }
}

type StanzaHandler = (network: Network, sender: Device, stanza: BinaryNode) => void;

const STANZA_HANDLERS: ReadonlyMap<string, StanzaHandler> = new Map<string, StanzaHandler>([
  ['iq', answerQuery],
  ['message', handleMessage],
  ['receipt', handleReceipt],
  ['ack', takeAcknowledgement],
  ['presence', handlePresence],
  ['chatstate', handleChatState],
  ['call', handleCall],
  ['ib', () => undefined],
]);

/** The simulated WhatsApp: who exists, who is connected, and what becomes of every stanza. */
export class Network extends EventEmitter<NetworkEvents> {
  readonly options: NetworkOptions;
  readonly state: StateStore;
  readonly identity: ServerIdentity;
  readonly directory: Directory;
  readonly groups: GroupRegistry;
  readonly newsletters: NewsletterRegistry;
  readonly faults = new Faults();
  readonly pairing: PairingDesk;
  readonly chores: Chores;
  /** Messages whose delivery the sending account was told of lately. */
  readonly recentDeliveries = new RecentIds(10_000);
  readonly connections = new Set<Connection>();
  readonly #phones = new Map<string, SimPhone>();
  readonly #counters = new Map<string, number>();
  readonly #wire: InboundWire;
  #closed = false;

  constructor(options: NetworkOptions) {
    super();
    this.setMaxListeners(0);
    this.options = options;
    this.state = options.state;
    this.identity = this.state.get<ServerIdentity>('network', 'identity') ?? createServerIdentity();
    this.state.put('network', 'identity', this.identity);
    this.directory = new Directory(this.state);
    this.groups = new GroupRegistry(this.state);
    this.newsletters = new NewsletterRegistry(this.state);
    this.pairing = new PairingDesk(this);
    this.chores = new Chores(this.state, (chore) => this.#runChore(chore));
    this.#wire = new InboundWire(this.faults);
  }

  /** Takes up what a former process left: messages its phones had not handled, answers they still owed. */
  resume(): void {
    for (const scope of this.state.scopes('queue:')) {
      const [, number = '', deviceId] = scope.split(':');
      const account = deviceId === '0' ? this.directory.find(number) : undefined;
      for (const item of account?.phone.queue.items() ?? []) this.phone(number).accept(item);
    }
    this.chores.resume();
  }

  /** Stops timers, drops every connection without a word, and waits for the phones' running operations. */
  async close(): Promise<void> {
    this.#closed = true;
    this.chores.stop();
    this.#wire.stop();
    for (const connection of this.connections) connection.terminate();
    await Promise.all([...this.#phones.values()].map((phone) => phone.close()));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The phone of a number, made when first asked for. @throws SandboxError 404 for numbers not on WhatsApp */
  phone(number: string): SimPhone {
    const known = this.#phones.get(number);
    if (known) return known;
    const phone = new SimPhone(this, this.directory.require(number));
    this.#phones.set(number, phone);
    return phone;
  }

  /** Counts one occurrence under a name that `stats` reports. */
  count(name: string): void {
    this.#counters.set(name, (this.#counters.get(name) ?? 0) + 1);
  }

  /** Counters since the start, and the sizes of things now. */
  stats(): Record<string, number> {
    const accounts = [...this.directory.accounts()];
    return {
      accounts: accounts.length,
      linkedDevices: accounts.reduce((sum, account) => sum + account.devices.size - 1, 0),
      connections: this.connections.size,
      groups: this.groups.all().length,
      phones: this.#phones.size,
      ...Object.fromEntries([...this.#counters].sort()),
    };
  }

  /** Handles a stanza of a logged-in device. Its effects are one unit; nothing is sent before they are durable. */
  receive(sender: Device, stanza: BinaryNode): void {
    this.state.transaction(() => this.#dispatch(sender, stanza));
  }

  /** Hands a stanza to a device: now when it is there, else at its next login. */
  deliver(device: Device, stanza: BinaryNode): void {
    if (device.isPhone) {
      this.#deliverToPhone(device, stanza);
      return;
    }
    if (QUEUED_TAGS.has(stanza.tag)) device.queue.add(stanza);
    const connection = device.connection;
    if (connection?.active) this.#wire.push(device.account.number, connection, stanza);
  }

  /** Hands a stanza to every device of an account but `except`. */
  deliverToAccount(account: Account, stanza: BinaryNode, except?: Device): void {
    for (const device of account.devices.values()) if (device !== except) this.deliver(device, stanza);
  }

  /** Hands a notification about `about` to the linked devices of an account. */
  notify(account: Account, from: string, type: string, content: BinaryNode[], except?: Device): void {
    for (const device of account.companions) {
      if (device === except) continue;
      this.deliver(device, node('notification', { from, type, id: stanzaId(), t: nowSeconds() }, content));
    }
  }

  /** Answers a query. Phones ask the server in process, so only linked devices get answers. */
  reply(device: Device, request: BinaryNode, content?: BinaryNode[], attrs: Record<string, string> = {}): void {
    const { to = SERVER_JID, id } = request.attrs;
    const { connection } = device;
    const send = () =>
      connection?.send(node('iq', { from: to, type: 'result', id, t: nowSeconds(), ...attrs }, content));
    if (this.faults.dropsAnswer(device.account.number, request)) return;
    const delayMs = this.faults.delayMs('answerDelayMs', device.account.number);
    if (delayMs > 0) setTimeout(send, delayMs).unref();
    else send();
  }

  /** Answers a query with an error. */
  refuse(device: Device, request: BinaryNode, code: number, text: string): void {
    this.reply(device, request, [node('error', { code: String(code), text })], { type: 'error' });
  }

  /** Takes a linked device out of its account, tells its contacts, and closes its socket with 401. */
  removeDevice(device: Device): void {
    if (device.isPhone) throw new SandboxError(400, 'a phone cannot be unlinked from itself');
    this.state.transaction(() => {
      const { connection } = device;
      device.remove();
      this.announceDevice(device, 'remove');
      connection?.endWithStreamError('401', node('conflict', { type: 'device_removed' }));
      this.state.afterCommit(() => this.emit('unlinked', device));
    });
  }

  /** Tells the account's own devices and everyone it talks with that its device list has changed. */
  announceDevice(device: Device, change: 'add' | 'remove'): void {
    const { account } = device;
    const entry = (jid: string) => node('device', { jid, 'key-index': String(device.record.keyIndex) });
    const content = node(change, { device_hash: `2:${account.record.nextDeviceId}` }, [
      entry(device.jid('pn')),
      entry(device.jid('lid')),
    ]);
    this.notify(account, account.jid('pn'), 'devices', [content], device);
    for (const number of account.peers) {
      const peer = this.directory.find(number);
      if (peer && peer !== account) this.notify(peer, account.jid('pn'), 'devices', [content]);
    }
  }

  #deliverToPhone(device: Device, stanza: BinaryNode): void {
    const phone = this.phone(device.account.number);
    const worthKeeping = stanza.tag === 'message' || (stanza.tag === 'receipt' && stanza.attrs.type === 'retry');
    if (worthKeeping) {
      const item = device.queue.add(stanza);
      if (device.account.behaviour.delivers) this.state.afterCommit(() => phone.accept(item));
    } else {
      this.state.afterCommit(() => phone.observe(stanza));
    }
  }

  #dispatch(sender: Device, stanza: BinaryNode): void {
    this.count(`received:${stanza.tag}`);
    this.emit('stanza', sender, stanza);
    const handler = STANZA_HANDLERS.get(stanza.tag);
    if (handler) handler(this, sender, stanza);
    else this.count(`unhandled:${stanza.tag}`);
  }

  async #runChore(chore: Chore): Promise<void> {
    try {
      await this.phone(chore.phone).perform(chore);
    } catch (error) {
      if (!this.#closed) this.emit('fault', error);
    }
  }
}

function answerQuery(network: Network, sender: Device, stanza: BinaryNode): void {
  if (stanza.attrs.type !== 'result' && stanza.attrs.type !== 'error') handleQuery(network, sender, stanza);
}

function takeAcknowledgement(network: Network, sender: Device, stanza: BinaryNode): void {
  sender.queue.acknowledge(stanza.attrs.class ?? '', stanza.attrs);
  if (stanza.attrs.error) network.emit('nack', sender, stanza);
}
