import * as z from 'zod';
import { define, MINUTE_MS } from './define.ts';
import { person } from './fields.ts';

const READING = {
  tag: 'business',
  permission: 'business:read',
  kind: 'query',
  onAmbiguity: 'repeat',
  sendsMessage: false,
  needsLinked: true,
  deadlineMs: MINUTE_MS,
} as const;

const jid = person.optional().meta({ description: 'Whose; absent: our own' });

export const product = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  retailerId: z.string().nullable(),
  url: z.string().nullable(),
  price: z.number().nullable().meta({ description: 'In thousandths of the currency, as WhatsApp counts' }),
  currency: z.string().nullable(),
  isHidden: z.boolean(),
  images: z.array(z.string()),
  reviewStatus: z.string().nullable(),
});

export const BUSINESS_OPERATIONS = {
  'business.profile': define({
    summary: 'What a business shows of itself',
    ...READING,
    input: z.strictObject({ jid }),
    output: z.object({
      jid: z.string(),
      description: z.string().nullable(),
      category: z.string().nullable(),
      email: z.string().nullable(),
      websites: z.array(z.string()),
      address: z.string().nullable(),
      timezone: z.string().nullable(),
      hours: z.array(
        z.object({
          day: z.string(),
          mode: z.string(),
          opensMinutes: z.number().nullable(),
          closesMinutes: z.number().nullable(),
        }),
      ),
    }),
  }),
  'business.catalog': define({
    summary: 'Products of a business, page by page',
    ...READING,
    input: z.strictObject({
      jid,
      limit: z.number().int().min(1).max(100).optional(),
      cursor: z.string().min(1).max(512).optional(),
    }),
    output: z.object({ products: z.array(product), nextCursor: z.string().nullable() }),
  }),
  'business.collections': define({
    summary: 'Collections of products of a business',
    ...READING,
    input: z.strictObject({ jid, limit: z.number().int().min(1).max(100).optional() }),
    output: z.object({
      collections: z.array(
        z.object({ id: z.string(), name: z.string(), status: z.string().nullable(), products: z.array(product) }),
      ),
    }),
  }),
} as const;
