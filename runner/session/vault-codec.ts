import { type AuthenticationCreds, BufferJSON, proto, type SignalDataTypeMap } from '../../lib/baileys/index.ts';

/** What a vault holds besides Baileys' own types: the credentials and the inbound buffer. */
export interface VaultTypeMap extends SignalDataTypeMap {
  creds: unknown;
  inbuf: Uint8Array;
}

export type VaultType = keyof VaultTypeMap;
export type VaultData = { [T in VaultType]?: { [id: string]: VaultTypeMap[T] | null } };

/** `latin1`: the text carries bytes. The memory form is a string, the smallest thing V8 can hold a value in. */
const BINARY: ReadonlySet<string> = new Set<VaultType>(['pre-key', 'identity-key', 'inbuf']);
const PRE_KEY_HALF_BYTES = 32;

/**
 * The immutable memory form of a value. Equal values have equal forms, and `decode` makes a new object each time, so a
 * caller that changes what it was given (Baileys does) changes nothing here.
 */
export function encode<T extends VaultType>(type: T, value: VaultTypeMap[T]): string {
  switch (type as VaultType) {
    case 'pre-key':
      return encodePreKey(value as VaultTypeMap['pre-key']);
    case 'identity-key':
    case 'inbuf':
      return latin1(value as Uint8Array);
    case 'sender-key':
      return encodeSenderKey(value as Uint8Array);
    case 'lid-mapping':
      return value as string;
    default:
      return JSON.stringify(value, BufferJSON.replacer);
  }
}

/** A fresh value from its memory form. */
export function decode<T extends VaultType>(type: T, form: string): VaultTypeMap[T] {
  return decodeAny(type, form) as VaultTypeMap[T];
}

function decodeAny(type: VaultType, form: string): unknown {
  switch (type) {
    case 'pre-key': {
      const bytes = Buffer.from(form, 'latin1');
      return { public: bytes.subarray(0, PRE_KEY_HALF_BYTES), private: bytes.subarray(PRE_KEY_HALF_BYTES) };
    }
    case 'identity-key':
    case 'inbuf':
      return Buffer.from(form, 'latin1');
    case 'sender-key':
      return Buffer.from(form);
    case 'lid-mapping':
      return form;
    case 'session':
      return JSON.parse(form);
    case 'app-state-sync-key':
      return proto.Message.AppStateSyncKeyData.fromObject(JSON.parse(form, BufferJSON.reviver));
    default:
      return JSON.parse(form, BufferJSON.reviver);
  }
}

/**
 * The credentials from their memory form, in buffers of their own: those of the pool would each keep a whole slab of it
 * alive for as long as the session lives.
 */
export function decodeCreds(form: string): AuthenticationCreds {
  return JSON.parse(form, (key, value) => {
    const revived = BufferJSON.reviver(key, value);
    if (!Buffer.isBuffer(revived)) return revived;
    const own = Buffer.allocUnsafeSlow(revived.length);
    revived.copy(own);
    return own;
  }) as AuthenticationCreds;
}

export function formToBytes(type: string, form: string): Buffer {
  return Buffer.from(form, BINARY.has(type) ? 'latin1' : 'utf8');
}

export function bytesToForm(type: string, bytes: Uint8Array): string {
  return BINARY.has(type) ? latin1(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function encodePreKey(pair: VaultTypeMap['pre-key']): string {
  if (pair.public.length !== PRE_KEY_HALF_BYTES || pair.private.length !== PRE_KEY_HALF_BYTES) {
    throw new TypeError('A pre-key has two halves of 32 bytes.');
  }
  return latin1(pair.public) + latin1(pair.private);
}

interface SenderKeyState {
  senderSigningKey?: { private?: { data?: string } | string };
  senderMessageKeys?: unknown[];
}

/**
 * A sender-key record as it has to be stored. Baileys writes the buffers of skipped keys as arrays of numbers, which its
 * own reader does not turn back into buffers: out-of-order group messages then fail. Base64 is the form it reads.
 * Our own records (those with a private signing key) lose their skipped keys: they are never needed, and grow the record
 * past what the table takes.
 */
function encodeSenderKey(record: Uint8Array): string {
  const text = Buffer.from(record.buffer, record.byteOffset, record.length).toString('utf8');
  const states = JSON.parse(text, (_, value) =>
    value?.type === 'Buffer' && Array.isArray(value.data)
      ? { type: 'Buffer', data: Buffer.from(value.data).toString('base64') }
      : value,
  ) as SenderKeyState[];
  for (const state of states) {
    const secret = state.senderSigningKey?.private;
    // An empty private key is an object too: its length tells our own record from a received one.
    const length = typeof secret === 'object' ? (secret?.data?.length ?? 0) : (secret?.length ?? 0);
    if (length > 0) state.senderMessageKeys = [];
  }
  return JSON.stringify(states);
}
