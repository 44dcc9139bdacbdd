import type { z } from 'zod';
import { OPERATIONS, type OperationName } from '../../lib/core/catalogue/operations.ts';
import type { ErrorCode, GatewayError } from '../../lib/core/errors.ts';
import type { Permission, Principal } from '../../lib/core/model/account.ts';
import type { Origin } from '../../lib/core/model/audit.ts';
import type { Command } from '../../lib/core/model/command.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import type { Ports } from '../../lib/core/ports/index.ts';
import type { KeyPrincipal, UserPrincipal } from '../../lib/core/usecases/access.ts';
import { awaitCommand } from '../../lib/core/usecases/await-command.ts';
import type { RateAnswer } from '../../lib/core/usecases/limit-rate.ts';
import type { InstanceTarget } from '../../lib/core/usecases/resolve-instance.ts';
import {
  type SubmitCommandInput,
  type SubmittedCommand,
  submitCommand,
} from '../../lib/core/usecases/submit-command.ts';
import type { FormFile } from './multipart.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** `any`: a user or a key. */
export type CredentialKind = 'none' | 'user' | 'key' | 'any';

/** What a route says when all went well; the dialect puts its envelope around it. */
export interface Result {
  /** undefined: an answer without a body. */
  data: unknown;
  /** Of a row with `produces`: the body as it stands, without an envelope, and what a browser saves it as. */
  file?: { text: string; name: string };
  /** Where it differs from the route's own. */
  status?: number;
  pagination?: object;
  headers?: Record<string, string>;
}

/** A request after its credential, its instance and its fields have been judged. */
export interface ApiRequest<P = unknown, Q = unknown, B = unknown> {
  requestId: string;
  /** Also on the principal. */
  origin: Origin;
  params: P;
  query: Q;
  body: B;
  /** Value of a cookie that the request carries. */
  cookie: (name: string) => string | undefined;
  /** How long the caller wants to wait for a command (`Prefer`), in ms. */
  waitMs: number;
  idempotency: NonNullable<SubmitCommandInput['idempotency']> | null;
  server: ServerInfo;
}

export interface ServerInfo {
  version: string;
  /** ms since epoch. */
  startedAtMs: number;
}

type Who<C extends CredentialKind> = C extends 'none'
  ? object
  : { principal: C extends 'user' ? UserPrincipal : C extends 'key' ? KeyPrincipal : Principal };

/** What is known before the fields are judged: enough to say which instance is meant. */
export interface TargetHints {
  params: Record<string, string>;
  query: Record<string, unknown>;
  /** As parsed from JSON, not judged yet. */
  body: unknown;
}

interface RowBase<C extends CredentialKind, P, Q, B> {
  method: Method;
  path: string;
  /** One line for people. */
  summary: string;
  tag: string;
  credential: C;
  params?: z.ZodType<P>;
  query?: z.ZodType<Q>;
  /** Absent: the request has no body. A body that is not there is judged as `{}`. */
  body?: z.ZodType<B>;
  /** Other names that clients give to fields of the body; the first that is there counts. */
  aliases?: Aliases;
  /** It takes `multipart/form-data` too, with this file. */
  form?: FormFile;
  /** Of the usual good answer. */
  status: number;
  /** Other good statuses that it may answer with. Operations that are commands may answer 202 anyway. */
  alsoStatus?: readonly number[];
  /** The `data` of a good answer: what the API document promises and tests check. Absent: an answer without a body. */
  response?: z.ZodType;
  /** The media type of a good answer that is no JSON. */
  produces?: string;
  /** What its use-case throws beyond what follows from the row itself; for the API document. */
  errors?: readonly ErrorCode[];
  /** What an API key needs where the row is no operation; for the API document, the use-case decides. */
  permission?: Permission;
}

export type Aliases = Record<string, readonly string[]>;

/** A route as `mountDialects` sees it. */
export interface Route extends RowBase<CredentialKind, unknown, unknown, unknown> {
  /** Present for rows that are one WhatsApp operation. */
  op?: OperationName;
  target?: (hints: TargetHints) => InstanceTarget;
  /** What an Idempotency-Key does: `command`: in the command's own transaction; `stored`: the answer is kept. */
  repeats: 'command' | 'stored' | 'ignored';
  /** Also for a user who has yet to replace a temporary password. */
  beforePasswordChange?: boolean;
  /** Of a public row: a credential that is presented all the same must be a good one. */
  judgesCredential?: boolean;
  /** What is read as soon as it is known who calls, before the quota has been asked and the fields have been judged. */
  begin?: (ports: Ports, hints: TargetHints & { principal: Principal }) => Promise<unknown>;
  handle: (
    ports: Ports,
    request: ApiRequest & { principal?: Principal; instance?: Instance; replayed?: true },
  ) => Promise<Result>;
}

/** One face of the gateway: a table of routes and the way it speaks. Only `mountDialects` knows the web framework. */
export interface Dialect {
  name: string;
  /** Takes the credential out of the headers. */
  credential: (header: (name: string) => string | undefined) => string | undefined;
  routes: readonly Route[];
  succeed: (result: Result, route: Route, context: AnswerContext) => unknown;
  fail: (error: GatewayError, context: AnswerContext) => unknown;
  /** Headers about the caller's quota beside the gateway's own. */
  rateHeaders?: (rate: RateAnswer) => Record<string, string>;
}

