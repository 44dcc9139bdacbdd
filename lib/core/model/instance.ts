import { sha256Hex } from './ids.ts';

/**
 * The life of an instance as callers see it:
 *
 *   DISCONNECTED ──connect──► CONNECTING ──qr──► WAITING_FOR_SCAN ──scan──► CONNECTING ──► CONNECTED
 *        ▲                        ▲                     │ (nobody scans)                      │
 *        └────────────────────────┼─────────────────────┘                                     │
 *                                 └──────────── RECONNECTING ◄──── lost connection ───────────┤
 *   LOGGED_OUT ◄── unlinked on the phone (401) · CONFLICT ◄── somebody else's socket (440) ───┤
 *   BANNED ◄── 403 · ERROR ◄── what only a person can mend ───────────────────────────────────┘
 */
export const INSTANCE_STATUSES = [
  'DISCONNECTED',
  'CONNECTING',
  'WAITING_FOR_SCAN',
  'CONNECTED',
  'RECONNECTING',
  'LOGGED_OUT',
  'CONFLICT',
  'BANNED',
  'ERROR',
] as const;
export type InstanceStatus = (typeof INSTANCE_STATUSES)[number];

/** `test` instances live on the sandbox network and never reach a real phone. */
export type Environment = 'live' | 'test';

export interface InstanceSettings {
  /** Reconnect by itself after a lost connection. */
  autoReconnect: boolean;
  /** Least time between two sends of this instance, in ms. */
  messageDelay: number;
  /** Answer as a person would, and space new chats; null: instances on the real network do, test instances do not. */
  pacing: boolean | null;
  /** Least time between two new chats of a paced instance, in ms; by chance up to twice as long. */
  newChatDelay: number;
  /** Announce presence "available" on connecting; the phone then stops notifying. */
  markOnline: boolean;
  /** Refuse incoming calls. */
  rejectCalls: boolean;
  /** What a caller who was rejected is written; null: nothing. */
  rejectCallsReply: string | null;
  /** Tell senders when their messages are marked as read. */
  readReceipts: boolean;
  /** Fetch the files of received messages as they come; else when somebody asks for them. */
  mediaDownload: boolean;
  /** Larger files are fetched only when somebody asks for them. */
  mediaMaxBytes: number;
  /** URL of the proxy that the session connects through (http, https, socks5), with its password. */
  proxy: string | null;
}

export const DEFAULT_SETTINGS: InstanceSettings = {
  autoReconnect: true,
  messageDelay: 0,
  pacing: null,
  newChatDelay: 30_000,
  markOnline: false,
  rejectCalls: false,
  rejectCallsReply: null,
  readReceipts: true,
  mediaDownload: true,
  mediaMaxBytes: 16 * 1_024 * 1_024,
  proxy: null,
};

/** In place of a proxy's password, wherever settings are shown. */
const HIDDEN_PASSWORD = '***';

/** The settings as they may be shown: a proxy's password is hidden. */
export function publicSettings<T extends Partial<InstanceSettings>>(settings: T): T {
  if (!settings.proxy) return settings;
  const url = new URL(settings.proxy);
  if (url.password) url.password = HIDDEN_PASSWORD;
  return { ...settings, proxy: url.href };
}

/** How the session does, as its runner measured it; reported at most every 30 s, and only while messages are sent. */
export interface SessionHealth {
  /** Running mean from sending to WhatsApp's ack, in ms. */
  ackLatencyMs: number | null;
  /** Resident memory of the runner's process, which other sessions share. */
  runnerMemoryBytes: number;
  /** ms since epoch. */
  measuredAtMs: number;
}

/** How far an account has used up the new chats that WhatsApp allows it. */
export const NEW_CHAT_CAPS = ['NONE', 'FIRST_WARNING', 'SECOND_WARNING', 'CAPPED'] as const;
export type NewChatCap = (typeof NEW_CHAT_CAPS)[number];

/** Limits that WhatsApp has put on an account, as it told of them. Times are ISO 8601. */
export interface AccountHealth {
  /** While it is set the account may not begin chats; `until` null: no end is known. */
  timeLock: { type: string; until: string | null } | null;
  newChats: { status: NewChatCap; used: number | null; quota: number | null; cycleEndsAt: string | null } | null;
  /** When a message to somebody new was last refused (463). */
  refusedAt: string | null;
}

