import * as z from 'zod';
import { OPERATIONS } from '../../../lib/core/catalogue/operations.ts';
import type { Route } from '../dialect.ts';
import { familyRoute } from './family-route.ts';

const errors = ['INVALID_STATE', 'RATE_LIMIT_EXCEEDED'] as const;
const ofBusiness = ['RESOURCE_NOT_FOUND'] as const;
const tag = 'Profile';
const limit = z.coerce.number().int().min(1).max(100).optional();
const { jid, cursor } = OPERATIONS['business.catalog'].input.shape;

/** The WhatsApp account behind an instance: profile, privacy, calls, and what businesses show. */
export const accountRoutes: Route[] = [
  familyRoute({ tag, errors, method: 'GET', path: '/profile', op: 'profile.get' }),
  familyRoute({ tag, errors, method: 'PUT', path: '/profile/name', op: 'profile.setName' }),
  familyRoute({ tag, errors, method: 'PUT', path: '/profile/about', op: 'profile.setAbout' }),
  familyRoute({ tag, errors, method: 'PUT', path: '/profile/picture', op: 'profile.setPicture', file: 'image' }),
  familyRoute({ tag, errors, method: 'DELETE', path: '/profile/picture', op: 'profile.removePicture' }),
  familyRoute({ tag, errors, method: 'GET', path: '/privacy', op: 'privacy.get' }),
  familyRoute({ tag, errors, method: 'PUT', path: '/privacy', op: 'privacy.set' }),
  familyRoute({ tag: 'Calls', method: 'POST', path: '/calls/:callId/reject', op: 'call.reject' }),
  familyRoute({
    ...{ tag: 'Business', errors: ofBusiness, method: 'GET', path: '/business/profile', op: 'business.profile' },
    query: z.strictObject({ jid }),
  }),
  familyRoute({
    ...{ tag: 'Business', errors: ofBusiness, method: 'GET', path: '/business/products', op: 'business.catalog' },
    query: z.strictObject({ jid, limit, cursor }),
  }),
  familyRoute({
    ...{ tag: 'Business', errors: ofBusiness, method: 'GET', path: '/business/collections' },
    op: 'business.collections',
    query: z.strictObject({ jid, limit }),
  }),
];
