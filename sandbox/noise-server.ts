import {
  aesDecryptGCM,
  aesEncryptGCM,
  type BinaryNode,
  Curve,
  decodeBinaryNode,
  encodeBinaryNode,
  hkdf,
  NOISE_MODE,
  NOISE_WA_HEADER,
  proto,
  sha256,
  WA_CERT_DETAILS,
} from '../lib/baileys/index.ts';

/** What the server proves itself with: its static Noise key and the certificate chain that vouches for it. */
export interface ServerIdentity {
  readonly rootPublic: Buffer;
  readonly staticPublic: Buffer;
  readonly staticPrivate: Buffer;
  readonly certChain: Buffer;
}

const TEN_YEARS_SECONDS = 10 * 365 * 86_400;
const NONE = Buffer.alloc(0);

/** Makes a new server identity: root signs intermediate, intermediate signs the leaf that is the static Noise key. */
export function createServerIdentity(): ServerIdentity {
  const root = Curve.generateKeyPair();
  const intermediate = Curve.generateKeyPair();
  const leaf = Curve.generateKeyPair();
  const now = Math.floor(Date.now() / 1000);
  const certificate = (serial: number, issuerSerial: number, key: Uint8Array, signingKey: Uint8Array) => {
    const details = proto.CertChain.NoiseCertificate.Details.encode({
      serial,
      issuerSerial,
      key,
      notBefore: now - 3600,
      notAfter: now + TEN_YEARS_SECONDS,
    }).finish();
    return { details, signature: Curve.sign(signingKey, details) };
  };
  const certChain = proto.CertChain.encode({
    // Baileys accepts an intermediate only when it names serial 0, WhatsApp's root, as its issuer.
    intermediate: certificate(1, 0, intermediate.public, root.private),
    leaf: certificate(2, 1, leaf.public, intermediate.private),
  }).finish();
  return {
    rootPublic: Buffer.from(root.public),
    staticPublic: Buffer.from(leaf.public),
    staticPrivate: Buffer.from(leaf.private),
    certChain: Buffer.from(certChain),
  };
}

/**
 * Makes Baileys in this process accept the sandbox's certificate chain instead of WhatsApp's.
 *
 * Never call it in a process that may also hold live sessions: it replaces the root of trust for all of them.
 * Baileys 7.0.0-rc14 links to the sandbox without it, because its signature check ignores libsignal's verdict.
 *
 * @param publicKey the root's 32-byte public key, `ServerIdentity.rootPublic`
 */
export function trustSandboxRoot(publicKey: Uint8Array): void {
  (WA_CERT_DETAILS as { PUBLIC_KEY: Uint8Array }).PUBLIC_KEY = Buffer.from(publicKey);
}

function counterNonce(counter: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(counter >>> 0, 8);
  return nonce;
}

function lengthPrefixed(payload: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(3 + payload.length);
  framed.writeUIntBE(payload.length, 0, 3);
  framed.set(payload, 3);
  return framed;
}

/** What the client reveals in the last message of the handshake. */
export interface ClientFinish {
  /** The client's static Noise key, 32 bytes: it names the device at login. */
  readonly noisePublic: Buffer;
  readonly payload: proto.ClientPayload;
}

/**
 * The server's side of `Noise_XX_25519_AESGCM_SHA256` as WhatsApp Web frames it: an optional routing header
 * (`ED 00 01`, 3-byte length, bytes), the prologue `WA 06 03`, then frames with a 3-byte big-endian length.
 */
export class NoiseServer {
  state: 'hello' | 'finish' | 'open' = 'hello';
  readonly #identity: ServerIdentity;
  readonly #ephemeral = Curve.generateKeyPair();
  #buffer: Buffer = NONE;
  #awaitingIntro = true;
  #hash: Buffer = Buffer.from(NOISE_MODE);
  #salt: Buffer = this.#hash;
  #key: Buffer = this.#hash;
  #handshakeCounter = 0;
  #readKey: Buffer = NONE;
  #writeKey: Buffer = NONE;
  #readCounter = 0;
  #writeCounter = 0;

  constructor(identity: ServerIdentity) {
    this.#identity = identity;
    this.#authenticate(NOISE_WA_HEADER);
  }

