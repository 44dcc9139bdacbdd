import * as z from 'zod';
import {
  OPERATIONS,
  type OperationName,
  type OperationOutput,
  recipient,
} from '../../../lib/core/catalogue/operations.ts';
import type { Command } from '../../../lib/core/model/command.ts';
import { sessionNumber } from '../../../lib/core/model/instance.ts';
import { outputOfCommand } from '../../../lib/core/usecases/await-command.ts';
import type { InstanceTarget } from '../../../lib/core/usecases/resolve-instance.ts';
import {
  type Aliases,
  type ApiRequest,
  type Method,
  operationRoute,
  type Result,
  type Route,
  type TargetHints,
} from '../dialect.ts';
import { sentMessageOf } from '../sent.ts';
import { answer, ok } from './envelope.ts';

export const PATH = '/api/sessions/:id';
export const tag = (family: string) => `Document B: ${family}`;

/** `:id` of the path: a session's number, name, phone number or our own id. */
export function sessionOfPath({ params }: TargetHints): InstanceTarget {
  return { by: 'session', text: params.id ?? '' };
}

/** What says who somebody is comes from the credential; a body that says so is refused, whatever else it may carry. */
const IDENTITY = Object.fromEntries(
  ['id', 'role', 'subscriptionId', 'tenantId', 'tier'].map((name) => [
    name,
    z.never('comes from the credential').optional(),
  ]),
);

/** A body as document B's clients send it: fields that this gateway does not know are left out, but none of identity. */
export function bodyOf<S extends z.ZodRawShape>(shape: S): z.ZodType<z.output<z.ZodObject<S>>> {
  return z.object({ ...IDENTITY, ...shape }) as unknown as z.ZodType<z.output<z.ZodObject<S>>>;
}

/** The recipient under both of its names. */
export const TO = { to: recipient };
export const TO_ALIASES: Aliases = { to: ['recipient'] };

export const sentShape = answer({
  id: z.string(),
  message_id: z.string(),
  message: z.string(),
  timestamp: z.number().int().meta({ description: 'Epoch seconds' }),
  session: z.string(),
  data: z.object({
    id: z.string(),
    message_id: z.string(),
    timestamp: z.number().int(),
    session: z.string(),
    status: z.enum(['sent', 'queued', 'unknown']),
  }),
});

/** The answer of a send, in the shapes of all generations of this API. */
export function respondSent(command: Command, message: string): Result {
  const { messageId, status, timestampMs } = sentMessageOf(command);
  const known = {
    ...{ id: messageId, message_id: messageId, timestamp: Math.floor(timestampMs / 1000) },
    session: sessionNumber(command.instanceId),
  };
  const data = { ...known, status: status.toLowerCase() };
  return { ...ok({ ...known, message, data }), status: status === 'SENT' ? 200 : 202 };
}

interface RowOf<B> {
  method?: Method;
  path: string;
  tag: string;
  summary?: string;
  body?: z.ZodType<B>;
  aliases?: Aliases;
  target?: (hints: TargetHints) => InstanceTarget;
}

export function sendRow<B>(
  row: RowOf<B> & { op: OperationName; message: string } & (
      | { toInput: (body: B) => unknown }
      | { submit: NonNullable<unknown> }
    ),
): Route {
  const how = 'submit' in row ? { submit: row.submit } : { toInput: ({ body }: ApiRequest) => row.toInput(body as B) };
  return operationRoute({
    ...baseOf(row),
    op: row.op,
    alsoStatus: [202],
    response: sentShape,
    respond: (command: Command) => respondSent(command, row.message),
    ...how,
  } as Parameters<typeof operationRoute>[0]);
}

export function actionRow<N extends OperationName, B = unknown>(
  row: RowOf<B> & {
    op: N;
    toInput: (body: B) => unknown;
    response: z.ZodType;
    respond: (output: OperationOutput<N>, body: B) => Result;
  },
): Route {
  return operationRoute({
    ...baseOf(row),
    op: row.op,
    response: row.response,
    toInput: ({ body }: ApiRequest) => row.toInput(body as B),
    respond: (command: Command, { body }: ApiRequest) =>
      row.respond(outputOfCommand(command) as OperationOutput<N>, body as B),
  } as Parameters<typeof operationRoute>[0]);
}

function baseOf({
  method = 'POST',
  path,
  tag: family,
  summary,
  body,
  aliases,
  target,
  op,
}: RowOf<unknown> & { op: OperationName }) {
  return {
    ...{ method, path, tag: tag(family), summary: summary ?? OPERATIONS[op].summary },
    ...{ credential: 'any', target: target ?? sessionOfPath, status: 200 },
    ...(body && { body }),
    ...(aliases && { aliases }),
  };
}
