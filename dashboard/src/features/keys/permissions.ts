import type { ApiKey } from '../../api/types.ts';

export type Permission = ApiKey['permissions'][number];
/** Names of `locales` under `groups`. */
export type PermissionGroup = 'messages' | 'people' | 'groups' | 'profile' | 'gateway';

/** What a key can be allowed, as people look for it. */
const GROUP_OF: Record<Permission, PermissionGroup> = {
  'message:send': 'messages',
  'message:read': 'messages',
  'media:write': 'messages',
  'status:send': 'messages',
  'chat:read': 'messages',
  'chat:write': 'messages',
  'contact:check': 'people',
  'contact:read': 'people',
  'contact:write': 'people',
  'presence:read': 'people',
  'presence:write': 'people',
  'label:read': 'people',
  'label:write': 'people',
  'call:write': 'people',
  'group:read': 'groups',
  'group:write': 'groups',
  'channel:read': 'groups',
  'channel:write': 'groups',
  'profile:read': 'profile',
  'profile:write': 'profile',
  'business:read': 'profile',
  'instance:read': 'gateway',
  'instance:manage': 'gateway',
  'webhook:manage': 'gateway',
};

export const PERMISSIONS = Object.keys(GROUP_OF) as Permission[];

export const PERMISSION_GROUPS: readonly { group: PermissionGroup; values: Permission[] }[] = [
  ...new Set(Object.values(GROUP_OF)),
].map((group) => ({ group, values: PERMISSIONS.filter((name) => GROUP_OF[name] === group) }));

/** What most keys are for. `some`: chosen one by one. */
export type Preset = 'send' | 'read' | 'all' | 'some';

const PRESETS: Record<Exclude<Preset, 'some'>, Permission[]> = {
  send: ['message:send', 'message:read', 'media:write', 'contact:check', 'instance:read'],
  read: PERMISSIONS.filter((name) => name.endsWith(':read')),
  all: PERMISSIONS,
};

export function permissionsOf(preset: Preset, chosen: readonly Permission[]): Permission[] {
  return preset === 'some' ? [...chosen] : PRESETS[preset];
}

export function presetOf(permissions: readonly Permission[]): Preset {
  const has = new Set(permissions);
  const found = (['send', 'read', 'all'] as const).find((preset) => {
    return PRESETS[preset].length === has.size && PRESETS[preset].every((name) => has.has(name));
  });
  return found ?? 'some';
}
