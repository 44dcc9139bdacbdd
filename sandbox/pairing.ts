import { randomBytes } from 'node:crypto';
import { type BinaryNode, jidDecode, proto } from '../lib/baileys/index.ts';
import type { Connection } from './conn.ts';
import type { Account, Device } from './directory.ts';
import type { Network } from './network.ts';
import {
  bytesOf,
  childBytes,
  childOf,
  node,
  nowSeconds,
  readUint,
  SandboxError,
  SERVER_JID,
  stanzaId,
} from './wire.ts';

/** A client that waits for the person to type its pairing code. */
export interface CodeRequest {
  readonly reference: string;
  readonly number: string;
  readonly connection: Connection;
  /** salt (32) | iv (16) | encrypted ephemeral public key (32) of the client. */
  readonly wrappedEphemeral: Buffer;
  /** Called with the client's last message: its wrapped key bundle and its identity key. */
  onFinish?: (bundle: Buffer, companionIdentity: Buffer) => void;
}

/** What the phone vouches for when it links a device. */
export interface DeviceVoucher {
  /** An encoded `ADVSignedDeviceIdentityHMAC`. */
  readonly signedIdentityHmac: Buffer;
  readonly keyIndex: number;
  /** The phone's account identity key, 32 bytes. */
  readonly accountKey: Buffer;
}

interface PendingLink {
  readonly device: Device;
  readonly accountKey: Buffer;
  readonly settle: (outcome: Device | Error) => void;
}

const DEFAULT_QR_REFERENCES = 6;

/** Where unlinked clients wait for a phone to scan their QR or for a person to type their pairing code. */
export class PairingDesk {
  readonly #network: Network;
  readonly #byReference = new Map<string, Connection>();
  readonly #codeRequests = new Map<string, CodeRequest>();
  readonly #pending = new Map<Connection, PendingLink>();

  constructor(network: Network) {
    this.#network = network;
  }

  /** Hands a new client the references its QR codes are made of. */
  offer(connection: Connection): void {
    const count = this.#network.options.qrReferences ?? DEFAULT_QR_REFERENCES;
    const references = Array.from({ length: count }, () => `2@${randomBytes(24).toString('base64')}`);
    for (const reference of references) this.#byReference.set(reference, connection);
    const refs = references.map((reference) => node('ref', {}, Buffer.from(reference)));
    connection.send(
      node('iq', { from: SERVER_JID, type: 'set', id: stanzaId(), xmlns: 'md' }, [node('pair-device', {}, refs)]),
    );
  }

  /** The client that shows a QR with this reference, while it is connected and unlinked. */
  waiting(reference: string): Connection | undefined {
    return this.#byReference.get(reference);
  }

