import { sha256Hex } from '../../model/ids.ts';
import type { StatsScope } from '../../model/stats.ts';
import type { WebhookFormat } from '../../model/webhook.ts';

/**
 * The only place that spells keys. `ttl` is in epoch seconds; rows past it are deleted late or (embedded) never, so
 * every read leaves them out.
 *
 * Main table
 *   pk                sk                      row                                               ttl
 *   T#<tenant>        SUB                     subscription, with the counts of its instances and administrators
 *                     USER#<user>             user, with the count of the instances that are theirs
 *                     INST#<instance>         instance: settings, and `s_…` state by the runner  [1]
 *                     NAME#<name>             claim of an instance's name
 *                     KEY#<instance>#<key>    API key, equal to its KEYHASH rows; of the whole account: `*`
 *   AUDIT#<tenant>    AT#<ms, 13 digits>#<id> audit entry                                       retention setting
 *   EMAIL#<e-mail>    EMAIL                   claim of an e-mail address or a user name (no @): tenant and user
 *   KEYHASH#<sha256>  KEYHASH                 API key by a secret: one get authenticates            end of a rotated one
 *   RATE#<subject>    PERHOUR#<limit>         rate limit: when the quota is whole again         that moment
 *   REFRESH#<sha256>  REFRESH                 refresh token                                     end of family
 *   FAMILY#<family>   FAMILY                  mark: the family is revoked                       end of family
 *   THROTTLE#<sha256> THROTTLE                attempts to log in                                30 days
 *   IDEM#<tenant>#<h> IDEM                    what an Idempotency-Key was used for              24 h
 *   ROTATIONS         <ms, 13 digits>#<key>   API key that is due for a new secret then
 *   GATEWAY           FIRST                   mark: an account exists
 *                     HELD                    whether the runners were stopped on purpose
 *   I#<instance>      MSG#<waId>#<scope>      message; in gsi1 once it is more than receipts    90 days
 *                     CHAT#<jid>              chat; in gsi1 once it has a message
 *                     CONTACT#<id>            contact: `lid:<lid>` where known, else `pn:<phone>`
 *                     LID#<lid>, PN#<phone>   a person's two names, by either
 *                     LABEL#<label>           label of a business account
 *                     LABELLED#<label>#<chat>#<message>  what it is on; without a message: on the chat
 *                     PRESENCE#<chat>#<person> what somebody was last seen doing                24 h
 *                     CMD#<command>           command                                           7 days after its end
 *                     DAY#<day>  HOUR#<hour>  counters                                          400 days, 8 days
 *   C#<tenant>        DAY# HOUR# MONTH#       counters of the whole subscription                400, 8, 400 days
 *   U#<key>           DAY#  HOUR#             calls with an API key                             400 days, 8 days
 *   E#<stream>        N#<seq, 12 digits>      event; a stream is an instance or a tenant        30 days
 *                     CURSOR                  the last event that was counted and told
 *                     SEEN#<event id>         mark: counted and told                            90 days
 *                     NUMBERS                 the last number of a tenant's own events          [2]
 *                     TOLD#<what>             mark: recorded, of a tenant's own events          90 days
 *   TICKET#<sha256>   TICKET                  what opens one WebSocket                          60 s
 *   LIVE#<tenant>     CONN#<connection>       WebSocket that API Gateway holds                  2 h
 *   CONN#<connection> CONN                    its tenant                                        2 h
 *   OUT#<shard>       <stream>#<seq>          the last event of a commit, not settled yet       30 days
 *   T#<tenant>        HOOK#<webhook>          webhook endpoint
 *                     HOOKOF#<instance>       claim: the one endpoint of document A of an instance; `#<format>`
 *                                             after it: of another face
 *   D#<webhook>       DLV#<delivery>          delivery; ids sort by the time of their event          30 days
 *                     LANE                    who works on the endpoint, how it does, until when it rests
 *   DQ#<webhook>      <dueMs, 13 digits>#<id> what is due: an attempt, or work on the log; in gsi1
 *   PEND#<shard>      <instance>#<command>    pending entry of a command
 *   I#<instance>      LATER#<waId>            command that is scheduled, as its own row; in gsi1
 *   LATER#<shard>     <ms, 13 digits>#<instance>#<waId>  when that one is due; of a bulk: `#<instance>#<bulk>`
 *   I#<instance>      BULK#<bulk>             bulk                                              90 days
 *                     BULK#<bulk>#LANE#<instance>  how far it is with one of its instances        90 days
 *                     BULKPAGE#<bulk>#<n>     50 of its recipients                              90 days
 *   T#<tenant>        TEMPLATE#<name>         template of messages
 *   SHARD#<n>         INST#<instance>         who lives on the shard
 *   SHARDS            N#<n, 4 digits>         owner, epoch and count of instances of a shard that was ever used
 *   RUNNERS           RUN#<runner>            heartbeat                                             48 h
 *   gsi1: I#<instance>#MSG / <timestampMs, 13 digits>#<waId>
 *         I#<instance>#CHAT / <lastMessageAtMs, 13 digits>#<jid>
 *         I#<instance>#LATER / <sendAtMs, 13 digits>#<waId>
 *         DUE#<shard> / <webhook>#<dueMs, 13 digits>#<id>
 *
 * Session-keys table
 *   F#<instance>      FENCE                   owner, epoch, its shard's epoch, wrapped data key, number of the last event
 *   K#<instance>      <type>|<id>             encrypted key
 *   S#<instance>      <waId>                  encrypted protobuf of a sent message              14 days
 *
 * [1] A live row's ttl is FOREVER; a state write that finds no row leaves a ghost with a short one, which nobody reads.
 * [2] An instance's last number is on its fence, which every commit of its session checks anyway.
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
/** In place of an instance in what belongs to the whole account; no id looks like it. */
const ACCOUNT = '*';
const ROTATIONS = 'ROTATIONS';
const instancePk = (instanceId: string) => `I#${instanceId}`;
const deliveryPk = (webhookId: string) => `D#${webhookId}`;
const eventPk = (stream: string) => `E#${stream}`;
const statsPk = (scope: StatsScope) => {
  if ('instanceId' in scope) return instancePk(scope.instanceId);
  return 'keyId' in scope ? `U#${scope.keyId}` : `C#${scope.tenantId}`;
};

