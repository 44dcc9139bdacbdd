import * as z from 'zod';
import { messageBody, templateName, variables } from '../../../lib/core/catalogue/message-types.ts';
import { MAX_BULK_INSTANCES, MAX_RECIPIENTS } from '../../../lib/core/model/bulk.ts';
import { csvOf } from '../../../lib/core/model/csv.ts';
import type { Template } from '../../../lib/core/model/template.ts';
import type { BulkWithLanes } from '../../../lib/core/ports/index.ts';
import { findBulk, readBulk } from '../../../lib/core/usecases/bulk-access.ts';
import { createBulk, MAX_FAULTS, previewBulk } from '../../../lib/core/usecases/create-bulk.ts';
import { type BegunResults, beginResults, listBulkResults } from '../../../lib/core/usecases/list-bulk-results.ts';
import { listBulks } from '../../../lib/core/usecases/list-bulks.ts';
import { inputFor } from '../../../lib/core/usecases/message-draft.ts';
import type { BulkPlan } from '../../../lib/core/usecases/plan-bulk.ts';
import { type Steer, steerBulk } from '../../../lib/core/usecases/steer-bulk.ts';
import { readTemplate } from '../../../lib/core/usecases/template-access.ts';
import { begunWith, instanceRoute, type Route, type TargetHints } from '../dialect.ts';
import { emptyBody, instanceByName, instanceOfKey, pageQuery, paginationOf } from './fields.ts';
import { bulk, bulkPreview, bulkResult, bulkResultView, bulkView, createdBulk } from './responses-bulk.ts';
import { addressOf } from './views.ts';

const tag = 'Bulk';
const SAMPLES = 3;
/** An hour between two messages. */
const MAX_DELAY_MS = 3_600_000;
const MAX_CSV_LENGTH = 6_000_000;

const recipient = z.union([
  z.string().max(128),
  z.strictObject({ to: z.string().max(128), variables: variables.optional() }),
]);
const delay = z.int().min(0).max(MAX_DELAY_MS).optional();
const rate = (max: number) => z.number().min(0).max(max).optional();

const FIELDS = {
  title: z.string().trim().min(1).max(200).optional(),
  message: messageBody.optional(),
  template: templateName.optional().meta({ description: 'Name of a template, instead of a message' }),
  recipients: z
    .array(recipient)
    .min(1)
    .max(MAX_RECIPIENTS)
    .optional()
    .meta({ examples: [[{ to: '6281234567890', variables: { name: 'Ann', order: '4711' } }, '6281234567891']] }),
  csv: z
    .string()
    .min(1)
    .max(MAX_CSV_LENGTH)
    .optional()
    .meta({
      description: 'Instead of recipients: a CSV, or a part of multipart/form-data with the file. See docs/bulk.md',
      examples: ['phone,name,order\n6281234567890,Ann,4711\n'],
    }),
  variables: variables.optional().meta({ description: 'Of everybody; those of a recipient win' }),
  instances: z
    .array(z.string().min(1).max(128))
    .min(1)
    .max(MAX_BULK_INSTANCES)
    .optional()
    .meta({ description: 'Names of instances that share the recipients; each keeps its own from bulk to bulk' }),
  pacing: z
    .strictObject({ perSecond: rate(100), perMinute: rate(6_000), minDelayMs: delay, maxDelayMs: delay })
    .optional()
    .meta({
      description: 'How fast each instance sends; 0, or nothing: as fast as it can',
      examples: [{ perMinute: 20 }],
    }),
  sendAt: z.iso.datetime({ offset: true, error: 'must be a date and time in ISO 8601 with its time zone' }).optional(),
  skipUnregistered: z.boolean().optional().meta({ description: 'Ask WhatsApp first, and leave out who has none' }),
  skipInvalid: z.boolean().optional().meta({ description: 'Leave out faulty recipients, instead of refusing all' }),
};

const params = z.object({ bulkId: z.string() });
const errors = ['RESOURCE_NOT_FOUND', 'INVALID_STATE'] as const;
const csvFile = { field: 'csv' };

/** A template is read beside the instance: it is the subscription's. */
function beginTemplate(row: Route): Route {
  return begunWith(row, (ports, { principal, body }) => {
    const name = (body as { template?: unknown } | null)?.template;
    return name === undefined ? undefined : readTemplate(ports, principal.tenantId, name);
  });
}

const begunTemplate = (request: object) => (request as { begun?: Promise<Template | undefined> }).begun;

