import * as z from 'zod';
import { define, MINUTE_MS } from './define.ts';
import { person } from './fields.ts';

export const CALL_OPERATIONS = {
  'call.reject': define({
    summary: 'Reject a call that rings',
    tag: 'calls',
    permission: 'call:write',
    kind: 'command',
    // A second rejection of a call that is over does nothing.
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: true,
    deadlineMs: MINUTE_MS,
    input: z.strictObject({
      callId: z
        .string()
        .regex(/^[A-Za-z0-9._-]{4,128}$/)
        .meta({ description: 'As `call.received` tells it', examples: ['9A8B7C6D5E4F3A2B'] }),
      from: person.meta({ description: 'Who calls' }),
    }),
    output: z.object({ callId: z.string() }),
  }),
} as const;
