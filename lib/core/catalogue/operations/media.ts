import * as z from 'zod';
import { define, MINUTE_MS } from './define.ts';
import { media, messageId } from './fields.ts';

const storedFile = {
  mediaId: z.string(),
  mimetype: z.string().nullable(),
  size: z.number().int(),
  sha256: z.string().meta({ description: 'Hex' }),
};

const CONVERTING = {
  tag: 'media',
  permission: 'media:write',
  kind: 'command',
  onAmbiguity: 'repeat',
  sendsMessage: false,
  needsLinked: false,
  deadlineMs: 5 * MINUTE_MS,
  input: z.strictObject({ media }),
  output: z.object({ ...storedFile, seconds: z.number().nullable() }),
} as const;

export const MEDIA_OPERATIONS = {
  'media.download': define({
    summary: 'Fetch the file of a received message, from the phone where WhatsApp has it no more',
    tag: 'media',
    permission: 'message:read',
    kind: 'command',
    onAmbiguity: 'repeat',
    sendsMessage: false,
    needsLinked: false,
    deadlineMs: 5 * MINUTE_MS,
    input: z.strictObject({ messageId }),
    output: z.object({ messageId: z.string(), ...storedFile, fileName: z.string().nullable() }),
  }),
  'media.convertVoice': define({ summary: 'Convert a file to a voice note: Opus in Ogg', ...CONVERTING }),
  'media.convertVideo': define({ summary: 'Convert a file to a video: H.264 in MP4', ...CONVERTING }),
} as const;
