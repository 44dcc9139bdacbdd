import { getSubscription } from '../../../lib/core/usecases/get-subscription.ts';
import { getSubscriptionUsage } from '../../../lib/core/usecases/get-subscription-usage.ts';
import { type Route, route } from '../dialect.ts';
import { isoTime, subscriptionLimits, subscription as subscriptionSchema, subscriptionUsage } from './responses.ts';
import { subscriptionView } from './views.ts';

const TAG = 'Subscription';

export const subscriptionRoutes: Route[] = [
  route({
    method: 'GET',
    path: '/api/subscription',
    summary: 'The subscription',
    tag: TAG,
    credential: 'user',
    status: 200,
    response: subscriptionSchema.extend({ createdAt: isoTime }),
    run: async (ports, { principal }) => {
      const { subscription } = await getSubscription(ports, principal);
      return { data: { ...subscriptionView(subscription), createdAt: subscription.createdAt } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/subscription/usage',
    summary: 'What the subscription allows, and which instances take it up',
    tag: TAG,
    credential: 'user',
    status: 200,
    response: subscriptionUsage,
    run: async (ports, { principal }) => {
      const { subscription, remaining, instances } = await getSubscriptionUsage(ports, principal);
      const { tier, maxInstances, currentInstances } = subscription;
      return { data: { tier, limits: { maxInstances, currentInstances, remaining }, instances } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/subscription/limits',
    summary: 'The limits of the subscription, and what is left of them',
    tag: TAG,
    credential: 'user',
    status: 200,
    response: subscriptionLimits,
    run: async (ports, { principal }) => {
      const { subscription, remaining } = await getSubscription(ports, principal);
      const { tier, maxInstances, currentInstances } = subscription;
      return { data: { tier, maxInstances, currentInstances, remaining } };
    },
  }),
];
