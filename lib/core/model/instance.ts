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
  /** Announce presence "available" on connecting; the phone then stops notifying. */
  markOnline: boolean;
  /** Refuse incoming calls. */
  rejectCalls: boolean;
  /** Tell senders when their messages are marked as read. */
  readReceipts: boolean;
  /** URL of the proxy that the session connects through (http, https, socks5), with its password. */
  proxy: string | null;
}

export const DEFAULT_SETTINGS: InstanceSettings = {
  autoReconnect: true,
  messageDelay: 0,
  markOnline: false,
  rejectCalls: false,
  readReceipts: true,
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
};

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
