import { sha256Hex } from '../../model/ids.ts';

/**
 * The only place that spells keys. `ttl` is in epoch seconds; rows past it are deleted late or (embedded) never, so
 * every read leaves them out.
 *
 * Main table
 *   pk                sk                      row                                               ttl
 *   T#<tenant>        SUB                     subscription, with the count of its instances
 *                     USER#<user>             user
 *                     INST#<instance>         instance: settings, and `s_…` state by the runner  [1]
 *                     NAME#<name>             claim of an instance's name
 *                     KEY#<instance>#<key>    API key, equal to its KEYHASH row
 *   AUDIT#<tenant>    AT#<ms, 13 digits>#<id> audit entry                                       retention setting
 *   EMAIL#<e-mail>    EMAIL                   claim of an e-mail address: tenant and user
 *   KEYHASH#<sha256>  KEYHASH                 API key: one get authenticates
 *   REFRESH#<sha256>  REFRESH                 refresh token                                     end of family
 *   FAMILY#<family>   FAMILY                  mark: the family is revoked                       end of family
 *   IDEM#<tenant>#<h> IDEM                    what an Idempotency-Key was used for              24 h
 *   GATEWAY           FIRST                   mark: an account exists
 *   I#<instance>      MSG#<waId>#<scope>      message; in gsi1 once it is more than receipts    90 days
 *                     CHAT#<jid>              chat
 *                     CONTACT#<id>            contact
 *                     CMD#<command>           command                                           7 days after its end
 *   PEND#<shard>      <instance>#<command>    pending entry of a command
 *   SHARD#<n>         OWNER                   owner and epoch
 *                     INST#<instance>         who lives on the shard
 *   gsi1: I#<instance>#MSG / <timestampMs, 13 digits>#<waId>
 *
 * Session-keys table
 *   F#<instance>      FENCE                   owner, epoch, wrapped data key
 *   K#<instance>      <type>|<id>             encrypted key
 *   S#<instance>      <waId>                  encrypted protobuf of a sent message              14 days
 *
 * [1] A live row's ttl is FOREVER; a state write that finds no row leaves a ghost with a short one, which nobody reads.
 */
export interface Key {
  pk: string;
  sk: string;
}

export const GSI1 = 'gsi1';
export const TTL = 'ttl';

/** 9999-12-31: a ttl that never comes. */
export const FOREVER_SECONDS = 253_402_214_400;

const tenantPk = (tenantId: string) => `T#${tenantId}`;
const auditPk = (tenantId: string) => `AUDIT#${tenantId}`;
const instancePk = (instanceId: string) => `I#${instanceId}`;

export const KEYS = {
  subscription: (tenantId: string): Key => ({ pk: tenantPk(tenantId), sk: 'SUB' }),
  user: (tenantId: string, userId: string): Key => ({ pk: tenantPk(tenantId), sk: `USER#${userId}` }),
  instance: (tenantId: string, instanceId: string): Key => ({ pk: tenantPk(tenantId), sk: `INST#${instanceId}` }),
  instanceName: (tenantId: string, name: string): Key => ({ pk: tenantPk(tenantId), sk: `NAME#${folded(name)}` }),
  apiKey: (tenantId: string, instanceId: string, keyId: string): Key => ({
    pk: tenantPk(tenantId),
    sk: `KEY#${instanceId}#${keyId}`,
  }),
  audit: (tenantId: string, atMs: number, id: string): Key => ({
    pk: auditPk(tenantId),
    sk: `AT#${padded(atMs)}#${id}`,
  }),
  email: (email: string): Key => ({ pk: `EMAIL#${folded(email)}`, sk: 'EMAIL' }),
  keyHash: (hash: string): Key => ({ pk: `KEYHASH#${hash}`, sk: 'KEYHASH' }),
  refresh: (hash: string): Key => ({ pk: `REFRESH#${hash}`, sk: 'REFRESH' }),
  family: (familyId: string): Key => ({ pk: `FAMILY#${familyId}`, sk: 'FAMILY' }),
  idempotency: (tenantId: string, key: string): Key => ({ pk: `IDEM#${tenantId}#${sha256Hex(key)}`, sk: 'IDEM' }),
  firstAccount: (): Key => ({ pk: 'GATEWAY', sk: 'FIRST' }),
  message: (instanceId: string, waId: string, scope: string): Key => ({
    pk: instancePk(instanceId),
    sk: `MSG#${waId}#${scope}`,
  }),
  chat: (instanceId: string, chatId: string): Key => ({ pk: instancePk(instanceId), sk: `CHAT#${chatId}` }),
  contact: (instanceId: string, id: string): Key => ({ pk: instancePk(instanceId), sk: `CONTACT#${id}` }),
  command: (instanceId: string, commandId: string): Key => ({ pk: instancePk(instanceId), sk: `CMD#${commandId}` }),
  pending: (shard: number, instanceId: string, commandId: string): Key => ({
    pk: `PEND#${shard}`,
    sk: `${instanceId}#${commandId}`,
  }),
  shardOwner: (shard: number): Key => ({ pk: `SHARD#${shard}`, sk: 'OWNER' }),
  shardInstance: (shard: number, instanceId: string): Key => ({ pk: `SHARD#${shard}`, sk: `INST#${instanceId}` }),

  fence: (instanceId: string): Key => ({ pk: `F#${instanceId}`, sk: 'FENCE' }),
  sessionKey: (instanceId: string, key: string): Key => ({ pk: `K#${instanceId}`, sk: key }),
  sentProto: (instanceId: string, waId: string): Key => ({ pk: `S#${instanceId}`, sk: waId }),
} as const;

