import { GatewayError, notFound } from '../errors.ts';
import type { Permission, Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';

export type UserPrincipal = Extract<Principal, { kind: 'user' }>;
export type KeyPrincipal = Extract<Principal, { kind: 'key' }>;

/**
 * A signed-in user may do whatever their instances allow; an API key only what it carries. `null` is never by API key.
 * @throws GatewayError PERMISSION_DENIED
 */
export function requirePermission(principal: Principal, permission: Permission | null): void {
  if (principal.kind === 'user') return;
  if (permission !== null && principal.permissions.includes(permission)) return;
  throw new GatewayError(
    'PERMISSION_DENIED',
    permission === null ? 'An API key cannot do this.' : `This API key lacks the permission ${permission}.`,
    permission === null ? {} : { permission },
  );
}

/** @throws GatewayError PERMISSION_DENIED for an API key */
export function requireUser(principal: Principal): UserPrincipal {
  if (principal.kind !== 'user') {
    throw new GatewayError('PERMISSION_DENIED', 'This needs a signed-in user, not an API key.');
  }
  return principal;
}

/**
 * Whoever manages instances or webhooks: a signed-in user, or an API key with the permission for it. What is made is
 * `userId`'s, the key's maker's.
 * @throws GatewayError PERMISSION_DENIED
 */
export function requireManager(
  principal: Principal,
  permission: 'instance:manage' | 'webhook:manage',
): { tenantId: string; userId: string } {
  requirePermission(principal, permission);
  const userId = principal.kind === 'user' ? principal.userId : principal.createdById;
  return { tenantId: principal.tenantId, userId };
}

/** True for whom the whole subscription is in reach: an ADMINISTRATOR, and a key of the account. */
export function reachesAccount(principal: Principal): boolean {
  return principal.kind === 'key' ? principal.instanceId === null : principal.role === 'ADMINISTRATOR';
}

/** @throws GatewayError PERMISSION_DENIED */
export function requireAccountReach(principal: Principal): void {
  if (reachesAccount(principal)) return;
  const who = principal.kind === 'key' ? 'an API key of the account' : 'an administrator';
  throw new GatewayError('PERMISSION_DENIED', `This needs ${who}.`);
}

/** @throws GatewayError PERMISSION_DENIED for an API key, and for a user who is no ADMINISTRATOR */
export function requireAdministrator(principal: Principal): UserPrincipal {
  const user = requireUser(principal);
  if (user.role === 'ADMINISTRATOR') return user;
  throw new GatewayError('PERMISSION_DENIED', 'This needs an administrator.');
}

/**
 * Same tenant, and: for a key its own instance (any for a key of the account) if it is of the key's environment, for a
 * USER one they created, for an ADMINISTRATOR any.
 */
export function mayReach(principal: Principal, instance: Instance): boolean {
  if (instance.tenantId !== principal.tenantId) return false;
  if (principal.kind === 'key') {
    if (principal.environment !== null && instance.environment !== principal.environment) return false;
    return principal.instanceId === null || instance.id === principal.instanceId;
  }
  return principal.role === 'ADMINISTRATOR' || instance.createdById === principal.userId;
}

/** @throws GatewayError RESOURCE_NOT_FOUND, the same as for an instance that does not exist */
export function requireReach(principal: Principal, instance: Instance): void {
  if (!mayReach(principal, instance)) throw notFound('instance');
}
