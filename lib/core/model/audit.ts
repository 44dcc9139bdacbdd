/** Where a request came from. `address` is the caller's own IP address as far as the gateway can vouch for it. */
export interface Origin {
  address: string | null;
  userAgent: string | null;
  /** Of the request, as its answer and the logs have it. */
  requestId?: string;
}

/** Management writes that are recorded. The names are what callers filter by. */
export const AUDIT_ACTIONS = [
  'REGISTER',
  'CHANGE_PASSWORD',
  'UPDATE_PROFILE',
  'CREATE_USER',
  'UPDATE_USER',
  'DELETE_USER',
  'UPDATE_SUBSCRIPTION',
  'CREATE_INSTANCE',
  'UPDATE_INSTANCE',
  'DELETE_INSTANCE',
  'RESTART_INSTANCE',
  'LOGOUT_INSTANCE',
  'DISCONNECT_INSTANCE',
  'CREATE_API_KEY',
  'UPDATE_API_KEY',
  'ROTATE_API_KEY',
  'REVOKE_API_KEY',
  'CREATE_WEBHOOK',
  'UPDATE_WEBHOOK',
  'DELETE_WEBHOOK',
  'CREATE_TEMPLATE',
  'UPDATE_TEMPLATE',
  'DELETE_TEMPLATE',
  'RESTART_RUNNERS',
  'STOP_RUNNERS',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Who did it; `name` as it was at that moment. An operator is whoever runs the gateway itself. */
export interface AuditActor {
  kind: 'user' | 'key' | 'operator';
  id: string;
  name: string;
}

/** What it was done to; `name` as it was at that moment. */
export interface AuditTarget {
  kind: 'user' | 'subscription' | 'instance' | 'key' | 'webhook' | 'template';
  id: string;
  name: string;
}

/** One management write as it is kept. Written in the transaction of the write itself and never changed. */
export interface AuditEntry {
  /** Sorts by time. */
  id: string;
  tenantId: string;
  action: AuditAction;
  actor: AuditActor;
  target: AuditTarget;
  origin: Origin;
  /** The fields that the write is about; null where there was, or is, nothing. Without secrets. */
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  atMs: number;
  /** Kept until then, ms since epoch. */
  keepUntilMs: number;
}