/** What can be read before the instance is known: of the one that a key is bound to. */
function ownInstance({ principal }: TargetHints & { principal: { kind: string; instanceId?: string | null } }) {
  return principal.kind === 'key' ? (principal.instanceId ?? undefined) : undefined;
}

function beginBulk(row: Route): Route {
  return begunWith(row, (ports, hints) => {
    const homeId = ownInstance(hints);
    return homeId === undefined ? undefined : readBulk(ports, homeId, hints.params.bulkId ?? '');
  });
}

async function begunBulk(request: object): Promise<BulkWithLanes | undefined> {
  return (request as { begun?: Promise<BulkWithLanes | undefined> }).begun;
}

const resultsQuery = z.object({
  ...pageQuery,
  cursor: z
    .string()
    .regex(/^\d{1,4}$/, 'is not valid')
    .optional(),
});
const rangeOf = ({ page, per_page, cursor }: z.output<typeof resultsQuery>) => ({
  from: cursor === undefined ? (page - 1) * per_page : Number(cursor),
  limit: per_page,
});
const ALL = { from: 0, limit: MAX_RECIPIENTS };

function previewView({ total, recipients, faults, instances, draft }: BulkPlan) {
  const nameOf = new Map(instances.map(({ id, name }) => [id, name]));
  const samples = recipients.slice(0, SAMPLES).map((one) => {
    const result = inputFor(draft, one);
    const { to: _to, ...message } = ('input' in result ? result.input : {}) as Record<string, unknown>;
    return { line: one.line, to: addressOf(one.to), instanceName: nameOf.get(one.instanceId) ?? '', message };
  });
  return {
    ...{ total, valid: recipients.length, invalid: total - recipients.length },
    errors: faults.slice(0, MAX_FAULTS),
    instances: instances.map(({ id, name }) => ({
      instanceName: name,
      recipients: recipients.filter(({ instanceId }) => instanceId === id).length,
    })),
    samples,
  };
}

interface Door {
  path: string;
  credential: 'key' | 'any';
  target: typeof instanceByName;
  body: z.ZodType<z.output<z.ZodObject<typeof FIELDS>>>;
  empty: z.ZodType<object>;
}

