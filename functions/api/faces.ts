import type { Dialect } from '../dialects/dialect.ts';

/**
 * A face besides the gateway's own. Its table, and the schemas in it, are loaded with the first request that may be its:
 * most processes never see one, and a cold start would pay for it.
 */
export interface Face {
  name: string;
  /** Paths that any of its routes can match begin with one of these; others may, too. */
  prefixes: readonly string[];
  load(): Promise<Dialect>;
}

export const FACES: readonly Face[] = [
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

/** Whether a request for the path may be the face's. A prefix ends where a segment does. */
export function mayServe({ prefixes }: Pick<Face, 'prefixes'>, path: string): boolean {
  return prefixes.some((prefix) => path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`));
}
