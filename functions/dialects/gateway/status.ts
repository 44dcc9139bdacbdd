import * as z from 'zod';
import { STATUS_OPERATIONS } from '../../../lib/core/catalogue/operations/status.ts';
import { MEDIA_FIELDS } from '../../../lib/core/catalogue/operations.ts';
import type { MediaKind } from '../../../lib/core/model/media.ts';
import { newMessageId } from '../../../lib/core/usecases/new-message-id.ts';
import { sendMedia } from '../../../lib/core/usecases/send-media.ts';
import { instanceRoute, type Route } from '../dialect.ts';
import { answer, answerOf, ok } from './envelope.ts';
import { actionRow, instanceOfPath, sendRow, tag } from './rows.ts';

const TAG = 'Status';
const PATH = '/api/status/:instanceId';
const file = z.string().min(1).meta({ description: 'An https URL, a data URL, or base64' });
const { caption } = MEDIA_FIELDS;
const { text, backgroundColor, font, audience } = STATUS_OPERATIONS['status.sendText'].input.shape;

/** A status with a file, whose field bears the document's name of it. */
function fileRow(kind: MediaKind, op: 'status.sendImage' | 'status.sendVideo' | 'status.sendVoice'): Route {
  const what = op.replace('status.send', '').toLowerCase();
  return sendRow({
    path: `${PATH}/${what}`,
    op,
    tag: TAG,
    message: `${what.charAt(0).toUpperCase()}${what.slice(1)} status sent successfully`,
    body: z.object({ [kind]: file, ...(kind === 'audio' ? {} : { caption }), audience }),
    aliases: { [kind]: [`${kind}Url`, `${kind}Base64`] },
    submit: (ports, { principal, instance, body, idempotency }) => {
      const { [kind]: given, ...fields } = body as Record<string, unknown>;
      return sendMedia(ports, principal, { instance, kind, operation: op, file: given as string, fields, idempotency });
    },
  });
}

export const statusRoutes: Route[] = [
  sendRow({
    path: `${PATH}/text`,
    op: 'status.sendText',
    tag: TAG,
    message: 'Text status sent successfully',
    body: z.object({ text, backgroundColor, font, audience }),
    toInput: (input) => input,
  }),
  fileRow('image', 'status.sendImage'),
  fileRow('audio', 'status.sendVoice'),
  fileRow('video', 'status.sendVideo'),
  actionRow({
    path: `${PATH}/delete`,
    op: 'status.delete',
    tag: TAG,
    body: z.object({ messageId: z.string().min(4).max(132) }),
    toInput: ({ messageId }) => ({ messageId }),
    response: answerOf(z.object({ messageId: z.string() })),
    respond: ({ messageId }) => ok({ data: { messageId }, message: 'Status deleted successfully' }),
  }),
  instanceRoute({
    method: 'GET',
    path: `${PATH}/new-message-id`,
    summary: 'A fresh message id, of the form that WhatsApp uses',
    tag: tag(TAG),
    credential: 'key',
    target: instanceOfPath,
    status: 200,
    response: answer({ data: z.object({ messageId: z.string() }) }),
    permission: 'status:send',
    run: async (_ports, { principal }) => ok({ data: { messageId: newMessageId(principal) } }),
  }),
];
