import * as z from 'zod';
import {
  OPERATIONS,
  type OperationName,
  type OperationOutput,
  recipient,
} from '../../../lib/core/catalogue/operations.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { Command } from '../../../lib/core/model/command.ts';
import type { Instance } from '../../../lib/core/model/instance.ts';
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

type ToInput<B> = (body: B, params: Record<string, string>, query: Record<string, unknown>) => unknown;

/** What the operation is given; `submit` where that takes more than its fields. */
type Giving<B> =
  | { toInput: ToInput<B> }
  | {
      submit: (
        ports: Ports,
        request: ApiRequest<unknown, unknown, B> & { principal: KeyPrincipal; instance: Instance },
      ) => Promise<SubmittedCommand>;
    };

/** A row that sends a message: 200 when WhatsApp has taken it, 202 while it waits. */
export function sendRow<B>(row: RowOf<B> & { message: string } & Giving<B>): Route {
  return operationRoute({
    ...baseOf(row),
    credential: 'key',
    target: targetOf(row.path),
    status: 200,
    alsoStatus: [202],
    response: answerOf(sentData),
    respond: (command: Command) => respondSent(command, row.message),
    ...givingOf(row),
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
    response: z.ZodType;
    respond: (
      output: OperationOutput<N>,
      request: { body: B; params: Record<string, string>; query: Record<string, unknown>; instance: Instance },
      ports: Ports,
    ) => Result;
    status?: number;
  } & Giving<B>,
): Route {
  return operationRoute({
    ...baseOf(row),
    credential: 'key',
    target: targetOf(row.path),
    status: row.status ?? 200,
    response: row.response,
    ...givingOf(row),
    respond: (command: Command, request: ApiRequest, ports: Ports) =>
      row.respond(
        outputOfCommand(command) as OperationOutput<N>,
        request as unknown as Parameters<typeof row.respond>[1],
        ports,
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

function givingOf<B>(row: Giving<B>) {
  if ('submit' in row) return { submit: row.submit };
  return {
    toInput: ({ body, params, query }: ApiRequest) =>
      row.toInput(body as B, params as Record<string, string>, query as Record<string, unknown>),
  };
}

/** The body with the other names of its fields in its description. */
function described(body: z.ZodType, aliases: Aliases | undefined): z.ZodType {
  const others = Object.entries(aliases ?? {}).map(([name, also]) => `\`${name}\` also as \`${also.join('`, `')}\``);
  return others.length === 0 ? body : body.meta({ description: `${others.join('; ')}.` });
}

const MAX_LISTED = 1_000;

/** Of rows that list without pages of their own: everything at once, or from a cursor on. */
export const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_LISTED).default(MAX_LISTED),
  cursor: z.string().min(1).max(2_048).optional(),
});

/** The fields that every send has. */
export const SEND_FIELDS = { instanceId, to: recipient };
