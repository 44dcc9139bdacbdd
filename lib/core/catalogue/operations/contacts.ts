import * as z from 'zod';
import { define, MINUTE_MS } from './define.ts';
import { person, phoneNumber, unanswered } from './fields.ts';

const READING = {
  tag: 'contacts',
  permission: 'contact:read',
  kind: 'query',
  onAmbiguity: 'repeat',
  sendsMessage: false,
  needsLinked: true,
  deadlineMs: MINUTE_MS,
} as const;
/** Each says how it shall be: a second time changes nothing. */
const WRITING = { ...READING, permission: 'contact:write', kind: 'command' } as const;

export const CONTACT_OPERATIONS = {
  'contact.check': define({
    summary: 'Ask WhatsApp which numbers have an account',
    ...READING,
    permission: 'contact:check',
    input: z.strictObject({ numbers: z.array(phoneNumber).min(1).max(50) }),
    output: z.object({
      results: z.array(
        z.object({
          number: z.string(),
          exists: z.boolean(),
          jid: z.string().nullable(),
          name: z.string().nullable(),
          profilePicture: z
            .string()
            .nullable()
            .describe('Null: there is none, it is hidden, or WhatsApp did not say in time.'),
        }),
      ),
    }),
  }),
  'contact.profile': define({
    summary: 'Ask WhatsApp for the profile of a person',
    ...READING,
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
      unanswered: unanswered(['about', 'picture', 'business']),
    }),
  }),
  'contact.block': define({
    summary: 'Block a person',
    ...WRITING,
    input: z.strictObject({ jid: person }),
    output: z.object({ jid: z.string(), blocked: z.boolean() }),
  }),
  'contact.unblock': define({
    summary: 'Unblock a person',
    ...WRITING,
    input: z.strictObject({ jid: person }),
    output: z.object({ jid: z.string(), blocked: z.boolean() }),
  }),
  'contact.save': define({
    summary: "Save a person under a name in the phone's address book",
    ...WRITING,
    input: z.strictObject({
      jid: person,
      name: z.string().trim().min(1).max(255),
      firstName: z.string().trim().min(1).max(255).optional(),
    }),
    output: z.object({ jid: z.string(), name: z.string() }),
  }),
  'contact.forget': define({
    summary: "Take a person out of the phone's address book",
    ...WRITING,
    input: z.strictObject({ jid: person }),
    output: z.object({ jid: z.string() }),
  }),
  'contact.listBlocked': define({
    summary: 'Ask WhatsApp who is blocked',
    ...READING,
    input: z.strictObject({}),
    output: z.object({
      contacts: z.array(z.object({ jid: z.string(), phone: z.string().nullable(), lid: z.string().nullable() })),
    }),
  }),
} as const;