/** All rows of one door. */
function rowsOf({ path, credential, target, body, empty }: Door): Route[] {
  const base = { tag, credential, target } as const;
  const one = { ...base, params, errors } as const;
  const steerRow = (steer: Steer, summary: string) =>
    beginBulk(
      instanceRoute({
        ...{
          ...one,
          method: 'POST',
          path: `${path}/:bulkId/${steer}`,
          summary,
          body: empty,
          status: 200,
          response: bulk,
        },
        permission: 'message:send',
        run: async (ports, request) => {
          const { principal, instance, params: which } = request;
          const begun = await begunBulk(request);
          const input = { instance, ...which, steer };
          const steered = await steerBulk(ports, principal, input, begun && Promise.resolve(begun));
          return { data: bulkView(steered, ports.clock()) };
        },
      }),
    );
  return [
    beginTemplate(
      instanceRoute({
        ...{ ...base, method: 'POST', path, body, form: csvFile, repeats: 'command', status: 202 },
        summary: 'Send a message to up to 1,000 recipients',
        response: createdBulk,
        errors: ['RESOURCE_NOT_FOUND', 'INSTANCE_NOT_CONNECTED', 'NOT_IMPLEMENTED'],
        permission: 'message:send',
        run: async (ports, request) => {
          const { principal, instance, body: fields, idempotency } = request;
          const input = { instance, request: fields, template: begunTemplate(request), idempotency };
          const { faults, replayed, ...made } = await createBulk(ports, principal, input);
          if (replayed) request.replayed = true;
          const headers = { Location: `${path.replace(':name', encodeURIComponent(instance.name))}/${made.bulk.id}` };
          return { data: { ...bulkView(made, ports.clock()), errors: faults.slice(0, MAX_FAULTS) }, headers };
        },
      }),
    ),
    beginTemplate(
      instanceRoute({
        ...{ ...base, method: 'POST', path: `${path}/preview`, body, form: csvFile, repeats: 'ignored', status: 200 },
        summary: 'What a bulk would do, with what is wrong in each line; sends nothing',
        response: bulkPreview,
        errors: ['RESOURCE_NOT_FOUND', 'NOT_IMPLEMENTED'],
        permission: 'message:send',
        run: async (ports, request) => {
          const { principal, instance, body: fields } = request;
          const input = { instance, request: fields, template: begunTemplate(request) };
          return { data: previewView(await previewBulk(ports, principal, input)) };
        },
      }),
    ),
    instanceRoute({
      ...{ ...base, method: 'GET', path, status: 200, permission: 'message:read' },
      summary: 'Bulks of the instance, newest first',
      query: z.object(pageQuery),
      response: z.object({ bulks: z.array(bulk) }),
      run: async (ports, { principal, instance, query }) => {
        const page = { page: query.page, perPage: query.per_page, cursor: query.cursor };
        const { items, nextCursor } = await listBulks(ports, principal, { instance, ...page });
        const bulks = items.map((item) => bulkView(item, ports.clock()));
        return { data: { bulks }, pagination: paginationOf(query, nextCursor) };
      },
    }),
    instanceRoute({
      ...{ ...one, method: 'GET', path: `${path}/:bulkId`, status: 200, response: bulk, permission: 'message:read' },
      summary: 'A bulk, and how far it is',
      run: async (ports, { principal, instance, params: which }) => {
        const found = await findBulk(ports, principal, { instance, ...which }, 'message:read');
        return { data: bulkView(found, ports.clock()) };
      },
    }),
    begunWith(
      instanceRoute({
        ...{ ...one, method: 'GET', path: `${path}/:bulkId/results`, status: 200, permission: 'message:read' },
        summary: 'What became of each recipient, in their order',
        query: resultsQuery,
        response: z.object({ results: z.array(bulkResult) }),
        run: async (ports, request) => {
          const { principal, instance, params: which, query } = request;
          const input = { instance, ...which, range: rangeOf(query) };
          const { items, next } = await listBulkResults(ports, principal, input, await begunResults(request));
          const pagination = paginationOf(query, next === null ? null : String(next));
          return { data: { results: items.map(bulkResultView) }, pagination };
        },
      }),
      async (ports, hints) => {
        const [homeId, query] = [ownInstance(hints), resultsQuery.safeParse(hints.query)];
        if (homeId === undefined || !query.success) return undefined;
        return beginResults(ports, homeId, hints.params.bulkId ?? '', rangeOf(query.data));
      },
    ),
    begunWith(
      instanceRoute({
        ...{ ...one, method: 'GET', path: `${path}/:bulkId/results.csv`, status: 200, permission: 'message:read' },
        summary: 'What became of every recipient, as a CSV file',
        produces: 'text/csv; charset=utf-8',
        response: z.string(),
        run: async (ports, request) => {
          const { principal, instance, params: which } = request;
          const input = { instance, ...which, range: ALL };
          const { items } = await listBulkResults(ports, principal, input, await begunResults(request));
          const rows = items.map(bulkResultView).map(({ error, ...rest }) => ({
            ...rest,
            ...{ errorCode: error?.code ?? null, error: error?.message ?? null },
          }));
          return { data: null, file: { text: csvOf(CSV_COLUMNS, rows), name: `${which.bulkId}.csv` } };
        },
      }),
      async (ports, hints) => {
        const homeId = ownInstance(hints);
        return homeId === undefined ? undefined : beginResults(ports, homeId, hints.params.bulkId ?? '', ALL);
      },
    ),
    steerRow('pause', 'Stop a bulk until it is resumed; what is being sent at this moment still goes'),
    steerRow('resume', 'Let a paused bulk go on'),
    steerRow('cancel', 'End a bulk; what nobody has begun to send is not sent'),
  ];
}

const CSV_COLUMNS = [
  ...(['line', 'to', 'instanceName', 'status', 'messageId', 'errorCode', 'error'] as const),
  ...(['sentAt', 'deliveredAt', 'readAt'] as const),
] as const;

async function begunResults(request: object): Promise<BegunResults | undefined> {
  return (request as { begun?: Promise<BegunResults | undefined> }).begun;
}

/** Bodies of those who send messages may carry fields of other systems. */
const LENIENT = { body: z.object(FIELDS), empty: z.object({}) };

/** For keys as all messages, and for users and keys by the instance's name. */
export const bulkRoutes: Route[] = [
  ...rowsOf({ path: '/api/messages/bulk', credential: 'key', target: instanceOfKey, ...LENIENT }),
  ...rowsOf({
    ...{ path: '/api/instances/:name/bulk', credential: 'any', target: instanceByName },
    ...{ body: z.strictObject(FIELDS), empty: emptyBody },
  }),
];
