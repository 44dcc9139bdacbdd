import { type BinaryNode, generateMessageIDV2, type proto } from '../lib/baileys/index.ts';
import type { Chore } from './chores.ts';
import type { Account, Device } from './directory.ts';
import type { Network } from './network.ts';
import type { QueuedStanza } from './offline-queue.ts';
import { PhoneAppState } from './phone-app-state.ts';
import { PhoneInbox, type ReceivedMessage } from './phone-inbox.ts';
import { attach, type MediaAttachment, openAttachment } from './phone-media.ts';
import { PhoneOutbox, type SentMessage } from './phone-outbox.ts';
import { exchangeCode, parseQr, vouch } from './phone-pairing.ts';
import { bundleOfRetry, type Decrypted, decryptMessage, receiptFor, retryReceiptFor } from './phone-receive.ts';
import {
  composeMessage,
  composePeerMessage,
  composeResend,
  recipientJid,
  type Sender,
  welcomeMessages,
} from './phone-send.ts';
import { PhoneSignal } from './phone-signal.ts';
import { type Activity, activityOf } from './presence.ts';
import { type AddressMode, childOf, isGroupJid, node, SandboxError, stanzaId } from './wire.ts';

/** A message a phone could not decrypt. */
export interface DecryptError {
  readonly id: string;
  readonly from: string;
  readonly reason: string;
}

/** The bookkeeping of a phone, for assertions. */
export interface PhoneStatus {
  readonly number: string;
  readonly jid: string;
  readonly lid: string;
  /** JIDs of the linked devices. */
  readonly linkedDevices: string[];
  /** Whether any linked device is connected. */
  readonly online: boolean;
  /** Messages that arrived again after they had been shown. */
  readonly duplicates: number;
  readonly decryptErrors: DecryptError[];
  /** How often other devices asked this phone to send something again. */
  readonly retryRequests: number;
}

interface Bookkeeping {
  duplicates: number;
  retryRequests: number;
  readonly decryptErrors: DecryptError[];
}

/** What a person may be seen doing in a chat. */
export type TypingState = 'composing' | 'recording' | 'paused';

const MAX_RETRIES = 5;
const MAX_LISTED_ERRORS = 1000;

/** A simulated phone: the primary device of an account, and the person who holds it. */
export class SimPhone {
  readonly number: string;
  /** What others were seen doing, such as `composing`, oldest first. */
  readonly activity: Activity[] = [];
  readonly account: Account;
  readonly signal: PhoneSignal;
  readonly inbox: PhoneInbox;
  readonly outbox: PhoneOutbox;
  readonly appState: PhoneAppState;
  readonly #network: Network;
  readonly #sender: Sender;
  readonly #retryCounts = new Map<string, number>();
  #bookkeeping: Bookkeeping | undefined;
  #failuresToFake = 0;
  #closed = false;

  constructor(network: Network, account: Account) {
    this.#network = network;
    this.account = account;
    this.number = account.number;
    this.signal = new PhoneSignal(network.state, account.number, account.lid);
    this.inbox = new PhoneInbox(network.state, account.number);
    this.outbox = new PhoneOutbox(network.state, account.number);
    this.appState = new PhoneAppState(network, account, this.signal);
    this.#sender = { network, signal: this.signal, account };
  }

  /** Phone-number JID of the account. */
  get jid(): string {
    return this.account.jid('pn');
  }

  /** LID JID of the account. */
  get lid(): string {
    return this.account.jid('lid');
  }

  /**
   * Scans a QR and confirms.
   * @returns the linked device, once the client has accepted
   * @throws SandboxError 400 not a QR, 404 no client shows it any more, 409 the client went away
   */
  async scan(qr: string): Promise<Device> {
    const { reference, noisePublic, identity, advSecret } = parseQr(qr);
    const connection = this.#network.pairing.waiting(reference);
    if (!connection) throw new SandboxError(404, 'no client is showing this QR; it is unknown or has expired');
    if (!connection.noisePublic.equals(noisePublic)) throw new SandboxError(409, 'the QR is not of this client');
    return this.#network.pairing.link(connection, this.account, vouch(this.signal, identity, advSecret));
  }

