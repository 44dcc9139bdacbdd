import { PERMISSIONS, type Permission } from '../../../lib/core/model/account.ts';

/** Document D's scopes in the gateway's permissions. */
const GRANTS = {
  'messages:send': ['message:send', 'media:write', 'presence:write'],
  'messages:read': ['message:read', 'chat:read', 'presence:read'],
  'devices:read': ['instance:read', 'profile:read', 'business:read', 'group:read', 'channel:read', 'label:read'],
  'devices:manage': [
    ...(['instance:manage', 'profile:write', 'group:write', 'channel:write', 'label:write'] as const),
    ...(['call:write', 'status:send', 'chat:write'] as const),
  ],
  'contacts:read': ['contact:read', 'contact:check'],
  'contacts:write': ['contact:write'],
  'webhooks:manage': ['webhook:manage'],
} as const satisfies Record<string, readonly Permission[]>;

export type Scope = keyof typeof GRANTS;
export const SCOPES = Object.keys(GRANTS) as [Scope, ...Scope[]];
export const DEFAULT_SCOPES: Scope[] = ['messages:send', 'messages:read', 'devices:read'];

export function permissionsOf(scopes: readonly Scope[]): Permission[] {
  return PERMISSIONS.filter((permission) => scopes.some((scope) => grants(scope, permission)));
}

/** The scopes of which a key has everything. */
export function scopesOf(permissions: readonly Permission[]): Scope[] {
  return SCOPES.filter((scope) => GRANTS[scope].every((permission) => permissions.includes(permission)));
}

/** The scope that has a permission; for errors. */
export function scopeFor(permission: string): Scope | undefined {
  return SCOPES.find((scope) => grants(scope, permission));
}

function grants(scope: Scope, permission: string): boolean {
  return (GRANTS[scope] as readonly string[]).includes(permission);
}