export const KEYS = {
  subscription: (tenantId: string): Key => ({ pk: tenantPk(tenantId), sk: 'SUB' }),
  user: (tenantId: string, userId: string): Key => ({ pk: tenantPk(tenantId), sk: `USER#${userId}` }),
  instance: (tenantId: string, instanceId: string): Key => ({ pk: tenantPk(tenantId), sk: `INST#${instanceId}` }),
  instanceName: (tenantId: string, name: string): Key => ({ pk: tenantPk(tenantId), sk: `NAME#${folded(name)}` }),
  apiKey: (tenantId: string, instanceId: string | null, keyId: string): Key => ({
    pk: tenantPk(tenantId),
    sk: `KEY#${instanceId ?? ACCOUNT}#${keyId}`,
  }),
  rateLimit: (subject: string, limitPerHour: number): Key => ({ pk: `RATE#${subject}`, sk: `PERHOUR#${limitPerHour}` }),
  audit: (tenantId: string, atMs: number, id: string): Key => ({
    pk: auditPk(tenantId),
    sk: `AT#${padded(atMs)}#${id}`,
  }),
  email: (email: string): Key => ({ pk: `EMAIL#${folded(email)}`, sk: 'EMAIL' }),
  keyHash: (hash: string): Key => ({ pk: `KEYHASH#${hash}`, sk: 'KEYHASH' }),
  rotation: (dueAtMs: number, keyId: string): Key => ({ pk: ROTATIONS, sk: `${padded(dueAtMs)}#${keyId}` }),
  refresh: (hash: string): Key => ({ pk: `REFRESH#${hash}`, sk: 'REFRESH' }),
  family: (familyId: string): Key => ({ pk: `FAMILY#${familyId}`, sk: 'FAMILY' }),
  idempotency: (tenantId: string, key: string): Key => ({ pk: `IDEM#${tenantId}#${sha256Hex(key)}`, sk: 'IDEM' }),
  throttle: (key: string): Key => ({ pk: `THROTTLE#${sha256Hex(key)}`, sk: 'THROTTLE' }),
  fleetHold: (): Key => ({ pk: 'GATEWAY', sk: 'HELD' }),
  fleetRestart: (): Key => ({ pk: 'GATEWAY', sk: 'RESTART' }),
  firstAccount: (): Key => ({ pk: 'GATEWAY', sk: 'FIRST' }),
  message: (instanceId: string, waId: string, scope: string): Key => ({
    pk: instancePk(instanceId),
    sk: `MSG#${waId}#${scope}`,
  }),
  chat: (instanceId: string, chatId: string): Key => ({ pk: instancePk(instanceId), sk: `CHAT#${chatId}` }),
  contact: (instanceId: string, id: string): Key => ({ pk: instancePk(instanceId), sk: `CONTACT#${id}` }),
  lid: (instanceId: string, lid: string): Key => ({ pk: instancePk(instanceId), sk: `LID#${lid}` }),
  phone: (instanceId: string, phone: string): Key => ({ pk: instancePk(instanceId), sk: `PN#${phone}` }),
  label: (instanceId: string, labelId: string): Key => ({ pk: instancePk(instanceId), sk: `LABEL#${labelId}` }),
  labelled: (instanceId: string, labelId: string, chat: string, messageId: string | null): Key => ({
    pk: instancePk(instanceId),
    sk: `LABELLED#${labelId}#${chat}#${messageId ?? ''}`,
  }),
  presence: (instanceId: string, chat: string, person: string): Key => ({
    pk: instancePk(instanceId),
    sk: `PRESENCE#${chat}#${person}`,
  }),
  command: (instanceId: string, commandId: string): Key => ({ pk: instancePk(instanceId), sk: `CMD#${commandId}` }),
  pending: (shard: number, instanceId: string, commandId: string): Key => ({
    pk: `PEND#${shard}`,
    sk: `${instanceId}#${commandId}`,
  }),
  scheduled: (instanceId: string, waId: string): Key => ({ pk: instancePk(instanceId), sk: `LATER#${waId}` }),
  later: (shard: number, sendAtMs: number, instanceId: string, waId: string): Key => ({
    pk: `LATER#${shard}`,
    sk: `${padded(sendAtMs)}#${instanceId}#${waId}`,
  }),
  bulk: (instanceId: string, bulkId: string): Key => ({ pk: instancePk(instanceId), sk: `BULK#${bulkId}` }),
  bulkLane: (instanceId: string, bulkId: string, laneId: string): Key => ({
    pk: instancePk(instanceId),
    sk: `BULK#${bulkId}#LANE#${laneId}`,
  }),
  bulkPage: (instanceId: string, bulkId: string, page: number): Key => ({
    pk: instancePk(instanceId),
    sk: `BULKPAGE#${bulkId}#${String(page).padStart(4, '0')}`,
  }),
  template: (tenantId: string, name: string): Key => ({ pk: tenantPk(tenantId), sk: `TEMPLATE#${folded(name)}` }),
  event: (stream: string, seq: number): Key => ({ pk: eventPk(stream), sk: `N#${numbered(seq)}` }),
  eventCursor: (stream: string): Key => ({ pk: eventPk(stream), sk: 'CURSOR' }),
  eventSeen: (stream: string, id: string): Key => ({ pk: eventPk(stream), sk: `SEEN#${id}` }),
  eventNumbers: (tenantId: string): Key => ({ pk: eventPk(tenantId), sk: 'NUMBERS' }),
  liveTicket: (hash: string): Key => ({ pk: `TICKET#${hash}`, sk: 'TICKET' }),
  liveConnection: (tenantId: string, id: string): Key => ({ pk: `LIVE#${tenantId}`, sk: `CONN#${id}` }),
  liveConnectionTenant: (id: string): Key => ({ pk: `CONN#${id}`, sk: 'CONN' }),
  eventTold: (tenantId: string, what: string): Key => ({ pk: eventPk(tenantId), sk: `TOLD#${what}` }),
  webhook: (tenantId: string, webhookId: string): Key => ({ pk: tenantPk(tenantId), sk: `HOOK#${webhookId}` }),
  webhookClaim: (tenantId: string, instanceId: string, format: WebhookFormat): Key => ({
    pk: tenantPk(tenantId),
    sk: format === 'a1' ? `HOOKOF#${instanceId}` : `HOOKOF#${instanceId}#${format}`,
  }),
  delivery: (webhookId: string, deliveryId: string): Key => ({ pk: deliveryPk(webhookId), sk: `DLV#${deliveryId}` }),
  webhookLane: (webhookId: string): Key => ({ pk: deliveryPk(webhookId), sk: 'LANE' }),
  due: (webhookId: string, dueAtMs: number, id: string): Key => ({
    pk: `DQ#${webhookId}`,
    sk: `${padded(dueAtMs)}#${id}`,
  }),
  outbox: (shard: number, stream: string, seq: number): Key => ({
    pk: `OUT#${shard}`,
    sk: `${stream}#${numbered(seq)}`,
  }),
  statsHour: (scope: StatsScope, hour: string): Key => ({ pk: statsPk(scope), sk: `HOUR#${hour}` }),
  statsDay: (scope: StatsScope, day: string): Key => ({ pk: statsPk(scope), sk: `DAY#${day}` }),
  statsMonth: (tenantId: string, month: string): Key => ({ pk: statsPk({ tenantId }), sk: `MONTH#${month}` }),
  shard: (shard: number): Key => ({ pk: 'SHARDS', sk: `N#${String(shard).padStart(4, '0')}` }),
  runner: (runnerId: string): Key => ({ pk: 'RUNNERS', sk: `RUN#${runnerId}` }),
  shardInstance: (shard: number, instanceId: string): Key => ({ pk: `SHARD#${shard}`, sk: `INST#${instanceId}` }),

  fence: (instanceId: string): Key => ({ pk: `F#${instanceId}`, sk: 'FENCE' }),
  sessionKey: (instanceId: string, key: string): Key => ({ pk: `K#${instanceId}`, sk: key }),
  sentProto: (instanceId: string, waId: string): Key => ({ pk: `S#${instanceId}`, sk: waId }),
} as const;