/** What the runner reports of a session. Written only under the instance's fence. */
export interface InstanceState {
  status: InstanceStatus;
  /** Linked: credentials exist, messages are accepted and wait when the connection is down. */
  linked: boolean;
  /** Raw text of the current QR code, with its end. */
  qr: { text: string; expiresAt: string } | null;
  /** Current pairing code, the alternative to the QR. */
  pairingCode: { code: string; phone: string; expiresAt: string } | null;
  /** Digits of the linked number, and its LID. */
  phone: string | null;
  lid: string | null;
  displayName: string | null;
  lastConnectedAt: string | null;
  /** Connection attempts since the last success. */
  connectionAttempts: number;
  nextRetryAt: string | null;
  lastError: string | null;
  lastErrorAt: string | null;
  health: SessionHealth | null;
  /** null: WhatsApp has told of no limit. */
  account: AccountHealth | null;
  /** Of a paced instance: when the next chat may be begun. */
  nextNewChatAt: string | null;
}

export const INITIAL_STATE: InstanceState = {
  status: 'DISCONNECTED',
  linked: false,
  qr: null,
  pairingCode: null,
  phone: null,
  lid: null,
  displayName: null,
  lastConnectedAt: null,
  connectionAttempts: 0,
  nextRetryAt: null,
  lastError: null,
  lastErrorAt: null,
  health: null,
  account: null,
  nextNewChatAt: null,
};

/** After a refusal no new chat is begun for so long. */
const REFUSAL_STOP_MS = 3_600_000;

/** Why an account should begin no chats now, and until when, if that is known; undefined: it may. */
export function newChatStop(
  account: AccountHealth | null,
  nowMs: number,
): { reason: 'REACHOUT_TIME_LOCK' | 'NEW_CHATS_CAPPED' | 'REACHOUT_LIMITED'; until: string | null } | undefined {
  if (!account) return undefined;
  const { timeLock, newChats, refusedAt } = account;
  const lasts = (until: string | null) => until === null || Date.parse(until) > nowMs;
  if (timeLock && lasts(timeLock.until)) return { reason: 'REACHOUT_TIME_LOCK', until: timeLock.until };
  const isCapped = newChats?.status === 'SECOND_WARNING' || newChats?.status === 'CAPPED';
  if (newChats && isCapped && lasts(newChats.cycleEndsAt)) {
    return { reason: 'NEW_CHATS_CAPPED', until: newChats.cycleEndsAt };
  }
  const stopsUntilMs = refusedAt === null ? 0 : Date.parse(refusedAt) + REFUSAL_STOP_MS;
  if (stopsUntilMs <= nowMs) return undefined;
  return { reason: 'REACHOUT_LIMITED', until: new Date(stopsUntilMs).toISOString() };
}

/** Are the messages of this instance paced? */
export function isPaced({ pacing }: Pick<InstanceSettings, 'pacing'>, environment: Environment): boolean {
  return pacing ?? environment === 'live';
}

/** Do they leave one at a time, with a pause between them? */
export function isSpaced({ pacing, messageDelay }: InstanceSettings, environment: Environment): boolean {
  return messageDelay > 0 || isPaced({ pacing }, environment);
}

export interface Instance {
  id: string;
  tenantId: string;
  /** Unique in the tenant without regard to case. */
  name: string;
  /** What people call it, in any words; null: nothing else than its name. */
  title: string | null;
  environment: Environment;
  /** Chosen at creation and stored, so that the number of shards can grow without moving anybody. */
  shard: number;
  createdById: string;
  createdAt: string;
  settings: InstanceSettings;
  state: InstanceState;
  /** When it went up and down in the last 30 days, by turns, in ms since epoch; see model/uptime.ts. */
  connections?: readonly number[];
}

const NUMBER_HEX_DIGITS = 12;
const LEAST_NUMBER = 1_000_000_000;

/** The id of an instance as document B writes ids: 10 to 15 digits, which follow from its own id and so never change. */
export function sessionNumber(instanceId: string): string {
  return String(LEAST_NUMBER + Number.parseInt(sha256Hex(instanceId).slice(0, NUMBER_HEX_DIGITS), 16));
}

/**
 * May a message be accepted? A linked session may be away for a moment: the command waits for it.
 * Stopped states (logged out, banned, conflict) refuse at once.
 */
export function acceptsMessages(state: InstanceState): boolean {
  return state.linked && !['LOGGED_OUT', 'BANNED', 'CONFLICT', 'ERROR', 'DISCONNECTED'].includes(state.status);
}
