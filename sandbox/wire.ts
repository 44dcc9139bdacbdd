import { randomBytes } from 'node:crypto';
import { type BinaryNode, S_WHATSAPP_NET } from '../lib/baileys/index.ts';

/** Which of an account's two addresses a stanza uses: the phone number (`…@s.whatsapp.net`) or the LID (`…@lid`). */
export type AddressMode = 'pn' | 'lid';

/** The server's own address, `@s.whatsapp.net`: Baileys compares `from` with it. */
export const SERVER_JID: string = S_WHATSAPP_NET;

/** A 16-character upper-case hex id for stanzas the server originates. */
export const stanzaId = (): string => randomBytes(8).toString('hex').toUpperCase();

/** The current Unix time in whole seconds as the protocol writes it: a decimal string. */
export const nowSeconds = (): string => String(Math.floor(Date.now() / 1000));

/**
 * Builds a stanza. Attributes that are undefined are left out, because the binary encoder would drop them silently
 * and in-process receivers (the phones) must see exactly what a socket would carry.
 */
export function node(
  tag: string,
  attrs: Record<string, string | undefined> = {},
  content?: BinaryNode['content'],
): BinaryNode {
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries(attrs)) if (value !== undefined) defined[name] = value;
  return content === undefined ? { tag, attrs: defined } : { tag, attrs: defined, content };
}

/** The element children of a stanza; an empty list when its content is bytes or missing. */
export const childrenOf = (parent: BinaryNode | undefined): BinaryNode[] =>
  Array.isArray(parent?.content) ? parent.content : [];

/** The first child with the given tag. */
export const childOf = (parent: BinaryNode | undefined, tag: string): BinaryNode | undefined =>
  childrenOf(parent).find((child) => child.tag === tag);

/** Every child with the given tag. */
export const childrenNamed = (parent: BinaryNode | undefined, tag: string): BinaryNode[] =>
  childrenOf(parent).filter((child) => child.tag === tag);

/** The byte content of a stanza; empty when it has none. */
export function bytesOf(element: BinaryNode | undefined): Buffer {
  const content = element?.content;
  if (content === undefined || Array.isArray(content)) return Buffer.alloc(0);
  return typeof content === 'string' ? Buffer.from(content) : Buffer.from(content);
}

/** The byte content of the first child with the given tag; empty when there is none. */
export const childBytes = (parent: BinaryNode | undefined, tag: string): Buffer => bytesOf(childOf(parent, tag));

/** Reads a big-endian unsigned integer of any length up to six bytes. */
export const readUint = (bytes: Uint8Array): number => bytes.reduce((value, byte) => value * 256 + byte, 0);

/** Writes a big-endian unsigned integer: pre-key ids take 3 bytes, registration ids 4. */
export function writeUint(value: number, byteLength: number): Buffer {
  const bytes = Buffer.alloc(byteLength);
  bytes.writeUIntBE(value, 0, byteLength);
  return bytes;
}

/** Tells whether a JID addresses a group. */
export const isGroupJid = (jid: string): boolean => jid.endsWith('@g.us');

/** The address mode a JID is written in. */
export const modeOf = (jid: string): AddressMode => (jid.endsWith('@lid') ? 'lid' : 'pn');

/** A failure of a request to the sandbox itself (control API or an in-process call); `status` is an HTTP status. */
export class SandboxError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'SandboxError';
    this.status = status;
  }
}
