import * as z from 'zod';
import { DAY_MS, define, MINUTE_MS } from './define.ts';
import { phoneNumber } from './fields.ts';

/** Of the session itself: each says how it shall be, and a second time changes nothing. */
const OF_SESSION = {
  tag: 'instances',
  permission: null,
  kind: 'command',
  onAmbiguity: 'repeat',
  sendsMessage: false,
  needsLinked: false,
  deadlineMs: MINUTE_MS,
} as const;

export const INSTANCE_OPERATIONS = {
  'instance.connect': define({
    summary: 'Open the session; show a QR or pairing code when it is not linked yet',
    ...OF_SESSION,
    input: z.strictObject({ pairWithPhone: phoneNumber.optional() }),
    output: z.object({ status: z.string() }),
  }),
  'instance.restart': define({
    summary: 'Close the connection and open it again',
    ...OF_SESSION,
    input: z.strictObject({}),
    output: z.object({ status: z.string() }),
  }),
  'instance.disconnect': define({
    summary: 'Close the connection and leave it closed; the phone stays linked',
    ...OF_SESSION,
    input: z.strictObject({}),
    output: z.object({ status: z.string() }),
  }),
  'instance.logout': define({
    summary: 'Unlink the session from the phone',
    ...OF_SESSION,
    input: z.strictObject({}),
    output: z.object({ status: z.string() }),
  }),
  'instance.configure': define({
    summary: 'Take over the settings of the instance as they stand',
    ...OF_SESSION,
    deadlineMs: DAY_MS,
    input: z.strictObject({}),
    output: z.object({}),
  }),
  'instance.remove': define({
    summary: 'Unlink, and delete the keys and everything stored of the instance',
    ...OF_SESSION,
    deadlineMs: DAY_MS,
    input: z.strictObject({}),
    output: z.object({}),
  }),
} as const;
