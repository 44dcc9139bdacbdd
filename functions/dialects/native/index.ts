import type { Dialect } from '../dialect.ts';
import { accountRoutes } from './account.ts';
import { auditRoutes } from './audit.ts';
import { authRoutes } from './auth.ts';
import { browserSessionRoutes } from './browser-session.ts';
import { bulkRoutes } from './bulk.ts';
import { channelRoutes } from './channels.ts';
import { chatRoutes } from './chats.ts';
import { communityRoutes } from './communities.ts';
import { contactRoutes } from './contacts.ts';
import { nativeCore } from './core.ts';
import { dashboardRoutes } from './dashboard.ts';
import { groupRoutes } from './groups.ts';
import { healthRoutes } from './health.ts';
import { instanceWebhookRoutes } from './instance-webhook.ts';
import { instanceRoutes } from './instances.ts';
import { keyRoutes } from './keys.ts';
import { labelRoutes } from './labels.ts';
import { liveRoutes } from './live.ts';
import { mediaRoutes } from './media.ts';
import { messageActRoutes } from './message-acts.ts';
import { messageRoutes } from './messages.ts';
import { messagesByNameRoutes } from './messages-by-name.ts';
import { peopleRoutes } from './people.ts';
import { profileRoutes } from './profile.ts';
import { scheduledRoutes } from './scheduled.ts';
import { sendingRoutes } from './sending.ts';
import { statsRoutes } from './stats.ts';
import { statusRoutes } from './status.ts';
import { subscriptionRoutes } from './subscription.ts';
import { systemRoutes } from './system.ts';
import { templateRoutes } from './templates.ts';
import { testHelperRoutes } from './test-helpers.ts';
import { userRoutes } from './users.ts';
import { webhookRoutes } from './webhooks.ts';

/** The gateway's own face: documents A1 and A2. */
export const nativeDialect: Dialect = {
  ...nativeCore,
  routes: [
    ...authRoutes,
    ...browserSessionRoutes,
    ...userRoutes,
    ...profileRoutes,
    ...subscriptionRoutes,
    ...auditRoutes,
    ...instanceRoutes,
    ...instanceWebhookRoutes,
    ...webhookRoutes,
    ...keyRoutes,
    ...sendingRoutes,
    ...scheduledRoutes,
    ...bulkRoutes,
    ...templateRoutes,
    ...messageActRoutes,
    ...messageRoutes,
    ...messagesByNameRoutes,
    ...chatRoutes,
    ...mediaRoutes,
    ...contactRoutes,
    ...peopleRoutes,
    ...labelRoutes,
    ...accountRoutes,
    ...groupRoutes,
    ...communityRoutes,
    ...statusRoutes,
    ...channelRoutes,
    ...statsRoutes,
    ...healthRoutes,
    ...dashboardRoutes,
    ...liveRoutes,
    ...systemRoutes,
    ...testHelperRoutes,
  ],
};

/** Without what every process has loaded anyway. */
export const restOfNative: Dialect = {
  ...nativeDialect,
  routes: nativeDialect.routes.filter((route) => !nativeCore.routes.includes(route)),
};
