import * as z from 'zod';
import { define, MINUTE_MS } from './define.ts';
import { recipient } from './fields.ts';

const PRESENCE = {
  tag: 'presence',
  kind: 'command',
  onAmbiguity: 'repeat',
  sendsMessage: false,
  needsLinked: true,
  deadlineMs: MINUTE_MS,
} as const;

export const PRESENCE_OPERATIONS = {
  'presence.set': define({
    summary: 'Show the instance as online or offline, until it connects anew',
    ...PRESENCE,
    permission: 'presence:write',
    input: z.strictObject({ presence: z.enum(['available', 'unavailable']) }),
    output: z.object({ presence: z.enum(['available', 'unavailable']) }),
  }),
  'presence.subscribe': define({
    summary: 'Be told when somebody comes online, goes, or types; also after a new connection',
    ...PRESENCE,
    permission: 'presence:read',
    input: z.strictObject({ chat: recipient }),
    output: z.object({ chat: z.string() }),
  }),
} as const;