  /**
   * Types the pairing code that a client shows for this number.
   * @throws SandboxError 404 no client asked for a code, 409 wrong code or the client went away
   */
  async enterPairingCode(code: string): Promise<Device> {
    const request = this.#network.pairing.codeRequest(this.number);
    if (!request) throw new SandboxError(404, `no client has asked for a pairing code for ${this.number}`);
    const typed = code.replaceAll('-', '').toUpperCase();
    const { companionIdentity, advSecret } = await exchangeCode(this.signal, request, typed);
    const voucher = vouch(this.signal, companionIdentity, advSecret);
    return this.#network.pairing.link(request.connection, this.account, voucher);
  }

  /** Unlinks one device, or all of them. They are closed with 401. */
  unlink(device?: Device): void {
    for (const linked of device ? [device] : this.account.companions) this.#network.removeDevice(linked);
  }

  /**
   * Sends a message.
   * @param to digits, a user JID (by number or LID) or a group JID
   * @param message a text, or any message content
   * @returns the message's id, once the server has it
   * @throws SandboxError 404 for unknown recipients
   */
  send(
    to: string,
    message: string | proto.IMessage,
    options: { id?: string; mode?: AddressMode } = {},
  ): Promise<string> {
    return this.#send(recipientJid(to, options.mode), message, options.id ?? generateMessageIDV2());
  }

