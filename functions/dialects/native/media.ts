import * as z from 'zod';
import { OPERATIONS, type OperationOutput } from '../../../lib/core/catalogue/operations.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import { MEDIA_TYPE } from '../../../lib/core/model/media.ts';
import { grantUpload, storeUpload } from '../../../lib/core/usecases/accept-upload.ts';
import { outputOfCommand } from '../../../lib/core/usecases/await-command.ts';
import { downloadLink } from '../../../lib/core/usecases/media-links.ts';
import { submitWithMedia } from '../../../lib/core/usecases/send-media.ts';
import { convertedShape, convertedView } from '../converted.ts';
import { instanceRoute, operationRoute, type Route } from '../dialect.ts';
import { instanceByName, instanceOfKey } from './fields.ts';
import { iso } from './views.ts';

const TAG = 'Media';

const mimetype = z.string().max(255).regex(MEDIA_TYPE, 'must be a media type, such as application/pdf');
const mediaId = z.string().meta({ examples: ['out_2Yx0b1nTn3Jm5VQd7Wl9sQ2eRrTtYyUu'] });
const url = z.string().meta({ description: 'Serves the file to whoever has the link, for seven days' });

const uploaded = z.object({
  mediaId: mediaId.meta({ description: 'To be given as `mediaId` when a message is sent; good for a day' }),
  size: z.number().int(),
  sha256: z.string().nullable().meta({ description: 'Hex; null while the bytes are not there' }),
  upload: z
    .object({
      method: z.literal('PUT'),
      url: z.string(),
      headers: z.record(z.string(), z.string()),
      expiresAt: z.iso.datetime(),
    })
    .nullable()
    .meta({ description: 'Where the bytes go; null when they came with the request' }),
});

const uploadBody = z.strictObject({
  size: z.int().min(1).optional().meta({ description: 'Bytes, of a file that comes later' }),
  file: z
    .string()
    .regex(/^data:[^,]{0,200},/, 'must be a data URL')
    .optional()
    .meta({ description: 'A data URL, or a part of multipart/form-data: the file itself' }),
  mimetype: mimetype.optional(),
  filename: z.string().min(1).max(255).optional(),
  instanceName: z.string().optional(),
  instanceId: z.string().optional(),
});

const CONVERSIONS = { voice: 'media.convertVoice', video: 'media.convertVideo' } as const;

function convertRoute(what: keyof typeof CONVERSIONS): Route {
  const op = CONVERSIONS[what];
  return operationRoute({
    method: 'POST',
    path: `/api/instances/:name/media/convert/${what}`,
    summary: OPERATIONS[op].summary,
    tag: TAG,
    credential: 'any',
    op,
    target: instanceByName,
    body: z.strictObject({
      file: z.string().min(1).optional().meta({ description: 'An https URL, a data URL, or base64' }),
      mediaId: z.string().min(1).max(128).optional().meta({ description: 'Of an upload, instead of the file' }),
    }),
    form: { field: 'file' },
    status: 200,
    response: convertedShape,
    errors: ['NOT_IMPLEMENTED'],
    submit: (ports, { principal, instance, body, idempotency }) => {
      const media = body.mediaId === undefined ? { url: body.file ?? '' } : { id: body.mediaId };
      return submitWithMedia(ports, principal, { instance, operation: op, input: { media }, idempotency });
    },
    respond: (command, { instance }, ports) => ({
      data: convertedView(ports, instance, outputOfCommand(command) as OperationOutput<typeof op>),
    }),
  });
}

export const mediaRoutes: Route[] = [
  instanceRoute({
    method: 'POST',
    path: '/api/media',
    summary: 'A place for a file to be sent: of any size by a second request, small ones at once',
    tag: TAG,
    credential: 'key',
    target: instanceOfKey,
    body: uploadBody,
    form: { field: 'file', name: 'filename', type: 'mimetype' },
    status: 201,
    response: uploaded,
    errors: ['NOT_IMPLEMENTED', 'PAYLOAD_TOO_LARGE'],
    permission: 'message:send',
    run: async (ports, { principal, instance, body }) => {
      const { size, file, mimetype: type, filename: fileName } = body;
      if (size !== undefined && file === undefined) {
        const wanted = { instance, size, mimetype: type ?? 'application/octet-stream', fileName };
        const granted = await grantUpload(ports, principal, wanted);
        const { expiresAtMs, ...upload } = granted.upload;
        const place = { ...upload, expiresAt: iso(expiresAtMs) };
        return { data: { mediaId: granted.mediaId, size, sha256: null, upload: place } };
      }
      if (file === undefined) throw new GatewayError('VALIDATION_ERROR', 'size or file is missing.');
      const said = type ?? /^data:([^;,]+)/.exec(file)?.[1] ?? 'application/octet-stream';
      const bytes = Buffer.from(file.slice(file.indexOf(',') + 1), 'base64');
      const stored = await storeUpload(ports, principal, { instance, bytes, mimetype: said, fileName });
      return { data: { ...stored, upload: null } };
    },
  }),
  operationRoute({
    method: 'GET',
    path: '/api/messages/:messageId/media',
    summary: 'The file of a received message, fetched where it is not here yet',
    tag: TAG,
    credential: 'key',
    op: 'media.download',
    target: instanceOfKey,
    params: z.object({ messageId: z.string() }),
    status: 200,
    response: OPERATIONS['media.download'].output.extend({ url }),
    errors: ['RESOURCE_NOT_FOUND', 'SERVICE_UNAVAILABLE', 'PAYLOAD_TOO_LARGE'],
    toInput: ({ params }) => ({ messageId: params.messageId }),
    respond: (command, { instance }, ports) => {
      const file = outputOfCommand(command) as OperationOutput<'media.download'>;
      const { mediaId: id, messageId } = file;
      const place = { tenantId: instance.tenantId, instanceId: instance.id, messageId: messageId.replace('msg_', '') };
      return { data: { ...file, url: downloadLink(ports, { ...place, mediaId: id }) } };
    },
  }),
  convertRoute('voice'),
  convertRoute('video'),
];
