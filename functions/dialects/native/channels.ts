import * as z from 'zod';
import { serverId } from '../../../lib/core/catalogue/operations/channels.ts';
import type { Route } from '../dialect.ts';
import { familyRoute } from './family-route.ts';
import { respondSent } from './messages.ts';
import { sentMessage } from './responses.ts';

const tag = 'Channels';
const errors = ['RESOURCE_NOT_FOUND', 'PERMISSION_DENIED', 'INVALID_STATE', 'RATE_LIMIT_EXCEEDED'] as const;
const one = '/channels/:channelId';
const posted = { tag, errors, method: 'POST', status: 201, response: sentMessage, respond: respondSent } as const;

export const channelRoutes: Route[] = [
  familyRoute({ tag, errors, method: 'GET', path: '/channels', op: 'channel.list' }),
  familyRoute({ tag, errors, method: 'POST', path: '/channels', op: 'channel.create', status: 201 }),
  familyRoute({ tag, errors, method: 'GET', path: '/channels/invites/:inviteCode', op: 'channel.preview' }),
  familyRoute({ tag, errors, method: 'GET', path: one, op: 'channel.get' }),
  familyRoute({ tag, errors, method: 'PUT', path: one, op: 'channel.update' }),
  familyRoute({ tag, errors, method: 'DELETE', path: one, op: 'channel.delete' }),
  familyRoute({ tag, errors, method: 'PUT', path: `${one}/picture`, op: 'channel.setPicture', file: 'image' }),
  familyRoute({ tag, errors, method: 'DELETE', path: `${one}/picture`, op: 'channel.removePicture' }),
  ...(['follow', 'unfollow', 'mute', 'unmute'] as const).map((action) =>
    familyRoute({ tag, errors, method: 'POST', path: `${one}/${action}`, op: `channel.${action}` }),
  ),
  familyRoute({
    ...{ tag, errors, method: 'GET', path: `${one}/messages`, op: 'channel.messages' },
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      before: serverId.optional().meta({ description: 'Number of the last post of the page before' }),
    }),
  }),
  familyRoute({ tag, errors, method: 'PUT', path: `${one}/messages/:serverId/reaction`, op: 'channel.react' }),
  familyRoute({ ...posted, path: '/channels/:to/messages/text', op: 'channel.sendText' }),
  familyRoute({ ...posted, path: '/channels/:to/messages/image', op: 'channel.sendImage', file: 'image' }),
  familyRoute({ ...posted, path: '/channels/:to/messages/video', op: 'channel.sendVideo', file: 'video' }),
  familyRoute({ ...posted, path: '/channels/:to/messages/document', op: 'channel.sendDocument', file: 'document' }),
];
