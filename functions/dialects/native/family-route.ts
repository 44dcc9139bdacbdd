import * as z from 'zod';
import { OPERATIONS, type OperationName } from '../../../lib/core/catalogue/operations.ts';
import type { ErrorCode } from '../../../lib/core/errors.ts';
import type { MediaKind } from '../../../lib/core/model/media.ts';
import { outputOfCommand } from '../../../lib/core/usecases/await-command.ts';
import { sendMedia } from '../../../lib/core/usecases/send-media.ts';
import { submitCommand } from '../../../lib/core/usecases/submit-command.ts';
import { type Method, operationRoute, type Result, type Route } from '../dialect.ts';
import { instanceByName } from './fields.ts';

type Body = z.ZodType<Record<string, unknown>>;

const file = z.string().min(1).meta({ description: 'An https URL, a data URL, or base64' });

/** A field that can only have one value is nothing to ask for. */
function isFixed(field: z.core.$ZodType | undefined): boolean {
  return field instanceof z.ZodDefault && field.def.innerType instanceof z.ZodLiteral;
}

interface FamilyRow<N extends OperationName> {
  tag: string;
  method: Method;
  /** After `/api/instances/:name`; parameters bear the names of the input's fields. */
  path: string;
  op: N;
  summary?: string;
  /** Of a GET: how the fields that are not in the path are read from texts. */
  query?: z.ZodType<Record<string, unknown>>;
  /** 200 where it is not given. */
  status?: number;
  errors?: readonly ErrorCode[];
  /** Of an input with `media`: what the file is. Its field in the body bears that name. */
  file?: MediaKind;
  /** What the answer shows, where it is not the output as it stands. */
  response?: z.ZodType;
  respond?: Parameters<typeof operationRoute>[0]['respond'];
}

/**
 * A row that is one operation of an instance, for its users and its keys: the fields of the input that the path does
 * not name are the body, and the output is the answer.
 */
export function familyRoute<N extends OperationName>(row: FamilyRow<N>): Route {
  const { input, output, summary } = OPERATIONS[row.op];
  const shape = input.shape as z.core.$ZodLooseShape;
  const named = [...row.path.matchAll(/:(\w+)/g)].map(([, field]) => field as string);
  const rest = Object.keys(shape).filter(
    (field) => !named.includes(field) && field !== 'media' && !isFixed(shape[field]),
  );
  const pick = (fields: readonly string[]): z.core.$ZodLooseShape =>
    Object.fromEntries(fields.map((field) => [field, shape[field]]));
  return operationRoute<'any', Record<string, unknown>, Record<string, unknown>, Record<string, unknown>>({
    method: row.method,
    path: `/api/instances/:name${row.path}`,
    summary: row.summary ?? summary,
    tag: row.tag,
    credential: 'any',
    op: row.op,
    target: instanceByName,
    params: z.object(pick(named)) as z.ZodType<Record<string, unknown>>,
    ...(row.query && { query: row.query }),
    ...(row.method !== 'GET' && {
      body: z.strictObject({ ...pick(rest), ...(row.file && { [row.file]: file }) }) as Body,
    }),
    status: row.status ?? 200,
    response: row.response ?? output,
    errors: row.errors ?? [],
    submit: (ports, { principal, instance, params, query, body, idempotency }) => {
      const fields: Record<string, unknown> = { ...(row.query && query), ...(row.method !== 'GET' && body) };
      for (const field of named) fields[field] = params[field];
      const { op: operation, file: kind } = row;
      if (!kind) return submitCommand(ports, principal, { instance, operation, input: fields, idempotency });
      const { [kind]: text, ...others } = fields;
      return sendMedia(ports, principal, {
        ...{ instance, kind, operation, idempotency },
        ...{ file: text as string, fields: others },
      });
    },
    respond: row.respond ?? ((command): Result => ({ data: outputOfCommand(command) })),
  });
}