  /**
   * Takes bytes as they come from the socket.
   * @returns the complete frames in them, still encrypted once the handshake is over
   * @throws when the stream does not start with WhatsApp's prologue
   */
  push(data: Buffer): Buffer[] {
    this.#buffer = this.#buffer.length > 0 ? Buffer.concat([this.#buffer, data]) : data;
    if (this.#awaitingIntro && !this.#consumeIntro()) return [];
    const frames: Buffer[] = [];
    while (this.#buffer.length >= 3) {
      const length = this.#buffer.readUIntBE(0, 3);
      if (this.#buffer.length < length + 3) break;
      frames.push(this.#buffer.subarray(3, 3 + length));
      this.#buffer = this.#buffer.subarray(3 + length);
    }
    return frames;
  }

  /** Answers the client's first message. @returns the bytes to send */
  hello(frame: Buffer): Buffer {
    const ephemeral = proto.HandshakeMessage.decode(frame).clientHello?.ephemeral;
    if (!ephemeral) throw new Error('handshake: no client hello');
    const clientEphemeral = Buffer.from(ephemeral);
    this.#authenticate(clientEphemeral);
    this.#authenticate(this.#ephemeral.public);
    this.#mix(Curve.sharedKey(this.#ephemeral.private, clientEphemeral));
    const encryptedStatic = this.#encrypt(this.#identity.staticPublic);
    this.#mix(Curve.sharedKey(this.#identity.staticPrivate, clientEphemeral));
    const payload = this.#encrypt(this.#identity.certChain);
    this.state = 'finish';
    const serverHello = { ephemeral: this.#ephemeral.public, static: encryptedStatic, payload };
    return lengthPrefixed(proto.HandshakeMessage.encode({ serverHello }).finish());
  }

  /** Takes the client's last handshake message; frames are encrypted from here on. */
  finish(frame: Buffer): ClientFinish {
    const clientFinish = proto.HandshakeMessage.decode(frame).clientFinish;
    if (!clientFinish?.static || !clientFinish.payload) throw new Error('handshake: no client finish');
    const noisePublic = this.#decrypt(clientFinish.static);
    this.#mix(Curve.sharedKey(this.#ephemeral.private, noisePublic));
    const payload = proto.ClientPayload.decode(this.#decrypt(clientFinish.payload));
    const keys = Buffer.from(hkdf(NONE, 64, { salt: this.#salt, info: '' }));
    this.#readKey = keys.subarray(0, 32);
    this.#writeKey = keys.subarray(32);
    this.state = 'open';
    return { noisePublic, payload };
  }

  /** Decrypts and parses one frame; frames must be passed in the order they came. */
  decode(frame: Buffer): Promise<BinaryNode> {
    return decodeBinaryNode(aesDecryptGCM(frame, this.#readKey, counterNonce(this.#readCounter++), NONE));
  }

  /** Encrypts one stanza; the results must be sent in the order they were made. */
  encode(stanza: BinaryNode): Buffer {
    const nonce = counterNonce(this.#writeCounter++);
    return lengthPrefixed(aesEncryptGCM(encodeBinaryNode(stanza), this.#writeKey, nonce, NONE));
  }

  #consumeIntro(): boolean {
    const buffer = this.#buffer;
    let offset = 0;
    if (buffer[0] === 0x45 && buffer[1] === 0x44) {
      if (buffer.length < 7) return false;
      offset = 7 + buffer.readUIntBE(4, 3);
    }
    if (buffer.length < offset + NOISE_WA_HEADER.length) return false;
    if (!buffer.subarray(offset, offset + NOISE_WA_HEADER.length).equals(NOISE_WA_HEADER)) {
      throw new Error('handshake: not a WhatsApp prologue');
    }
    this.#buffer = buffer.subarray(offset + NOISE_WA_HEADER.length);
    this.#awaitingIntro = false;
    return true;
  }

  #authenticate(data: Uint8Array): void {
    this.#hash = sha256(Buffer.concat([this.#hash, data]));
  }

  #mix(sharedKey: Uint8Array): void {
    const keys = Buffer.from(hkdf(Buffer.from(sharedKey), 64, { salt: this.#salt, info: '' }));
    this.#salt = keys.subarray(0, 32);
    this.#key = keys.subarray(32);
    this.#handshakeCounter = 0;
  }

  #encrypt(plaintext: Uint8Array): Buffer {
    const ciphertext = aesEncryptGCM(plaintext, this.#key, counterNonce(this.#handshakeCounter++), this.#hash);
    this.#authenticate(ciphertext);
    return ciphertext;
  }

  #decrypt(ciphertext: Uint8Array): Buffer {
    const plaintext = aesDecryptGCM(ciphertext, this.#key, counterNonce(this.#handshakeCounter++), this.#hash);
    this.#authenticate(ciphertext);
    return plaintext;
  }
}
