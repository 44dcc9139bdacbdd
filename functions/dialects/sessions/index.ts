import type { DescribedDialect } from '../../docs/openapi.ts';
import type { Dialect } from '../dialect.ts';
import { actRoutes } from './acts.ts';
import { authRoutes } from './auth.ts';
import { chatRoutes } from './chats.ts';
import { ERROR, fail } from './envelope.ts';
import { messageRoutes } from './messages.ts';
import { sessionRoutes } from './sessions.ts';

/** Document B: a multi-session API with numeric session ids. */
export const sessionsDialect: Dialect = {
  name: 'sessions',
  credential: (header) => /^Bearer +(\S+) *$/i.exec(header('authorization') ?? '')?.[1] ?? header('x-api-key'),
  routes: [...authRoutes, ...sessionRoutes, ...messageRoutes, ...actRoutes, ...chatRoutes],
  succeed: ({ data }) => data,
  fail,
};

export const describedSessions: DescribedDialect = {
  dialect: sessionsDialect,
  error: ERROR,
  envelope: (_route, data) => data,
};