  /** The newest client that waits for a code for this number. */
  codeRequest(number: string): CodeRequest | undefined {
    return [...this.#codeRequests.values()].findLast((request) => request.number === number);
  }

  /**
   * Links the client to the account.
   * @returns the new device once the client has countersigned
   * @throws SandboxError 409 when the client rejects the link or goes away first
   */
  async link(connection: Connection, account: Account, voucher: DeviceVoucher): Promise<Device> {
    const registration = connection.payload?.devicePairingData;
    if (!registration) throw new SandboxError(409, 'the client is not waiting to be linked');
    const { eIdent, eRegid, eSkeyId, eSkeyVal, eSkeySig } = registration;
    if (!eIdent || !eRegid || !eSkeyId || !eSkeyVal || !eSkeySig) {
      throw new SandboxError(409, 'the client sent an incomplete registration');
    }
    this.#forgetReferences(connection);
    const device = this.#network.state.transaction(() => {
      const added = this.#network.directory.addDevice(account, {
        keyIndex: voucher.keyIndex,
        noisePublic: connection.noisePublic,
        identity: Buffer.from(eIdent),
        registrationId: readUint(eRegid),
        signedPreKey: { id: readUint(eSkeyId), value: Buffer.from(eSkeyVal), signature: Buffer.from(eSkeySig) },
        initialised: false,
      });
      // Both addresses carry the device number: otherwise Baileys does not recognise its own device later.
      const success = node('pair-success', {}, [
        node('device-identity', {}, voucher.signedIdentityHmac),
        node('device', { jid: added.jid('pn'), lid: added.jid('lid') }),
        node('platform', { name: 'android' }),
      ]);
      connection.send(
        node('iq', { from: SERVER_JID, type: 'set', id: stanzaId(), xmlns: 'md', t: nowSeconds() }, [success]),
      );
      return added;
    });
    return new Promise((resolve, reject) => {
      const settle = (outcome: Device | Error) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
      this.#pending.set(connection, { device, accountKey: voucher.accountKey, settle });
    });
  }

  /** Handles what a client says before it is linked. */
  receive(connection: Connection, stanza: BinaryNode): void {
    if (stanza.tag !== 'iq') return;
    if (stanza.attrs.type === 'result') {
      this.#countersigned(connection, stanza);
      return;
    }
    const registration = childOf(stanza, 'link_code_companion_reg');
    if (!registration) {
      // A client that waits for its QR keeps the connection alive with pings.
      if (stanza.attrs.xmlns === 'w:p') connection.send(result(stanza));
      return;
    }
    if (registration.attrs.stage === 'companion_hello') this.#codeRequested(connection, stanza, registration);
    if (registration.attrs.stage === 'companion_finish') this.#codeFinished(connection, stanza, registration);
  }

  /** Drops everything that was promised to a connection that is gone. */
  forget(connection: Connection): void {
    this.#forgetReferences(connection);
    const pending = this.#pending.get(connection);
    if (!pending) return;
    this.#pending.delete(connection);
    if (!this.#network.closed) this.#network.state.transaction(() => pending.device.remove());
    pending.settle(new SandboxError(409, 'the client went away before the link was complete'));
  }

  #forgetReferences(connection: Connection): void {
    for (const [reference, holder] of this.#byReference) {
      if (holder === connection) this.#byReference.delete(reference);
    }
    for (const [reference, request] of this.#codeRequests) {
      if (request.connection === connection) this.#codeRequests.delete(reference);
    }
  }

  #countersigned(connection: Connection, stanza: BinaryNode): void {
    const identity = childOf(childOf(stanza, 'pair-device-sign'), 'device-identity');
    const pending = this.#pending.get(connection);
    if (!identity || !pending) return;
    this.#pending.delete(connection);
    const { device, accountKey } = pending;
    const signed = proto.ADVSignedDeviceIdentity.decode(bytesOf(identity));
    signed.accountSignatureKey = accountKey;
    device.record.signedIdentity = Buffer.from(proto.ADVSignedDeviceIdentity.encode(signed).finish());
    device.save();
    this.#network.announceDevice(device, 'add');
    connection.endWithStreamError('515');
    this.#network.state.afterCommit(() => {
      pending.settle(device);
      this.#network.emit('linked', device);
    });
  }

  #codeRequested(connection: Connection, stanza: BinaryNode, registration: BinaryNode): void {
    const number = jidDecode(registration.attrs.jid)?.user ?? '';
    const reference = randomBytes(16).toString('base64');
    this.#codeRequests.set(reference, {
      reference,
      number,
      connection,
      wrappedEphemeral: childBytes(registration, 'link_code_pairing_wrapped_companion_ephemeral_pub'),
    });
    const answer = node('link_code_companion_reg', { stage: 'companion_hello' }, [
      node('link_code_pairing_ref', {}, Buffer.from(reference)),
    ]);
    connection.send(result(stanza, [answer]));
    this.#network.state.afterCommit(() => this.#network.emit('pairingCodeRequested', number));
  }

  #codeFinished(connection: Connection, stanza: BinaryNode, registration: BinaryNode): void {
    const request = this.#codeRequests.get(childBytes(registration, 'link_code_pairing_ref').toString());
    connection.send(result(stanza));
    const bundle = childBytes(registration, 'link_code_pairing_wrapped_key_bundle');
    const identity = childBytes(registration, 'companion_identity_public');
    this.#network.state.afterCommit(() => request?.onFinish?.(bundle, identity));
  }
}

const result = (request: BinaryNode, content?: BinaryNode[]): BinaryNode =>
  node('iq', { from: SERVER_JID, type: 'result', id: request.attrs.id }, content);