  /** Sends a file. Like `send`. @throws SandboxError 409 when media is off */
  sendMedia(to: string, attachment: MediaAttachment, options: { id?: string } = {}): Promise<string> {
    return this.send(to, attach(this.#network.options.media, attachment), options);
  }

  /** Opens the file of a received message. @throws SandboxError 404 when there is none, 409 when it was damaged */
  openMedia(message: ReceivedMessage): Buffer {
    return openAttachment(this.#network.options.media, message.message);
  }

  /** Marks a received message as read. @throws SandboxError 404 when the phone has not shown it */
  read(id: string): void {
    const message = this.inbox.find(id);
    if (!message) throw new SandboxError(404, `${this.number} has no message ${id}`);
    this.#network.receive(this.account.phone, receiptFor(message.attrs, 'read'));
  }

  /** Shows in a chat that the person is typing, recording, or has stopped. */
  typing(to: string, state: TypingState): void {
    const content =
      state === 'recording' ? node('composing', { media: 'audio' }) : node(state === 'paused' ? 'paused' : state);
    this.#network.receive(this.account.phone, node('chatstate', { to: recipientJid(to) }, [content]));
  }

  /** Opens or puts away the app: those who subscribed to the presence see it. */
  presence(type: 'available' | 'unavailable'): void {
    this.#network.receive(this.account.phone, node('presence', { type, name: this.account.record.name }));
  }

  /** Calls somebody. @returns the call's id */
  call(to: string, options: { video?: boolean } = {}): string {
    const callId = stanzaId();
    const offer = node('offer', { 'call-id': callId, 'call-creator': this.jid }, [
      node('audio', { enc: 'opus', rate: '16000' }),
      ...(options.video ? [node('video', {})] : []),
    ]);
    this.#network.receive(this.account.phone, node('call', { to: recipientJid(to), id: stanzaId() }, [offer]));
    return callId;
  }

  /** Hangs up or gives up a call. */
  endCall(to: string, callId: string): void {
    const terminate = node('terminate', { 'call-id': callId, 'call-creator': this.jid });
    this.#network.receive(this.account.phone, node('call', { to: recipientJid(to), id: stanzaId() }, [terminate]));
  }

  /** The messages after an index; waits up to `waitMs` for one when there is none. */
  messages(after = 0, waitMs = 0, signal?: AbortSignal): Promise<ReceivedMessage[]> {
    return this.inbox.waitAfter(after, waitMs, signal);
  }

  /** A message this phone sent and what came back for it; undefined when unknown. */
  sent(id: string): SentMessage | undefined {
    return this.outbox.get(id);
  }

  status(): PhoneStatus {
    const { duplicates, decryptErrors, retryRequests } = this.#books();
    const { companions } = this.account;
    return {
      number: this.number,
      jid: this.jid,
      lid: this.lid,
      linkedDevices: companions.map((device) => device.jid('pn')),
      online: companions.some((device) => device.connection?.active),
      duplicates,
      decryptErrors: [...decryptErrors],
      retryRequests,
    };
  }

  /** Makes the next so many messages fail to decrypt, so that the phone asks for them again. */
  fakeDecryptFailures(count: number): void {
    this.#failuresToFake = count;
  }

  /** Takes in a stanza from the server. The network calls this; the stanza stays queued until it is handled. */
  accept(item: QueuedStanza): void {
    if (this.#closed) return;
    const handled =
      item.stanza.tag === 'message'
        ? this.signal.unit(() => this.#receive(item))
        : this.signal.unit(() => this.#resend(item));
    handled.catch((error: unknown) => {
      if (!this.#closed) this.#network.emit('fault', error);
    });
  }

  /** Notes a stanza that needs no answer: receipts for what the phone sent, notifications. */
  observe(stanza: BinaryNode): void {
    if (stanza.tag === 'chatstate') this.activity.push(activityOf(stanza));
    if (stanza.tag !== 'receipt') return;
    const { id = '', from = '', participant, type = 'delivery' } = stanza.attrs;
    const items = childOf(stanza, 'list')?.content;
    const others = Array.isArray(items) ? items.map((item) => item.attrs.id ?? '') : [];
    for (const each of [id, ...others]) this.outbox.get(each)?.receipts.push({ from: participant ?? from, type });
  }

  /** Gives a newly linked device its keys and history. */
  initialise(device: Device): void {
    const sent = this.signal.unit(async () => {
      const stanzas: BinaryNode[] = [];
      if (!device.record.initialised) {
        for (const message of welcomeMessages(this.#sender)) {
          stanzas.push(await composePeerMessage(this.#sender, device, message));
        }
      }
      return () => {
        if (stanzas.length === 0 || !this.account.devices.has(device.id)) return;
        device.record.initialised = true;
        device.save();
        for (const stanza of stanzas) this.#network.receive(this.account.phone, stanza);
      };
    });
    sent.catch((error: unknown) => {
      if (!this.#closed) this.#network.emit('fault', error);
    });
  }

  /** Carries out what the person had in mind. */
  async perform(chore: Chore): Promise<void> {
    if (chore.kind === 'echo') {
      await this.#send(chore.to ?? '', `Echo: ${chore.text}`, chore.messageId, () => this.#network.chores.done(chore));
      return;
    }
    this.#network.state.transaction(() => {
      this.#network.chores.done(chore);
      const message = this.inbox.find(chore.messageId);
      // Once devices are linked, somebody else reads in this person's name.
      if (message && this.account.companions.length === 0) this.read(message.id);
    });
  }

  /** Stops taking in messages and waits for the operation that is running. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.signal.settled();
  }

  #send(to: string, message: string | proto.IMessage, id: string, alongside?: () => void): Promise<string> {
    const content: proto.IMessage = typeof message === 'string' ? { conversation: message } : message;
    return this.signal.unit(async () => {
      const stanza = await composeMessage(this.#sender, to, id, content);
      return () => {
        alongside?.();
        this.outbox.add(id, to, content);
        this.#network.receive(this.account.phone, stanza);
        return id;
      };
    });
  }

  async #receive(item: QueuedStanza): Promise<() => void> {
    const { stanza } = item;
    const { phone, behaviour } = this.account;
    if (behaviour.sink) {
      return () => {
        phone.queue.remove(item.sequence);
        this.#network.receive(phone, receiptFor(stanza.attrs));
      };
    }
    try {
      if (this.#failuresToFake > 0) {
        this.#failuresToFake--;
        throw new Error('faked decryption failure');
      }
      const decrypted = await decryptMessage(this.#network, this.signal, this.account, stanza);
      return () => {
        phone.queue.remove(item.sequence);
        this.#acceptDecrypted(stanza, decrypted);
      };
    } catch (error) {
      return () => {
        phone.queue.remove(item.sequence);
        this.#askAgain(stanza, error instanceof Error ? error.message : String(error));
      };
    }
  }

  #acceptDecrypted(stanza: BinaryNode, { own, shown }: Decrypted): void {
    const receiptType = stanza.attrs.category === 'peer' ? 'peer_msg' : own ? 'sender' : undefined;
    this.#network.receive(this.account.phone, receiptFor(stanza.attrs, receiptType));
    if (!shown) return;
    if (this.inbox.has(shown.chat, shown.author, shown.id)) {
      this.#books().duplicates++;
      this.#saveBooks();
      return;
    }
    const message = this.inbox.add(shown);
    if (!own) this.#planReactions(message);
    this.#network.state.afterCommit(() => this.#network.emit('phoneMessage', this, message));
  }

  #planReactions(message: ReceivedMessage): void {
    const { behaviour, companions } = this.account;
    const { chores, options } = this.#network;
    if (companions.length > 0) return;
    if (behaviour.reads) {
      chores.plan({ phone: this.number, kind: 'read', messageId: message.id }, options.readDelayMs);
    }
    if (behaviour.echoes && message.type === 'text' && !isGroupJid(message.from)) {
      const answer = { to: message.from, text: message.text ?? '', messageId: generateMessageIDV2() };
      chores.plan({ phone: this.number, kind: 'echo', ...answer }, options.echoDelayMs);
    }
  }

  #askAgain(stanza: BinaryNode, reason: string): void {
    const { id = '', from = '', participant } = stanza.attrs;
    const books = this.#books();
    if (books.decryptErrors.length < MAX_LISTED_ERRORS) {
      books.decryptErrors.push({ id, from: participant ?? from, reason });
    }
    this.#saveBooks();
    this.#network.state.afterCommit(() => this.#network.emit('decryptError', this, id, reason));
    const count = (this.#retryCounts.get(id) ?? 0) + 1;
    this.#retryCounts.set(id, count);
    if (count > MAX_RETRIES) return;
    this.#network.receive(this.account.phone, retryReceiptFor(stanza, this.signal.bundle(), count));
  }

  async #resend(item: QueuedStanza): Promise<() => void> {
    const { stanza } = item;
    const { id = '', from, participant } = stanza.attrs;
    const count = Number(childOf(stanza, 'retry')?.attrs.count ?? 1);
    const sent = this.outbox.get(id);
    const device = this.#network.directory.device(participant ?? from);
    let answer: BinaryNode | undefined;
    if (sent && device && count <= MAX_RETRIES) {
      const bundle = bundleOfRetry(stanza);
      await this.signal.repository.deleteSession([device.jid('lid')]);
      if (bundle) await this.signal.startSession(device, bundle);
      answer = await composeResend(this.#sender, device, sent, count);
    }
    return () => {
      this.account.phone.queue.remove(item.sequence);
      this.#books().retryRequests++;
      this.#saveBooks();
      this.#network.state.afterCommit(() => this.#network.emit('retryRequest', this, id));
      if (answer) this.#network.receive(this.account.phone, answer);
    };
  }

  #books(): Bookkeeping {
    this.#bookkeeping ??= this.#network.state.get<Bookkeeping>('books', this.number) ?? {
      duplicates: 0,
      retryRequests: 0,
      decryptErrors: [],
    };
    return this.#bookkeeping;
  }

  #saveBooks(): void {
    this.#network.state.put('books', this.number, this.#bookkeeping);
  }
}
