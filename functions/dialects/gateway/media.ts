import * as z from 'zod';
import { submitWithMedia } from '../../../lib/core/usecases/send-media.ts';
import { convertedShape, convertedView } from '../converted.ts';
import type { Route } from '../dialect.ts';
import { answerOf, ok } from './envelope.ts';
import { actionRow } from './rows.ts';

/** Nobody reads files of the gateway's own disk. */
const file = z
  .object({
    filePath: z
      .string()
      .max(2_048)
      .regex(/^https?:\/\//i, 'must be an https URL')
      .optional()
      .meta({ description: 'An https URL' }),
    base64: z.string().min(1).optional().meta({ description: 'Base64 or a data URL' }),
    mimeType: z.string().max(255).optional().meta({ description: 'Taken, and not needed' }),
  })
  .refine(({ filePath, base64 }) => filePath ?? base64, {
    path: ['base64'],
    message: 'filePath or base64 must be there',
  });

export const mediaRoutes: Route[] = (
  [
    ['voice', 'media.convertVoice'],
    ['video', 'media.convertVideo'],
  ] as const
).map(([what, op]) =>
  actionRow({
    path: `/api/media/:instanceId/convert/${what}`,
    op,
    tag: 'Media',
    body: file,
    aliases: { filePath: ['url', 'fileUrl'], mimeType: ['mimetype'] },
    submit: (ports, { principal, instance, body, idempotency }) => {
      const media = { url: body.filePath ?? body.base64 ?? '' };
      return submitWithMedia(ports, principal, { instance, operation: op, input: { media }, idempotency });
    },
    response: answerOf(convertedShape),
    respond: (output, { instance }, ports) =>
      ok({ data: convertedView(ports, instance, output), message: 'File converted successfully' }),
  }),
);