/** A partition and the beginning of the sort keys that are meant. */
export interface Prefix {
  pk: string;
  prefix: string;
}

export const PREFIXES = {
  instances: (tenantId: string): Prefix => ({ pk: tenantPk(tenantId), prefix: 'INST#' }),
  apiKeys: (tenantId: string, instanceId: string): Prefix => ({ pk: tenantPk(tenantId), prefix: `KEY#${instanceId}#` }),
  messageScopes: (instanceId: string, waId: string): Prefix => ({ pk: instancePk(instanceId), prefix: `MSG#${waId}#` }),
  chats: (instanceId: string): Prefix => ({ pk: instancePk(instanceId), prefix: 'CHAT#' }),
  contacts: (instanceId: string): Prefix => ({ pk: instancePk(instanceId), prefix: 'CONTACT#' }),
  /** Messages, chats, contacts and commands: all that the instance has in the main table's own partition. */
  instanceData: (instanceId: string): Prefix => ({ pk: instancePk(instanceId), prefix: '' }),
  pending: (shard: number, instanceId?: string): Prefix => ({
    pk: `PEND#${shard}`,
    prefix: instanceId === undefined ? '' : `${instanceId}#`,
  }),
  shardInstances: (shard: number): Prefix => ({ pk: `SHARD#${shard}`, prefix: 'INST#' }),
  sessionKeys: (instanceId: string): Prefix => ({ pk: `K#${instanceId}`, prefix: '' }),
  sentProtos: (instanceId: string): Prefix => ({ pk: `S#${instanceId}`, prefix: '' }),
} as const;

/** Keys of a message in the time index. */
export const MESSAGE_INDEX = {
  pk: (instanceId: string) => `I#${instanceId}#MSG`,
  sk: (timestampMs: number, waId: string) => `${padded(timestampMs)}#${waId}`,
  /** Bounds that take in every message from `fromMs` to `toMs`, both included. */
  from: (fromMs: number) => padded(fromMs),
  to: (toMs: number) => `${padded(toMs)}#\u{10ffff}`,
} as const;

/** The audit entries of a tenant from `fromMs` to `toMs`, both included. */
export const AUDIT_RANGE = (tenantId: string, fromMs = 0, toMs = MAX_TIMESTAMP_MS) => ({
  pk: auditPk(tenantId),
  from: `AT#${padded(fromMs)}`,
  to: `AT#${padded(toMs)}#\u{10ffff}`,
});

const MAX_TIMESTAMP_MS = 9_999_999_999_999;

function padded(timestampMs: number): string {
  return String(Math.min(Math.max(Math.trunc(timestampMs), 0), MAX_TIMESTAMP_MS)).padStart(13, '0');
}

/** Names and e-mail addresses are compared without regard to case. */
function folded(text: string): string {
  return text.trim().normalize('NFC').toLowerCase();
}
