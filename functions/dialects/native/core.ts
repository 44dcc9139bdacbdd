import type { Dialect } from '../dialect.ts';
import { authRoutes } from './auth.ts';
import { browserSessionRoutes } from './browser-session.ts';
import { dashboardRoutes } from './dashboard.ts';
import { fail, succeed } from './envelope.ts';
import { healthRoutes } from './health.ts';
import { instanceRoutes } from './instances.ts';
import { keyRoutes } from './keys.ts';
import { liveRoutes } from './live.ts';
import { mediaRoutes } from './media.ts';
import { messageActRoutes } from './message-acts.ts';
import { messageRoutes } from './messages.ts';
import { messagesByNameRoutes } from './messages-by-name.ts';
import { profileRoutes } from './profile.ts';
import { sendingRoutes } from './sending.ts';
import { subscriptionRoutes } from './subscription.ts';
import { systemRoutes } from './system.ts';
import { testHelperRoutes } from './test-helpers.ts';

/** What is asked for most of the gateway's own face, and so loaded by every process; `index.ts` has the whole. */
export const nativeCore: Dialect = {
  name: 'native',
  credential: (header) => {
    const bearer = /^Bearer +(\S+) *$/i.exec(header('authorization') ?? '')?.[1];
    return bearer ?? (header('authorization') === undefined ? header('x-api-key') : undefined);
  },
  routes: [
    ...authRoutes,
    ...browserSessionRoutes,
    ...profileRoutes,
    ...subscriptionRoutes,
    ...instanceRoutes,
    ...keyRoutes,
    ...sendingRoutes,
    ...messageActRoutes,
    ...messageRoutes,
    ...messagesByNameRoutes,
    ...mediaRoutes,
    ...healthRoutes,
    ...dashboardRoutes,
    ...liveRoutes,
    ...systemRoutes,
    ...testHelperRoutes,
  ],
  succeed,
  fail,
};
