import * as z from 'zod';
import { groupFields, type OperationOutput } from '../../../lib/core/catalogue/operations.ts';
import { outputOfCommand } from '../../../lib/core/usecases/await-command.ts';
import type { Route } from '../dialect.ts';
import { familyRoute } from './family-route.ts';
import { respondSent } from './messages.ts';
import { sentMessage } from './responses.ts';

const tag = 'Groups';
/** What WhatsApp may say of a group: that there is none, or that the instance may not do this in it. */
const errors = ['RESOURCE_NOT_FOUND', 'PERMISSION_DENIED', 'INVALID_STATE', 'RATE_LIMIT_EXCEEDED'] as const;
const members = z.object({ groupId: z.string(), participants: z.array(groupFields.member) });

export const groupRoutes: Route[] = [
  familyRoute({
    ...{ tag, errors, method: 'GET', path: '/groups', op: 'group.list' },
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(500).default(100),
      after: groupFields.groupId.optional().meta({ description: 'The last group of the page before' }),
    }),
  }),
  familyRoute({ tag, errors, method: 'POST', path: '/groups', op: 'group.create', status: 201 }),
  familyRoute({ tag, errors, method: 'GET', path: '/groups/invites/:inviteCode', op: 'group.inviteInfo' }),
  familyRoute({ tag, errors, method: 'POST', path: '/groups/join', op: 'group.acceptInvite' }),
  familyRoute({ tag, errors, method: 'GET', path: '/groups/:groupId', op: 'group.get' }),
  familyRoute({ tag, errors, method: 'PUT', path: '/groups/:groupId/subject', op: 'group.setSubject' }),
  familyRoute({ tag, errors, method: 'PUT', path: '/groups/:groupId/description', op: 'group.setDescription' }),
  familyRoute({ tag, errors, method: 'PUT', path: '/groups/:groupId/picture', op: 'group.setPicture', file: 'image' }),
  familyRoute({ tag, errors, method: 'DELETE', path: '/groups/:groupId/picture', op: 'group.removePicture' }),
  familyRoute({ tag, errors, method: 'PUT', path: '/groups/:groupId/settings', op: 'group.updateSettings' }),
  familyRoute({
    ...{ tag, errors, method: 'GET', path: '/groups/:groupId/participants', op: 'group.get' },
    summary: 'The members of a group',
    response: members,
    respond: (command) => {
      const { groupId, participants } = outputOfCommand(command) as OperationOutput<'group.get'>;
      return { data: { groupId, participants } };
    },
  }),
  ...(['add', 'remove', 'promote', 'demote'] as const).map((action) =>
    familyRoute({
      ...{ tag, errors, method: 'POST', path: `/groups/:groupId/participants/${action}` },
      op: `group.${action}Participants`,
    }),
  ),
  familyRoute({ tag, errors, method: 'POST', path: '/groups/:groupId/leave', op: 'group.leave' }),
  familyRoute({ tag, errors, method: 'GET', path: '/groups/:groupId/invite', op: 'group.inviteCode' }),
  familyRoute({ tag, errors, method: 'POST', path: '/groups/:groupId/invite/revoke', op: 'group.revokeInvite' }),
  familyRoute({ tag, errors, method: 'GET', path: '/groups/:groupId/requests', op: 'group.joinRequests' }),
  familyRoute({ tag, errors, method: 'POST', path: '/groups/:groupId/requests/approve', op: 'group.approveRequests' }),
  familyRoute({ tag, errors, method: 'POST', path: '/groups/:groupId/requests/reject', op: 'group.rejectRequests' }),
  familyRoute({
    ...{ tag, errors, method: 'POST', path: '/groups/:to/messages', op: 'group.sendText', status: 201 },
    response: sentMessage,
    respond: respondSent,
  }),
];
