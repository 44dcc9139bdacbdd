import type { WebSocket } from 'ws';
import type { BinaryNode, proto } from '../lib/baileys/index.ts';
import type { Device } from './directory.ts';
import type { Network } from './network.ts';
import { NoiseServer } from './noise-server.ts';
import { setOnline } from './presence.ts';
import { childOf, node, nowSeconds, SERVER_JID } from './wire.ts';

/** One client's socket: handshake, linking or login, then stanzas both ways. */
export class Connection {
  /** The device that is logged in here. */
  device: Device | undefined;
  /** True once the device asked for its offline messages: from here on stanzas are delivered as they come. */
  active = false;
  /** The client's static Noise key, known once the handshake is over. */
  noisePublic: Buffer = Buffer.alloc(0);
  payload: proto.ClientPayload | undefined;
  readonly #network: Network;
  readonly #socket: WebSocket;
  readonly #noise: NoiseServer;
  #inbound: Promise<void> = Promise.resolve();
  #silent = false;
  #ended = false;

  constructor(network: Network, socket: WebSocket) {
    this.#network = network;
    this.#socket = socket;
    this.#noise = new NoiseServer(network.identity);
    network.connections.add(this);
    socket.on('message', (data: Buffer) => this.#enqueue(data));
    socket.on('close', () => this.#onClose());
    socket.on('error', () => socket.terminate());
  }

  /** Sends a stanza after the current transaction is durable; does nothing on a closed or silenced connection. */
  send(stanza: BinaryNode): void {
    this.#network.state.afterCommit(() => {
      if (this.#silent || this.#ended || this.#socket.readyState !== this.#socket.OPEN) return;
      this.#network.count(`sent:${stanza.tag}`);
      this.#socket.send(this.#noise.encode(stanza));
    });
  }

  /** Ends the stream with an error; without a code the client sees 440 for a conflict, else 500. */
  endWithStreamError(code: string | undefined, ...content: BinaryNode[]): void {
    this.#end(node('stream:error', { code }, content));
  }

  /** Refuses the login, now or later in the session. */
  endWithFailure(reason: number): void {
    const detail: Record<string, string> = reason === 402 ? { code: '101', expire: '3600' } : {};
    this.#end(node('failure', { reason: String(reason), location: 'sandbox', ...detail }));
  }

  /** Closes the socket in good order without a stream error. */
  close(): void {
    this.#network.state.afterCommit(() => {
      this.#ended = true;
      this.#socket.close();
    });
  }

  /** Cuts the socket. */
  terminate(): void {
    this.#ended = true;
    this.#socket.terminate();
  }

  /** Stops answering and delivering while the socket stays open: the client's keep-alive must find out. */
  fallSilent(): void {
    this.#silent = true;
    this.active = false;
  }

  #end(last: BinaryNode): void {
    this.send(last);
    if (this.#network.faults.strikes('ignoreCloses', this.device?.account.number)) this.#fallDeaf();
    else this.close();
  }

  /** Neither closes the socket nor reads what the client says, its close included. */
  #fallDeaf(): void {
    this.#network.state.afterCommit(() => {
      this.#ended = true;
      this.#socket.pause();
    });
  }

  // Decoding is asynchronous and its counters are not: frames must be handled strictly one after the other.
  #enqueue(data: Buffer): void {
    if (this.#silent) return;
    this.#inbound = this.#inbound
      .then(() => this.#handle(data))
      .catch((error: unknown) => {
        if (this.#ended || this.#network.closed) return;
        this.#network.emit('fault', error);
        this.terminate();
      });
  }

  async #handle(data: Buffer): Promise<void> {
    for (const frame of this.#noise.push(data)) {
      if (this.#ended) return;
      if (this.#noise.state === 'hello') {
        this.#socket.send(this.#noise.hello(frame));
      } else if (this.#noise.state === 'finish') {
        const { noisePublic, payload } = this.#noise.finish(frame);
        this.noisePublic = noisePublic;
        this.payload = payload;
        this.#network.state.transaction(() => this.#identify(payload));
      } else {
        const stanza = await this.#noise.decode(frame);
        this.#network.state.transaction(() => this.#handleStanza(stanza));
      }
    }
  }

  #handleStanza(stanza: BinaryNode): void {
    if (this.#silent) return;
    if (!this.device) {
      this.#network.pairing.receive(this, stanza);
      return;
    }
    this.#network.receive(this.device, stanza);
    // Before the transaction ends: what it has to say goes nowhere.
    if (this.#network.faults.losesAnswer(this.device.account.number, stanza)) this.terminate();
    if (stanza.attrs.xmlns === 'passive' && childOf(stanza, 'active') && !this.active) this.#flushQueue(this.device);
  }

  #identify(payload: proto.ClientPayload): void {
    if (payload.devicePairingData) {
      this.#network.pairing.offer(this);
      return;
    }
    const account = this.#network.directory.find(String(payload.username));
    const device = account?.devices.get(payload.device ?? 0);
    if (!device?.record.noisePublic || !this.noisePublic.equals(device.record.noisePublic)) {
      this.endWithFailure(401);
      return;
    }
    const failure = this.#network.faults.takeLoginFailure(device.account.number);
    if (failure) {
      this.endWithFailure(failure);
      return;
    }
    this.#login(device);
  }

  #login(device: Device): void {
    if (device.connection) {
      this.#network.count('replaced');
      device.connection.endWithStreamError(undefined, node('conflict', { type: 'replaced' }));
    }
    device.connection = this;
    this.device = device;
    this.#network.count('logins');
    // Baileys takes its own LID from here: without the device number it would not know itself in fan-outs.
    const attrs = { t: nowSeconds(), lid: device.jid('lid'), props: '27', abprops: '1', creation: nowSeconds() };
    this.send(node('success', { ...attrs, location: 'sandbox' }));
    this.#network.state.afterCommit(() => {
      this.#network.emit('login', device);
      if (!device.record.initialised) this.#network.phone(device.account.number).initialise(device);
    });
  }

  #flushQueue(device: Device): void {
    const waiting = device.queue.items().map((item) => item.stanza);
    const count = (tag: string) => String(waiting.filter((stanza) => stanza.tag === tag).length);
    if (waiting.length > 0) {
      const preview = node('offline_preview', {
        count: String(waiting.length),
        message: count('message'),
        receipt: count('receipt'),
        notification: count('notification'),
        call: count('call'),
        appdata: '0',
      });
      this.send(node('ib', { from: SERVER_JID }, [preview]));
    }
    this.active = true;
    for (const stanza of waiting) this.send({ ...stanza, attrs: { ...stanza.attrs, offline: '1' } });
    // Baileys stays "connecting" until it sees this, also when nothing was waiting.
    this.send(node('ib', { from: SERVER_JID }, [node('offline', { count: String(waiting.length) })]));
  }

  #onClose(): void {
    this.#ended = true;
    this.#network.connections.delete(this);
    this.#network.pairing.forget(this);
    const { device } = this;
    if (!device || device.connection !== this) return;
    device.connection = undefined;
    if (this.#network.closed) return;
    setOnline(this.#network, device, false);
    this.#network.emit('disconnected', device);
  }
}
