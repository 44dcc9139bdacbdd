import type * as z from 'zod';
import type { Route } from '../dialect.ts';
import { instanceByName } from './fields.ts';
import { mediaRoutes } from './media.ts';
import { messageActRoutes } from './message-acts.ts';
import { messageRoutes } from './messages.ts';
import { sendingRoutes } from './sending.ts';

/** What a person does in a conversation, who has no key: method and path below `/api`. */
const SHARED = new Set([
  ...['text', 'image', 'document', 'audio', 'voice', 'video', 'sticker'].map((kind) => `POST messages/${kind}`),
  ...['GET messages/:messageId', 'PATCH messages/:messageId', 'DELETE messages/:messageId'],
  ...['POST messages/:messageId/reaction', 'POST messages/:messageId/vote', 'POST media'],
]);

/** Rows of the instance that a key is bound to, once more under the instance's name: for its users, and for its keys. */
export const messagesByNameRoutes: Route[] = [...sendingRoutes, ...messageActRoutes, ...messageRoutes, ...mediaRoutes]
  .map((row) => ({ row, below: row.path.replace('/api/', '') }))
  .filter(({ row, below }) => SHARED.has(`${row.method} ${below}`))
  .map(({ row, below }) => ({
    ...row,
    path: `/api/instances/:name/${below}`,
    credential: 'any',
    target: instanceByName,
    // The documented rows take fields that they do not know; these need not.
    ...(row.body && { body: (row.body as z.ZodObject).strict() }),
  }));
