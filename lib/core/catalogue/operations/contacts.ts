import * as z from 'zod';
import { define, MINUTE_MS } from './define.ts';
import { person, phoneNumber } from './fields.ts';

export const CONTACT_OPERATIONS = {
  'contact.check': define({
    summary: 'Ask WhatsApp which numbers have an account',
    tag: 'contacts',
    permission: 'contact:check',
    kind: 'query',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: true,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({ numbers: z.array(phoneNumber).min(1).max(50) }),
    output: z.object({
      results: z.array(
        z.object({
          number: z.string(),
          exists: z.boolean(),
          jid: z.string().nullable(),
          name: z.string().nullable(),
          profilePicture: z.string().nullable(),
        }),
      ),
    }),
  }),
  'contact.profile': define({
    summary: 'Ask WhatsApp for the profile of a person',
    tag: 'contacts',
    permission: 'contact:read',
    kind: 'query',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: true,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({ jid: person }),
    output: z.object({
      jid: z.string(),
      phone: z.string().nullable(),
      lid: z.string().nullable(),
      name: z.string().nullable(),
      about: z.string().nullable(),
      picture: z.string().nullable(),
      business: z
        .object({
          description: z.string().nullable(),
          category: z.string().nullable(),
          email: z.string().nullable(),
          websites: z.array(z.string()),
          address: z.string().nullable(),
        })
        .nullable(),
    }),
  }),
  'contact.block': define({
    summary: 'Block a person',
    tag: 'contacts',
    permission: 'contact:write',
    kind: 'command',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: true,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({ jid: person }),
    output: z.object({ jid: z.string(), blocked: z.boolean() }),
  }),
  'contact.unblock': define({
    summary: 'Unblock a person',
    tag: 'contacts',
    permission: 'contact:write',
    kind: 'command',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: true,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({ jid: person }),
    output: z.object({ jid: z.string(), blocked: z.boolean() }),
  }),
} as const;
