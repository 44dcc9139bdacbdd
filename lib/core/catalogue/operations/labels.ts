import * as z from 'zod';
import { define, MINUTE_MS } from './define.ts';
import { messageId, recipient } from './fields.ts';

const WRITING = {
  tag: 'labels',
  permission: 'label:write',
  kind: 'command',
  onAmbiguity: 'repeat',
  sendsMessage: false,
  needsLinked: true,
  deadlineMs: MINUTE_MS,
} as const;

const labelId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,32}$/)
  .meta({ examples: ['3'] });
const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ examples: ['Important'] });
const color = z
  .number()
  .int()
  .min(0)
  .max(19)
  .meta({ description: "One of WhatsApp's 20 colours", examples: [1] });
const label = z.object({ labelId: z.string(), name: z.string(), color: z.number().int() });

export const LABEL_OPERATIONS = {
  'label.create': define({
    summary: 'Make a label',
    ...WRITING,
    input: z.strictObject({ name, color: color.default(0) }),
    output: label,
  }),
  'label.update': define({
    summary: 'Rename or recolour a label',
    ...WRITING,
    input: z.strictObject({ labelId, name: name.optional(), color: color.optional() }),
    output: label,
  }),
  'label.delete': define({
    summary: 'Delete a label',
    ...WRITING,
    input: z.strictObject({ labelId }),
    output: z.object({ labelId: z.string() }),
  }),
  'label.setOfChat': define({
    summary: 'Set which labels are on a chat; others come off',
    ...WRITING,
    input: z.strictObject({ chat: recipient, labelIds: z.array(labelId).max(50) }),
    output: z.object({ chat: z.string(), labelIds: z.array(z.string()) }),
  }),
  'label.setOfMessage': define({
    summary: 'Set which labels are on a message; others come off',
    ...WRITING,
    input: z.strictObject({ chat: recipient, messageId, labelIds: z.array(labelId).max(50) }),
    output: z.object({ chat: z.string(), messageId: z.string(), labelIds: z.array(z.string()) }),
  }),
} as const;
