import * as z from 'zod';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';
import { callerInput } from './caller-input.ts';
import { OPERATION_NAMES, OPERATIONS, type OperationName } from './operations.ts';

/**
 * What other systems put on the intake queue, and what they get back on a reply queue. The API key is in the message:
 * a queue has no headers, and who may write to it says nothing about whose instance is meant.
 */
const text = (maxLength: number) => z.string().min(1).max(maxLength);

const ENVELOPE = {
  operation: z.enum(OPERATION_NAMES).meta({ description: 'What is to be done' }),
  input: z.unknown().meta({ description: "The operation's input" }),
  idempotencyKey: z
    .string()
    .regex(/^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/, 'must be 1 to 255 printable ASCII characters')
    .optional()
    .meta({ description: 'Repeats within 24 hours do nothing twice; the SQS message id serves where it is absent' }),
  instanceId: text(128).optional().meta({ description: 'Which instance, for an API key of the account' }),
  instanceName: text(128).optional().meta({ description: 'The same, by name' }),
  replyTo: text(1_024)
    .optional()
    .meta({ description: 'Name or URL of a reply queue: PREFIX-reply-…, or one that the operator allows' }),
};

/** A message as other systems write it. */
export const intakeMessage = z.strictObject({
  apiKey: text(256).meta({ description: 'An API key', examples: ['cs_0123456789abcdefghijABCDEFGHIJ0123456789'] }),
  ...ENVELOPE,
});

/** A dead letter as it is put back: the gateway has sealed the key, and only for this very message. */
export const sealedIntakeMessage = z.strictObject({ sealedApiKey: text(2_048), ...ENVELOPE });

export type IntakeMessage = z.output<typeof intakeMessage>;
export type SealedIntakeMessage = z.output<typeof sealedIntakeMessage>;

/** One schema for each operation, with its input spelled out: for documents. */
export function intakeMessageOf(name: OperationName): z.ZodType {
  return intakeMessage
    .extend({ operation: z.literal(name), input: callerInput(name) })
    .meta({ description: OPERATIONS[name].summary });
}

const replyBase = {
  v: z.literal(1),
  requestId: z.string().meta({ description: 'SQS message id of the request' }),
  idempotencyKey: z.string().meta({ description: 'As given, else the SQS message id of the first delivery' }),
};

const replyError = z.object({
  code: z.enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  details: z.unknown().optional(),
});

/** What is put on the reply queue: first `accepted` or `refused`, then `finished`, or `pending` when it takes long. */
export const intakeReply = z.discriminatedUnion('state', [
  z.object({
    ...replyBase,
    state: z.literal('accepted').meta({ description: 'Stored; it will be done, whatever happens to the reply' }),
    ok: z.literal(true),
    commandId: z.string(),
    messageId: z.string().nullable().meta({ description: 'Of the message that is sent, where one is' }),
  }),
  z.object({
    ...replyBase,
    state: z.literal('refused').meta({
      description:
        'Not accepted. After an error of 5xx the same idempotencyKey may be used again: nothing is done twice',
    }),
    ok: z.literal(false),
    commandId: z.null(),
    error: replyError,
  }),
  z.object({
    ...replyBase,
    state: z.literal('finished'),
    ok: z.literal(true),
    commandId: z.string(),
    messageId: z.string().nullable(),
    result: z.unknown().meta({ description: "The operation's output" }),
  }),
  z.object({
    ...replyBase,
    state: z.literal('failed').meta({ description: 'It ended badly, or nobody knows how it ended' }),
    ok: z.literal(false),
    commandId: z.string(),
    messageId: z.string().nullable(),
    error: replyError,
  }),
  z.object({
    ...replyBase,
    state: z.literal('pending').meta({ description: 'Not finished yet; ask for the status, or listen to the events' }),
    ok: z.literal(true),
    commandId: z.string(),
    messageId: z.string().nullable(),
  }),
]);

export type IntakeReply = z.output<typeof intakeReply>;