/** What `begin` of a row reads, beside the request. */
interface Begun<R> {
  begun: Promise<R>;
}

export interface AnswerContext {
  requestId: string;
  /** Known once the request's instance has been found. */
  instanceName: string | undefined;
  /** The credential as it was presented: only to say what is wrong with it. */
  credential?: string | undefined;
}

type Run<C extends CredentialKind, P, Q, B, X> = (
  ports: Ports,
  request: ApiRequest<P, Q, B> & Who<C> & X,
) => Promise<Result>;

/** A row that runs a use-case without an instance. */
export function route<C extends CredentialKind, P, Q, B>(
  row: RowBase<C, P, Q, B> &
    Pick<Route, 'beforePasswordChange' | 'judgesCredential'> & { repeats?: 'ignored'; run: Run<C, P, Q, B, object> },
): Route {
  const { run, ...rest } = row;
  return { ...rest, repeats: row.repeats ?? repeatsOf(row.method), handle: run as Route['handle'] };
}

/** A row that runs a use-case on something that `begin` has begun to read; `begin` changes nothing. */
export function begunRoute<C extends Exclude<CredentialKind, 'none'>, P, Q, B, R>(
  row: RowBase<C, P, Q, B> & {
    begin: (ports: Ports, hints: TargetHints & Who<C>) => Promise<R>;
    run: Run<C, P, Q, B, Begun<R>>;
  },
): Route {
  const { run, begin, ...rest } = row;
  return {
    ...rest,
    repeats: repeatsOf(row.method),
    begin: begin as NonNullable<Route['begin']>,
    handle: run as unknown as Route['handle'],
  };
}

/** A row that runs a use-case on the instance that `target` names. */
export function instanceRoute<C extends Exclude<CredentialKind, 'none'>, P, Q, B>(
  row: RowBase<C, P, Q, B> & {
    target: (hints: TargetHints) => InstanceTarget;
    /** `command`: the use-case keeps the Idempotency-Key itself. */
    repeats?: 'ignored' | 'command';
    run: Run<C, P, Q, B, { instance: Instance; replayed?: true }>;
  },
): Route {
  const { run, ...rest } = row;
  return { ...rest, repeats: row.repeats ?? repeatsOf(row.method), handle: run as Route['handle'] };
}

/** A row with something that is read as soon as it is known who calls, beside the search for its instance. */
export function begunWith(
  row: Route,
  begin: (ports: Ports, hints: TargetHints & { principal: Principal }) => Promise<unknown> | undefined,
): Route {
  return { ...row, begin: async (ports, hints) => begin(ports, hints) };
}

/** A row that is one operation of the catalogue: submit, wait as long as the caller likes, answer. */
export function operationRoute<C extends Exclude<CredentialKind, 'none'>, P, Q, B>(
  row: RowBase<C, P, Q, B> & {
    op: OperationName;
    target: (hints: TargetHints) => InstanceTarget;
    respond: (command: Command, request: ApiRequest<P, Q, B> & { instance: Instance }, ports: Ports) => Result;
  } & (
      | { toInput: (request: ApiRequest<P, Q, B>) => unknown }
      | {
          submit: (
            ports: Ports,
            request: ApiRequest<P, Q, B> & Who<C> & { instance: Instance },
          ) => Promise<SubmittedCommand>;
        }
    ),
): Route {
  type Request = ApiRequest<P, Q, B> & { principal: Principal; instance: Instance; replayed?: true };
  const submit = async (ports: Ports, request: Request): Promise<SubmittedCommand> => {
    if ('submit' in row) return row.submit(ports, request as Request & Who<C>);
    const { principal, instance, idempotency } = request;
    return submitCommand(ports, principal, { instance, operation: row.op, input: row.toInput(request), idempotency });
  };
  const handle = async (ports: Ports, request: Request): Promise<Result> => {
    const { command, replayed } = await submit(ports, request);
    if (replayed) request.replayed = true;
    return row.respond(await awaitCommand(ports, { command, waitMs: request.waitMs }), request, ports);
  };
  const { method, path, summary, tag, credential, params, query, body, aliases, status, op, target } = row;
  return {
    ...{ method, path, summary, tag, credential, status, op, target },
    ...(row.alsoStatus && { alsoStatus: row.alsoStatus }),
    ...(row.response && { response: row.response }),
    ...(row.errors && { errors: row.errors }),
    ...(params && { params }),
    ...(query && { query }),
    ...(body && { body }),
    ...(aliases && { aliases }),
    ...(row.form && { form: row.form }),
    repeats: 'command',
    handle: handle as Route['handle'],
  };
}

/** The permission that an API key needs for a row, if any. */
export function permissionOf(row: Route): Permission | null {
  return row.op ? OPERATIONS[row.op].permission : (row.permission ?? null);
}

function repeatsOf(method: Method): Route['repeats'] {
  return method === 'GET' ? 'ignored' : 'stored';
}
