import type { Route } from '../dialect.ts';
import { familyRoute } from './family-route.ts';
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
  familyRoute({ tag, errors, method: 'DELETE', path: '/status/:messageId', op: 'status.delete' }),
];
