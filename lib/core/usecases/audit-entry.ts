import type { Principal } from '../model/account.ts';
import type { AuditAction, AuditActor, AuditEntry, AuditTarget, Origin } from '../model/audit.ts';
import { newSortableId } from '../model/ids.ts';
import type { Ports } from '../ports/index.ts';

const DAY_MS = 86_400_000;
const MAX_USER_AGENT_LENGTH = 256;

/** What a management write is about. */
export interface AuditedWrite {
  action: AuditAction;
  target: AuditTarget;
  /** Fields of the target before and after; of an update, those that it names. Secrets are left out by name. */
  before?: object | null;
  after?: object | null;
}

/** The record of a write by a caller, for the store that writes it in the same transaction. */
export function auditEntry(
  ports: Pick<Ports, 'policy' | 'clock'>,
  principal: Principal,
  write: AuditedWrite,
): AuditEntry {
  return auditEntryOf(ports, principal.tenantId, actorOf(principal), principal.origin, write);
}

/** The record of a write by somebody who is no principal: the operator, or a user who is only just being made. */
export function auditEntryOf(
  ports: Pick<Ports, 'policy' | 'clock'>,
  tenantId: string,
  actor: AuditActor,
  origin: Origin,
  { action, target, before = null, after = null }: AuditedWrite,
): AuditEntry {
  const atMs = ports.clock();
  return {
    id: newSortableId('aud', atMs),
    tenantId,
    action,
    actor,
    target,
    origin: { address: origin.address, userAgent: origin.userAgent?.slice(0, MAX_USER_AGENT_LENGTH) ?? null },
    before: before && withoutSecrets(before),
    after: after && withoutSecrets(after),
    atMs,
    keepUntilMs: atMs + ports.policy.auditRetentionDays * DAY_MS,
  };
}

function actorOf(principal: Principal): AuditActor {
  return principal.kind === 'user'
    ? { kind: 'user', id: principal.userId, name: principal.name }
    : { kind: 'key', id: principal.keyId, name: principal.keyName };
}

const SECRET_NAME = /password$|passwordhash$|secret$|token$|^hash$|^key$/i;

/** A net under the callers, who choose the fields: whatever is called like a secret does not get in. */
function withoutSecrets(fields: object): Record<string, unknown> {
  const entries = Object.entries(fields).filter(([name, value]) => value !== undefined && !SECRET_NAME.test(name));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, isPlainObject(value) ? withoutSecrets(value) : value]),
  );
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
