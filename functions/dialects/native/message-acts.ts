import * as z from 'zod';
import { OPERATIONS, type OperationName } from '../../../lib/core/catalogue/operations.ts';
import type { Command } from '../../../lib/core/model/command.ts';
import { outputOfCommand } from '../../../lib/core/usecases/await-command.ts';
import { type Method, operationRoute, type Route } from '../dialect.ts';
import { instanceOfKey } from './fields.ts';
import { iso } from './views.ts';

const TAG = 'Messages';
const messageId = z.object({ messageId: z.string() });

const base = (op: OperationName, method: Method, path: string) =>
  ({
    method,
    path: `/api/messages/${path}`,
    summary: OPERATIONS[op].summary,
    tag: TAG,
    credential: 'key',
    op,
    target: instanceOfKey,
    status: 200,
    response: answerOf(op),
    respond: (command: Command) => ({ data: shown(outputOfCommand(command)) }),
  }) as const;

/** Something that is done to the message of the path; the body is the rest of the input. */
function actRoute(op: OperationName, method: Method, path: string): Route {
  const { messageId: _, ...fields } = OPERATIONS[op].input.shape as Record<string, z.ZodType>;
  return operationRoute({
    ...base(op, method, `:messageId${path}`),
    params: messageId,
    body: z.object(fields),
    toInput: ({ params, body }) => ({ ...body, messageId: params.messageId }),
  });
}

/** Something that is done in a chat: the body is the input. */
function chatRoute(op: OperationName, path: string): Route {
  const body = z.object(OPERATIONS[op].input.shape as z.ZodRawShape);
  return operationRoute({ ...base(op, 'POST', path), body, toInput: (request) => request.body });
}

export const messageActRoutes: Route[] = [
  actRoute('message.edit', 'PATCH', ''),
  operationRoute({
    ...base('message.delete', 'DELETE', ':messageId'),
    params: messageId,
    query: z.object({ for: z.enum(['everyone', 'me']).default('everyone') }),
    toInput: ({ params, query }) => ({ messageId: params.messageId, for: query.for }),
  }),
  actRoute('message.react', 'POST', '/reaction'),
  actRoute('message.pin', 'POST', '/pin'),
  actRoute('message.star', 'POST', '/star'),
  actRoute('message.vote', 'POST', '/vote'),
  chatRoute('message.typing', 'typing'),
  chatRoute('message.setDisappearing', 'disappearing'),
  operationRoute({
    ...base('message.raw', 'GET', ':messageId/raw'),
    params: messageId,
    errors: ['RESOURCE_NOT_FOUND', 'PAYLOAD_TOO_LARGE'],
    toInput: ({ params }) => ({ messageId: params.messageId }),
  }),
];

/** Moments are told in ISO 8601 over HTTP. */
function shown(output: unknown): object {
  const { timestampMs, readAtMs, ...rest } = output as { timestampMs?: number; readAtMs?: number };
  return {
    ...rest,
    ...(timestampMs !== undefined && { timestamp: iso(timestampMs) }),
    ...(readAtMs !== undefined && { readAt: iso(readAtMs) }),
  };
}

function answerOf(op: OperationName): z.ZodType {
  const { timestampMs, readAtMs, ...rest } = OPERATIONS[op].output.shape as Record<string, z.ZodType>;
  return z.object({
    ...rest,
    ...(timestampMs && { timestamp: z.iso.datetime() }),
    ...(readAtMs && { readAt: z.iso.datetime() }),
  });
}
