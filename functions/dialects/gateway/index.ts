import type { DescribedDialect } from '../../docs/openapi.ts';
import type { Dialect } from '../dialect.ts';
import { authRoutes } from './auth.ts';
import { channelRoutes } from './channels.ts';
import { chatRoutes } from './chats.ts';
import { choiceRoutes } from './choices.ts';
import { contactRoutes } from './contacts.ts';
import { ERROR, fail, rateHeaders } from './envelope.ts';
import { groupRoutes } from './groups.ts';
import { instanceRoutes } from './instances.ts';
import { labelRoutes } from './labels.ts';
import { lidRoutes } from './lids.ts';
import { mediaRoutes } from './media.ts';
import { messageActRoutes } from './message-acts.ts';
import { messageRoutes } from './messages.ts';
import { observabilityRoutes } from './observability.ts';
import { presenceRoutes } from './presence.ts';
import { profileRoutes } from './profile.ts';
import { statusRoutes } from './status.ts';
import { webhookRoutes } from './webhooks.ts';

/** Document C: a gateway over instances, with account-wide keys in `X-API-Key`. */
export const gatewayDialect: Dialect = {
  name: 'gateway',
  credential: (header) => header('x-api-key') ?? /^Bearer +(\S+) *$/i.exec(header('authorization') ?? '')?.[1],
  routes: [
    ...authRoutes,
    ...instanceRoutes,
    ...messageRoutes,
    ...choiceRoutes,
    ...messageActRoutes,
    ...chatRoutes,
    ...groupRoutes,
    ...statusRoutes,
    ...channelRoutes,
    ...contactRoutes,
    ...lidRoutes,
    ...presenceRoutes,
    ...labelRoutes,
    ...mediaRoutes,
    ...profileRoutes,
    ...webhookRoutes,
    ...observabilityRoutes,
  ],
  // Its answers differ too much for one envelope: each row makes its own body.
  succeed: ({ data }) => data,
  fail,
  rateHeaders,
};

export const describedGateway: DescribedDialect = {
  dialect: gatewayDialect,
  error: ERROR,
  envelope: (_route, data) => data,
};
