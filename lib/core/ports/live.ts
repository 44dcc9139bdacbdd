import type { Role } from '../model/account.ts';

/** What opens one WebSocket once. Only its SHA-256 is kept. */
export interface LiveTicket {
  hash: string;
  tenantId: string;
  userId: string;
  /** ms since epoch. */
  issuedAtMs: number;
  expiresAtMs: number;
}

/** Per stream (instance or tenant id) how far a viewer has been told: see `functions/live/cursor.ts`. */
export type LivePositions = Record<string, number>;

/** A WebSocket that a front end of its own holds (API Gateway), as it is kept between two invocations. */
export interface LiveConnection {
  id: string;
  tenantId: string;
  userId: string;
  role: Role;
  /** The session that it watches (`/api/ws/:id`); null: everything that its user may see. */
  instanceId: string | null;
  positions: LivePositions;
  /** Events before it can be told come from the rows: set until the client has asked for them. */
  resumeFrom: string | null;
  /** It is told what becomes of messages, too. */
  followsMessages: boolean;
  /** ms since epoch. */
  connectedAtMs: number;
  expiresAtMs: number;
}

/** Asks for the first frame of a session's WebSocket: before `$connect` has answered, nothing can be sent over it. */
export interface LiveGreeting {
  v: 1;
  connectionId: string;
  /** Said instead of what the session shows: why it was not opened. */
  error?: string | undefined;
}

export interface LiveStore {
  createTicket(ticket: LiveTicket): Promise<void>;
  /** Takes a ticket away and returns it: of two at the same time one gets it. undefined: unknown, used or expired. */
  takeTicket(hash: string): Promise<LiveTicket | undefined>;
  /** Number of the last event that was told, per stream; 0 where none was. Consistent; one round trip. */
  lastTold(streamIds: readonly string[]): Promise<Map<string, number>>;

  connect(connection: LiveConnection): Promise<void>;
  findConnection(id: string): Promise<LiveConnection | undefined>;
  /** Live ones of a tenant. */
  connections(tenantId: string): Promise<LiveConnection[]>;
  /** Moves positions forward and clears `resumeFrom`; does nothing when the connection is gone. */
  moved(connection: LiveConnection, positions: LivePositions): Promise<void>;
  disconnect(id: string): Promise<void>;
}

/** Sends over a WebSocket that a front end of its own holds. */
export interface LiveSockets {
  /** `gone`: there is no such connection any more. @throws when the front end does not take it */
  send(connectionId: string, text: string): Promise<'sent' | 'gone'>;
  /** Also when there is no such connection. */
  close(connectionId: string): Promise<void>;
}
