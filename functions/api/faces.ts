import type { Dialect } from '../dialects/dialect.ts';

/**
 * A part of the API whose table, and the schemas in it, are loaded with the first request that may be its: most processes
 * never see one, and a cold start would pay for it.
 */
export interface Face {
  name: string;
  /** What the paths of all its routes begin with; `:` is any segment. Other paths may begin so, too. */
  prefixes: readonly string[];
  load(): Promise<Dialect>;
}

const ofInstances = (...families: string[]) => families.map((family) => `/api/instances/:/${family}`);

export const FACES: readonly Face[] = [
  {
    name: 'rest of native',
    prefixes: [
      ...['/api/audit', '/api/contacts', '/api/messages/bulk', '/api/messages/template', '/api/stats'],
      ...['/api/subscription/stats', '/api/templates', '/api/users', '/api/webhooks'],
      ...ofInstances('bulk', 'business', 'calls', 'channels', 'chats', 'communities', 'contacts', 'groups', 'labels'),
      ...ofInstances('lids', 'presence', 'privacy', 'profile', 'scheduled', 'stats', 'status', 'webhook'),
    ],
    load: async () => (await import('../dialects/native/index.ts')).restOfNative,
  },
  {
    name: 'sessions',
    prefixes: ['/api/login', '/api/register', '/api/sessions', '/api/send'],
    load: async () => (await import('../dialects/sessions/index.ts')).sessionsDialect,
  },
  {
    name: 'gateway',
    prefixes: [
      ...['/api/auth/generate-key', '/api/channels', '/api/contacts/', '/api/events', '/api/groups', '/api/instance'],
      ...['/api/labels', '/api/media/', '/api/message', '/api/observability', '/api/presence', '/api/profile/'],
      ...['/api/status', '/api/webhook'],
    ],
    load: async () => (await import('../dialects/gateway/index.ts')).gatewayDialect,
  },
  {
    name: 'public',
    prefixes: ['/api/public', '/api/v1'],
    load: async () => (await import('../dialects/public/index.ts')).publicDialect,
  },
];

const patterns = new Map<string, RegExp>();

/** Whether a request for the path may be the face's. A prefix ends where a segment does. */
export function mayServe({ prefixes }: Pick<Face, 'prefixes'>, path: string): boolean {
  return prefixes.some((prefix) => patternOf(prefix).test(path));
}

function patternOf(prefix: string): RegExp {
  const known = patterns.get(prefix);
  if (known) return known;
  const pattern = new RegExp(`^${prefix.replaceAll(':', '[^/]+')}${prefix.endsWith('/') ? '' : '(/|$)'}`);
  patterns.set(prefix, pattern);
  return pattern;
}