/** What is due by a moment, that moment included. */
export const ROTATIONS_UNTIL = (nowMs: number) => ({ pk: ROTATIONS, until: padded(nowMs + 1) });

/** A partition and the beginning of the sort keys that are meant. */
export interface Prefix {
  pk: string;
  prefix: string;
}

export const PREFIXES = {
  users: (tenantId: string): Prefix => ({ pk: tenantPk(tenantId), prefix: 'USER#' }),
  instances: (tenantId: string): Prefix => ({ pk: tenantPk(tenantId), prefix: 'INST#' }),
  apiKeys: (tenantId: string, instanceId: string | null): Prefix => ({
    pk: tenantPk(tenantId),
    prefix: `KEY#${instanceId ?? ACCOUNT}#`,
  }),
  messageScopes: (instanceId: string, waId: string): Prefix => ({ pk: instancePk(instanceId), prefix: `MSG#${waId}#` }),
  contactsByNumber: (instanceId: string): Prefix => ({ pk: instancePk(instanceId), prefix: 'CONTACT#pn:' }),
  pairs: (instanceId: string): Prefix => ({ pk: instancePk(instanceId), prefix: 'LID#' }),
  labels: (instanceId: string): Prefix => ({ pk: instancePk(instanceId), prefix: 'LABEL#' }),
  labelled: (instanceId: string, labelId: string): Prefix => ({
    pk: instancePk(instanceId),
    prefix: `LABELLED#${labelId}#`,
  }),
  presence: (instanceId: string, chat?: string): Prefix => ({
    pk: instancePk(instanceId),
    prefix: chat === undefined ? 'PRESENCE#' : `PRESENCE#${chat}#`,
  }),
  bulk: (instanceId: string, bulkId: string): Prefix => ({ pk: instancePk(instanceId), prefix: `BULK#${bulkId}` }),
  bulks: (instanceId: string): Prefix => ({ pk: instancePk(instanceId), prefix: 'BULK#' }),
  templates: (tenantId: string): Prefix => ({ pk: tenantPk(tenantId), prefix: 'TEMPLATE#' }),
  contacts: (instanceId: string): Prefix => ({ pk: instancePk(instanceId), prefix: 'CONTACT#' }),
  /** Messages, chats, contacts and commands: all that the instance has in the main table's own partition. */
  instanceData: (instanceId: string): Prefix => ({ pk: instancePk(instanceId), prefix: '' }),
  pending: (shard: number, instanceId?: string): Prefix => ({
    pk: `PEND#${shard}`,
    prefix: instanceId === undefined ? '' : `${instanceId}#`,
  }),
  liveConnections: (tenantId: string): Prefix => ({ pk: `LIVE#${tenantId}`, prefix: 'CONN#' }),
  events: (stream: string): Prefix => ({ pk: eventPk(stream), prefix: 'N#' }),
  /** Everything of the events of an instance, marks and cursor too. */
  eventData: (stream: string): Prefix => ({ pk: eventPk(stream), prefix: '' }),
  outbox: (shard: number): Prefix => ({ pk: `OUT#${shard}`, prefix: '' }),
  webhooks: (tenantId: string): Prefix => ({ pk: tenantPk(tenantId), prefix: 'HOOK#' }),
  deliveries: (webhookId: string): Prefix => ({ pk: deliveryPk(webhookId), prefix: '' }),
  due: (webhookId: string): Prefix => ({ pk: `DQ#${webhookId}`, prefix: '' }),
  shards: (): Prefix => ({ pk: 'SHARDS', prefix: 'N#' }),
  runners: (): Prefix => ({ pk: 'RUNNERS', prefix: 'RUN#' }),
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

/** Keys of a chat in the index of latest activity. */
export const CHAT_INDEX = {
  pk: (instanceId: string) => `I#${instanceId}#CHAT`,
  sk: (lastMessageAtMs: number, chatId: string) => `${padded(lastMessageAtMs)}#${chatId}`,
} as const;

/** Keys of what an instance has scheduled, by time. */
export const SCHEDULED_INDEX = {
  pk: (instanceId: string) => `I#${instanceId}#LATER`,
  sk: (sendAtMs: number, waId: string) => `${padded(sendAtMs)}#${waId}`,
} as const;

/** What of a shard is to be sent by then. */
export const LATER_RANGE = (shard: number, byMs: number) => ({
  pk: `LATER#${shard}`,
  to: `${padded(byMs)}#\u{10ffff}`,
});

/** Keys of what is due in the index of a shard. */
export const DUE_INDEX = {
  pk: (shard: number) => `DUE#${shard}`,
  sk: (webhookId: string, dueAtMs: number, id: string) => `${webhookId}#${padded(dueAtMs)}#${id}`,
  /** After everything of the endpoint. */
  after: (webhookId: string) => `${webhookId}#~`,
} as const;

/** Bounds of what is due at an endpoint by then. */
export const DUE_RANGE = (byMs: number) => ({ from: '0', to: `${padded(byMs)}#\u{10ffff}` });

/** The deliveries of an endpoint between two ids, both included. */
export const DELIVERY_RANGE = (webhookId: string, fromId: string, toId: string) => ({
  pk: deliveryPk(webhookId),
  from: `DLV#${fromId}`,
  to: `DLV#${toId}`,
});

/** The audit entries of a tenant from `fromMs` to `toMs`, both included. */
export const AUDIT_RANGE = (tenantId: string, fromMs = 0, toMs = MAX_TIMESTAMP_MS) => ({
  pk: auditPk(tenantId),
  from: `AT#${padded(fromMs)}`,
  to: `AT#${padded(toMs)}#\u{10ffff}`,
});

/** Sort keys of counters end in the day or hour that they are about. */
export const STATS_INDEX = {
  period: (sk: string) => sk.slice(sk.indexOf('#') + 1),
} as const;

/** Numbers of events sort as text. */
function numbered(seq: number): string {
  return String(seq).padStart(12, '0');
}

const MAX_TIMESTAMP_MS = 9_999_999_999_999;

function padded(timestampMs: number): string {
  return String(Math.min(Math.max(Math.trunc(timestampMs), 0), MAX_TIMESTAMP_MS)).padStart(13, '0');
}

/** Names and e-mail addresses are compared without regard to case. */
function folded(text: string): string {
  return text.trim().normalize('NFC').toLowerCase();
}
