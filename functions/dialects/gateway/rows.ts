import * as z from 'zod';
import {
  OPERATIONS,
  type OperationName,
  type OperationOutput,
  recipient,
} from '../../../lib/core/catalogue/operations.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { Command } from '../../../lib/core/model/command.ts';
import type { Ports } from '../../../lib/core/ports/index.ts';
import type { KeyPrincipal } from '../../../lib/core/usecases/access.ts';
import { outputOfCommand } from '../../../lib/core/usecases/await-command.ts';
import type { InstanceTarget } from '../../../lib/core/usecases/resolve-instance.ts';
import type { SubmittedCommand } from '../../../lib/core/usecases/submit-command.ts';
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
import { answerOf, ok } from './envelope.ts';

/** Tags of this face in the API document. */
export const tag = (family: string) => `Document C: ${family}`;

/** `:instanceId` of the path: an id or a name. */
export function instanceOfPath({ params }: TargetHints): InstanceTarget {
  return { by: 'either', text: params.instanceId ?? '' };
}

/** `instanceId` of the body; without one the only instance that the key can mean. */
export function instanceOfBody({ body }: TargetHints): InstanceTarget {
  const given = (body as { instanceId?: unknown } | null | undefined)?.instanceId;
  if (given === undefined) return { by: 'own' };
  if (typeof given === 'string') return { by: 'either', text: given };
  throw new GatewayError('VALIDATION_ERROR', 'instanceId is a text.');
}

const targetOf = (path: string) => (path.includes(':instanceId') ? instanceOfPath : instanceOfBody);

/** In bodies of rows whose path does not say it. */
export const instanceId = z
  .string()
  .optional()
  .meta({
    description: 'Id or name of the instance; absent: the only one that the key can mean',
    examples: ['my-instance'],
  });

export const sentData = z.object({
  messageId: z.string().meta({ examples: ['msg_3EB0C767D71D8A2B5F3E19'] }),
  to: z.string(),
  status: z.enum(['sent', 'queued', 'unknown']),
  timestamp: z.iso.datetime(),
});

interface RowOf<B> {
  method?: Method;
  path: string;
  op: OperationName;
  tag: string;
  summary?: string;
  body?: z.ZodType<B>;
  aliases?: Aliases;
  query?: z.ZodType;
}

/** A row that sends a message: 200 when WhatsApp has taken it, 202 while it waits. */
export function sendRow<B>(
  row: RowOf<B> & { message: string } & (
      | { toInput: (body: B, params: Record<string, string>) => unknown }
      | {
          submit: (
            ports: Ports,
            request: ApiRequest<unknown, unknown, B> & {
              principal: KeyPrincipal;
              instance: Parameters<Parameters<typeof operationRoute>[0]['respond']>[1]['instance'];
            },
          ) => Promise<SubmittedCommand>;
        }
    ),
): Route {
  const how = 'submit' in row ? { submit: row.submit } : { toInput: toInputOf(row.toInput) };
  return operationRoute({
    ...baseOf(row),
    credential: 'key',
    target: targetOf(row.path),
    status: 200,
    alsoStatus: [202],
    response: answerOf(sentData),
    respond: (command: Command) => respondSent(command, row.message),
    ...how,
  } as Parameters<typeof operationRoute>[0]);
}

function respondSent(command: Command, message: string): Result {
  const { messageId, to, status, timestampMs } = sentMessageOf(command);
  const data = {
    ...{ messageId, to, status: status.toLowerCase() },
    timestamp: new Date(timestampMs).toISOString(),
  };
  return { ...ok({ data, message }), status: status === 'SENT' ? 200 : 202 };
}

/** A row that is any other operation; `respond` makes its answer of the operation's output. */
export function actionRow<N extends OperationName, B = unknown>(
  row: Omit<RowOf<B>, 'op'> & {
    op: N;
    toInput: (body: B, params: Record<string, string>, query: Record<string, unknown>) => unknown;
    response: z.ZodType;
    respond: (
      output: OperationOutput<N>,
      request: { body: B; params: Record<string, string>; query: Record<string, unknown> },
    ) => Result;
    status?: number;
  },
): Route {
  return operationRoute({
    ...baseOf(row),
    credential: 'key',
    target: targetOf(row.path),
    status: row.status ?? 200,
    response: row.response,
    toInput: toInputOf(row.toInput),
    respond: (command: Command, request: ApiRequest) =>
      row.respond(
        outputOfCommand(command) as OperationOutput<N>,
        request as unknown as Parameters<typeof row.respond>[1],
      ),
  } as Parameters<typeof operationRoute>[0]);
}

function baseOf({ method = 'POST', path, op, tag: family, summary, body, aliases, query }: RowOf<unknown>) {
  return {
    ...{ method, path, op, tag: tag(family), summary: summary ?? OPERATIONS[op].summary },
    ...(body && { body: described(body, aliases) }),
    ...(aliases && { aliases }),
    ...(query && { query }),
  };
}

function toInputOf<B>(
  toInput: (body: B, params: Record<string, string>, query: Record<string, unknown>) => unknown,
): (request: ApiRequest) => unknown {
  return ({ body, params, query }) =>
    toInput(body as B, params as Record<string, string>, query as Record<string, unknown>);
}

/** The body with the other names of its fields in its description. */
function described(body: z.ZodType, aliases: Aliases | undefined): z.ZodType {
  const others = Object.entries(aliases ?? {}).map(([name, also]) => `\`${name}\` also as \`${also.join('`, `')}\``);
  return others.length === 0 ? body : body.meta({ description: `${others.join('; ')}.` });
}

/** The fields that every send has. */
export const SEND_FIELDS = { instanceId, to: recipient };
