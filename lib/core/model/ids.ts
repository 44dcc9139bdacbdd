import { createHash, randomBytes } from 'node:crypto';

export type IdPrefix =
  | 'sub'
  | 'user'
  | 'inst'
  | 'key'
  | 'cmd'
  | 'webhook'
  | 'dlv'
  | 'evt'
  | 'req'
  | 'aud'
  | 'fam'
  | 'runner'
  | 'bulk';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** `length` characters of base62 with full entropy each (rejection sampling: no modulo bias). */
export function randomBase62(length: number): string {
  let out = '';
  while (out.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < 248 && out.length < length) out += BASE62[byte % 62];
    }
  }
  return out;
}

/** A random id with a typed prefix: `inst_4fK…` (22 base62 characters, 131 bits). */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${randomBase62(22)}`;
}

/**
 * The command of one recipient of a bulk: always the same, whoever works it out. It sorts by the bulk's beginning, then
 * by the recipient's place.
 */
export function bulkCommandId(bulkId: string, startAtMs: number, index: number): string {
  const hash = createHash('sha256').update(`${bulkId}|${index}`).digest();
  let tail = '';
  for (let i = 0; i < 12; i += 1) tail += CROCKFORD[(hash[i] as number) & 31];
  return `cmd_${base32(startAtMs, 10)}${base32(index, 4)}${tail}`;
}

let lastTimeMs = 0;
let lastSequence = 0;

/**
 * An id that sorts by time, and by call order within this process: `cmd_` + 48 bits of milliseconds, a 20-bit sequence
 * and 60 random bits in Crockford base32. Order across processes is as good as their clocks.
 */
export function newSortableId(prefix: IdPrefix, nowMs: number): string {
  if (nowMs > lastTimeMs) {
    lastTimeMs = nowMs;
    lastSequence = 0;
  } else {
    lastSequence += 1;
  }
  const random = randomBytes(12);
  let tail = '';
  for (let i = 0; i < 12; i += 1) tail += CROCKFORD[(random[i] as number) & 31];
  return `${prefix}_${base32(lastTimeMs, 10)}${base32(lastSequence, 4)}${tail}`;
}

function base32(value: number, width: number): string {
  let out = '';
  let rest = value;
  for (let i = 0; i < width; i += 1) {
    out = CROCKFORD[rest % 32] + out;
    rest = Math.floor(rest / 32);
  }
  return out;
}

/**
 * The WhatsApp message id of a command, fixed when the command is accepted, so that a repeat after a crash is the same
 * message: `3EB0` + 18 hex digits, the shape that WhatsApp's own web client uses.
 */
export function whatsappMessageId(tenantId: string, instanceId: string, commandId: string): string {
  const hash = createHash('sha256').update(`${tenantId}|${instanceId}|${commandId}`).digest('hex');
  return `3EB0${hash.slice(0, 18).toUpperCase()}`;
}

/**
 * The WhatsApp id of what a command does to a message: a reaction, an edit, a vote. It ends in a check of itself, so
 * that its receipts are told from those of messages, by anybody and for good.
 */
export function addOnMessageId(tenantId: string, instanceId: string, commandId: string): string {
  const start = whatsappMessageId(tenantId, instanceId, commandId).slice(0, -ADD_ON_CHECK);
  return `${start}${addOnCheck(start)}`;
}

export function isAddOnId(id: string): boolean {
  const start = id.slice(0, -ADD_ON_CHECK);
  return start.startsWith('3EB0') && id.slice(-ADD_ON_CHECK) === addOnCheck(start);
}

const ADD_ON_CHECK = 8;

function addOnCheck(start: string): string {
  return createHash('sha256').update(`add-on|${start}`).digest('hex').slice(0, ADD_ON_CHECK).toUpperCase();
}

/**
 * The id of an event, from its stream (instance or tenant) and what happened: its number, or a text where the same
 * happening may be told twice (`3EB0…|delivered`).
 */
export function eventId(streamId: string, what: number | string): string {
  return `evt_${createHash('sha256').update(`${streamId}|${what}`).digest('hex').slice(0, 24)}`;
}

/** The id that callers see: `msg_` + the WhatsApp id. */
export function publicMessageId(whatsappId: string): string {
  return `msg_${whatsappId}`;
}

/** Back from the public id; returns undefined for anything that is not one. */
export function parsePublicMessageId(publicId: string): string | undefined {
  return /^msg_([A-Za-z0-9._-]{4,128})$/.exec(publicId)?.[1];
}

/** Hex SHA-256, for what is looked up by its hash (API keys, refresh tokens, idempotency fingerprints). */
export function sha256Hex(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}
