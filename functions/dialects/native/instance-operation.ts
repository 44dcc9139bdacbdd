import * as z from 'zod';
import { OPERATIONS, type OperationName } from '../../../lib/core/catalogue/operations.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import { outputOfCommand } from '../../../lib/core/usecases/await-command.ts';
import { type Method, operationRoute, type Result, type Route } from '../dialect.ts';
import { instanceByName } from './fields.ts';

export interface InstanceOperation {
  method: Method;
  /** Below `/api/instances/:name/`. */
  path: string;
  tag: string;
  op: OperationName;
  params?: z.ZodRawShape;
  query?: z.ZodRawShape;
  body?: z.ZodRawShape;
  errors?: readonly ErrorCode[];
  /** The answer's `data`, where it is not the operation's output. */
  response?: z.ZodType;
  // biome-ignore lint/suspicious/noExplicitAny: the output is the operation's own
  view?: (output: any) => unknown;
}

/**
 * A row for one operation of the instance that `:name` names, with a user's token or an API key. Its input is what path,
 * query and body say together, under the operation's own names.
 */
export function instanceOperation(row: InstanceOperation): Route {
  const { method, path, tag, op, params, query, body, errors, response, view = (output) => output } = row;
  return operationRoute({
    ...{ method, tag, op },
    path: `/api/instances/:name/${path}`,
    summary: OPERATIONS[op].summary,
    credential: 'any',
    target: instanceByName,
    ...(params && { params: z.object(params) }),
    ...(query && { query: z.strictObject(query) }),
    ...(method !== 'GET' && method !== 'DELETE' && { body: z.strictObject(body ?? {}) }),
    ...(errors && { errors }),
    status: 200,
    response: response ?? OPERATIONS[op].output,
    toInput: (request) => ({
      ...(query && (request.query as object)),
      ...(body && (request.body as object)),
      ...(params && (request.params as object)),
    }),
    respond: (command): Result => ({ data: view(outputOfCommand(command)) }),
  });
}
