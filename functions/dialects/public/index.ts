import type { DescribedDialect } from '../../docs/openapi.ts';
import type { Dialect } from '../dialect.ts';
import { contactRoutes } from './contacts.ts';
import { deviceRoutes } from './devices.ts';
import { ERROR, fail, rateHeaders } from './envelope.ts';
import { keyRoutes } from './keys.ts';
import { messageRoutes } from './messages.ts';
import { webhookRoutes } from './webhooks.ts';

/** Document D: a public API with scoped keys of one environment. */
export const publicDialect: Dialect = {
  name: 'public',
  credential: (header) => /^Bearer +(\S+) *$/i.exec(header('authorization') ?? '')?.[1] ?? header('x-api-key'),
  routes: [...messageRoutes, ...deviceRoutes, ...contactRoutes, ...webhookRoutes, ...keyRoutes],
  succeed: ({ data }) => data,
  fail,
  rateHeaders,
};

export const describedPublic: DescribedDialect = {
  dialect: publicDialect,
  error: ERROR,
  envelope: (_route, data) => data,
};
