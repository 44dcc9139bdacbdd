import * as z from 'zod';
import { messageBody, templateName } from '../../../lib/core/catalogue/message-types.ts';
import { BULK_STATUSES, type BulkPacing, bulkStatus, countsOf } from '../../../lib/core/model/bulk.ts';
import { publicMessageId } from '../../../lib/core/model/ids.ts';
import { sentText, sentType } from '../../../lib/core/model/message.ts';
import { type Template, variablesOf } from '../../../lib/core/model/template.ts';
import type { BulkWithLanes } from '../../../lib/core/ports/index.ts';
import type { BulkResult } from '../../../lib/core/usecases/list-bulk-results.ts';
import { isoTime } from './responses.ts';
import { addressOf, iso } from './views.ts';

/** What answers about bulks and templates hold in `data`, and the views that make it. */
const text = (example: string) => z.string().meta({ examples: [example] });
const count = z.number().int().min(0);
const digits = text('6281234567890');
const bulkId = text('bulk_01JZX3K9QW0000ABCDEFGHJKMN');
const instanceName = text('customer-service');

const counts = z
  .object({
    total: count.meta({ examples: [1000], description: 'Recipients; the other numbers add up to it' }),
    pending: count.meta({ examples: [540], description: 'Waiting for their turn' }),
    queued: count.meta({ examples: [10], description: 'Accepted as messages that are not sent yet' }),
    sent: count.meta({ examples: [440], description: "Taken by WhatsApp's server" }),
    failed: count.meta({ examples: [3] }),
    unknown: count.meta({ examples: [0], description: 'Nobody knows whether WhatsApp took them' }),
    skipped: count.meta({ examples: [7], description: 'Numbers without WhatsApp, with skipUnregistered' }),
    cancelled: count.meta({ examples: [0] }),
  })
  .meta({ id: 'BulkCounts' });

export const lineFault = z
  .object({
    line: count.meta({ examples: [3], description: 'In the file, or the place in the list, from 1' }),
    path: text('variables.name'),
    message: text('is missing'),
  })
  .meta({ id: 'LineFault' });

export const bulk = z
  .object({
    bulkId,
    title: text('Spring sale').nullable(),
    status: z.enum(BULK_STATUSES).meta({ examples: ['RUNNING'] }),
    type: text('text'),
    text: text('Hello {{name}}').nullable().meta({ description: 'With its variables' }),
    template: templateName.nullable(),
    counts,
    instances: z.array(z.object({ instanceName, counts })),
    pacing: z.object({ minDelayMs: z.number(), maxDelayMs: z.number() }),
    skipUnregistered: z.boolean().meta({ examples: [false] }),
    createdAt: isoTime,
    sendAt: isoTime.meta({ description: 'When it begins, or began' }),
  })
  .meta({ id: 'Bulk' });

export const createdBulk = bulk
  .extend({
    errors: z
      .array(lineFault)
      .meta({ examples: [[]], description: 'Recipients left out, with skipInvalid; 100 at most' }),
  })
  .meta({ id: 'CreatedBulk' });

export const bulkPreview = z
  .object({
    total: count.meta({ examples: [1000] }),
    valid: count.meta({ examples: [998] }),
    invalid: count.meta({ examples: [2] }),
    errors: z.array(lineFault).meta({ description: '100 at most' }),
    instances: z.array(z.object({ instanceName, recipients: count.meta({ examples: [998] }) })),
    samples: z
      .array(z.object({ line: count, to: digits, instanceName, message: z.record(z.string(), z.unknown()) }))
      .meta({ description: 'The first messages as they would be sent' }),
  })
  .meta({ id: 'BulkPreview' });

const RESULTS = [
  ...(['PENDING', 'SKIPPED', 'QUEUED', 'SENT', 'DELIVERED', 'READ', 'FAILED', 'UNKNOWN', 'CANCELLED'] as const),
] as const;

export const bulkResult = z
  .object({
    line: count.meta({ examples: [2] }),
    to: digits,
    instanceName,
    status: z.enum(RESULTS).meta({ examples: ['DELIVERED'] }),
    messageId: text('msg_3EB0C767D71D8A2B5F3E19').nullable(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    sentAt: isoTime.nullable(),
    deliveredAt: isoTime.nullable(),
    readAt: isoTime.nullable(),
  })
  .meta({ id: 'BulkResult' });

export const template = z
  .object({
    name: templateName,
    message: messageBody,
    variables: z.array(z.string()).meta({ examples: [['name', 'order']], description: 'What must be given' }),
    createdAt: isoTime,
    updatedAt: isoTime,
  })
  .meta({ id: 'Template' });

export function bulkView({ bulk: one, lanes }: BulkWithLanes, nowMs: number) {
  const { id, title, operation, input, template: name, pacing, skipUnregistered, createdAtMs, startAtMs } = one;
  return {
    bulkId: id,
    title,
    status: bulkStatus(one, lanes, nowMs),
    type: sentType(operation),
    text: sentText(input),
    template: name,
    counts: countsOf(lanes),
    instances: lanes.map((lane) => ({ instanceName: lane.instanceName, counts: countsOf([lane]) })),
    pacing: roundedPacing(pacing),
    skipUnregistered,
    createdAt: iso(createdAtMs),
    sendAt: iso(startAtMs),
  };
}

function roundedPacing({ minDelayMs, maxDelayMs }: BulkPacing): BulkPacing {
  return { minDelayMs: Math.round(minDelayMs), maxDelayMs: Math.round(maxDelayMs) };
}

export function bulkResultView({ messageId, to, sentAtMs, deliveredAtMs, readAtMs, ...rest }: BulkResult) {
  return {
    ...rest,
    to: addressOf(to),
    messageId: messageId === null ? null : publicMessageId(messageId),
    sentAt: iso(sentAtMs),
    deliveredAt: iso(deliveredAtMs),
    readAt: iso(readAtMs),
  };
}

export function templateView({ name, message, createdAtMs, updatedAtMs }: Template) {
  return { name, message, variables: variablesOf(message), createdAt: iso(createdAtMs), updatedAt: iso(updatedAtMs) };
}
