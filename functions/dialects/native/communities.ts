import type { Route } from '../dialect.ts';
import { familyRoute } from './family-route.ts';

const tag = 'Communities';
const errors = ['RESOURCE_NOT_FOUND', 'PERMISSION_DENIED', 'INVALID_STATE', 'RATE_LIMIT_EXCEEDED'] as const;
const one = '/communities/:communityId';

export const communityRoutes: Route[] = [
  familyRoute({ tag, errors, method: 'GET', path: '/communities', op: 'community.list' }),
  familyRoute({ tag, errors, method: 'POST', path: '/communities', op: 'community.create', status: 201 }),
  familyRoute({ tag, errors, method: 'GET', path: one, op: 'community.get' }),
  familyRoute({ tag, errors, method: 'DELETE', path: one, op: 'community.deactivate' }),
  familyRoute({ tag, errors, method: 'POST', path: `${one}/groups`, op: 'community.createGroup', status: 201 }),
  familyRoute({ tag, errors, method: 'PUT', path: `${one}/groups/:groupId`, op: 'community.linkGroup' }),
  familyRoute({ tag, errors, method: 'DELETE', path: `${one}/groups/:groupId`, op: 'community.unlinkGroup' }),
  familyRoute({ tag, errors, method: 'GET', path: `${one}/participants`, op: 'community.participants' }),
  ...(['remove', 'promote', 'demote'] as const).map((action) =>
    familyRoute({
      ...{ tag, errors, method: 'POST', path: `${one}/participants/${action}` },
      op: `community.${action}Participants`,
    }),
  ),
  familyRoute({ tag, errors, method: 'POST', path: `${one}/leave`, op: 'community.leave' }),
];
