import * as z from 'zod';
import { newStatusId } from '../../../lib/core/usecases/new-status-id.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { familyRoute } from './family-route.ts';
import { instanceByName } from './fields.ts';
import { respondSent } from './messages.ts';
import { sentMessage } from './responses.ts';

const tag = 'Status';
const errors = ['RESOURCE_NOT_FOUND', 'INVALID_STATE', 'NOT_IMPLEMENTED'] as const;
const posted = { tag, errors, method: 'POST', status: 201, response: sentMessage, respond: respondSent } as const;

export const statusRoutes: Route[] = [
  familyRoute({ ...posted, path: '/status/text', op: 'status.sendText' }),
  familyRoute({ ...posted, path: '/status/image', op: 'status.sendImage', file: 'image' }),
  familyRoute({ ...posted, path: '/status/video', op: 'status.sendVideo', file: 'video' }),
  familyRoute({ ...posted, path: '/status/voice', op: 'status.sendVoice', file: 'audio' }),
  instanceRoute({
    ...{ tag, method: 'GET', path: '/api/instances/:name/status/new-message-id', credential: 'any' },
    summary: 'An id for a status to come, to be given as its statusId',
    target: instanceByName,
    status: 200,
    response: z.object({ messageId: z.string() }),
    permission: 'status:send',
    run: async (ports, { principal, instance }) => ({
      data: { messageId: newStatusId(ports, principal, { instance }) },
    }),
  }),
  familyRoute({ tag, errors, method: 'DELETE', path: '/status/:messageId', op: 'status.delete' }),
];
