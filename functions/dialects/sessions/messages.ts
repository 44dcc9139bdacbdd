import * as z from 'zod';
import { LOCATION_FIELDS, MAX_TEXT_LENGTH, MEDIA_FIELDS, phoneNumber } from '../../../lib/core/catalogue/operations.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import type { Principal } from '../../../lib/core/model/account.ts';
import type { Instance } from '../../../lib/core/model/instance.ts';
import type { MediaKind } from '../../../lib/core/model/media.ts';
import { jidOfParty } from '../../../lib/core/model/phone.ts';
import type { Ports } from '../../../lib/core/ports/index.ts';
import type { InstanceTarget } from '../../../lib/core/usecases/resolve-instance.ts';
import { sendMedia } from '../../../lib/core/usecases/send-media.ts';
import type { ApiRequest, Route, TargetHints } from '../dialect.ts';
import { answer, ok } from './envelope.ts';
import { actionRow, bodyOf, PATH, sendRow, TO, TO_ALIASES } from './rows.ts';

const TAG = 'Messages';
/** The n8n node sends empty texts for what its user left empty. */
const orEmpty = <T extends z.ZodType>(field: T) =>
  z.union([field, z.literal('').transform(() => undefined)]).optional();
const caption = orEmpty(MEDIA_FIELDS.caption.unwrap().min(1));
const filename = orEmpty(MEDIA_FIELDS.filename.unwrap());
const message = z.string().min(1).max(MAX_TEXT_LENGTH);
const file = z.string().min(1).meta({ description: 'An https URL, a data URL, or base64' });

/** `phone` (or `session_id`) of the body: which session sends. */
function sessionOfBody({ body }: TargetHints): InstanceTarget {
  const { phone, session_id: id } = (body ?? {}) as Record<string, unknown>;
  const said = phone ?? id;
  if (said === undefined) return { by: 'session', text: undefined };
  if (typeof said === 'string' && said !== '') return { by: 'session', text: said };
  throw new GatewayError('VALIDATION_ERROR', 'phone is the id or the phone number of a session.');
}

type MediaRequest = ApiRequest<unknown, unknown, Record<string, unknown>> & {
  principal: Principal;
  instance: Instance;
};

/** A row that sends a file; its body names the file `file`. */
function fileRow(row: {
  action: string;
  message: string;
  fields?: z.ZodRawShape;
  file: readonly string[];
  kind: MediaKind;
  aliases?: Record<string, readonly string[]>;
}): Route {
  return sendRow({
    path: `${PATH}/${row.action}`,
    tag: TAG,
    op: `message.send${row.kind.charAt(0).toUpperCase()}${row.kind.slice(1)}` as 'message.sendImage',
    message: row.message,
    body: bodyOf({ ...TO, file, ...row.fields }),
    aliases: { ...TO_ALIASES, file: row.file, ...row.aliases },
    submit: (ports: Ports, { principal, instance, body, idempotency }: MediaRequest) => {
      const { file: given, type, ...fields } = body;
      const kind = (type as MediaKind | undefined) ?? row.kind;
      return sendMedia(ports, principal, { instance, kind, file: given as string, fields, idempotency });
    },
  });
}

export const messageRoutes: Route[] = [
  sendRow({
    path: `${PATH}/send`,
    tag: TAG,
    op: 'message.sendText',
    message: 'Message sent successfully',
    body: bodyOf({ ...TO, message }),
    aliases: { ...TO_ALIASES, message: ['text'] },
    toInput: ({ to, message: text }) => ({ to, text }),
  }),
  sendRow({
    path: '/api/send',
    tag: TAG,
    op: 'message.sendText',
    summary: 'Send a text from the session of a phone number',
    message: 'Message sent successfully',
    target: sessionOfBody,
    body: bodyOf({
      phone: z.string().optional().meta({ description: 'Id or phone number of the session; absent: the only one' }),
      session_id: z.string().optional().meta({ description: 'The same' }),
      ...TO,
      message,
    }),
    aliases: { ...TO_ALIASES, message: ['text'] },
    toInput: ({ to, message: text }) => ({ to, text }),
  }),
  fileRow({
    action: 'send-image',
    message: 'Image sent successfully',
    kind: 'image',
    file: ['image', 'image_url'],
    fields: { caption },
  }),
  fileRow({
    action: 'send-attachment',
    message: 'Attachment sent successfully',
    kind: 'document',
    file: ['document', 'document_url', 'url'],
    fields: { filename, caption },
  }),
  fileRow({
    action: 'send-document',
    message: 'Document sent successfully',
    kind: 'document',
    file: ['document_url', 'document', 'url'],
    fields: { filename, caption },
  }),
  fileRow({
    action: 'send-file-url',
    message: 'File sent successfully',
    kind: 'document',
    file: ['url'],
    fields: { filename, caption, type: z.enum(['image', 'video', 'audio', 'document']).optional() },
  }),
  sendRow({
    path: `${PATH}/send-location`,
    tag: TAG,
    op: 'message.sendLocation',
    message: 'Location sent successfully',
    body: bodyOf({
      ...{ ...TO, latitude: LOCATION_FIELDS.latitude, longitude: LOCATION_FIELDS.longitude },
      name: orEmpty(LOCATION_FIELDS.name.unwrap()),
      address: orEmpty(LOCATION_FIELDS.address.unwrap()),
    }),
    aliases: TO_ALIASES,
    toInput: (input) => input,
  }),
  ...(['check-number', 'check-phone'] as const).map((action) =>
    actionRow({
      path: `${PATH}/${action}`,
      tag: 'Numbers and groups',
      op: 'contact.check',
      body: bodyOf({ number: phoneNumber }),
      aliases: { number: ['phone', 'to'] },
      toInput: ({ number }: { number: string }) => ({ numbers: [number] }),
      response: answer({
        number: z.string(),
        on_whatsapp: z.boolean(),
        exists: z.boolean(),
        jid: z.string().nullable(),
        verified: z.boolean().meta({ description: 'WhatsApp names a verified business' }),
        verified_name: z.string().nullable(),
      }),
      respond: ({ results: [found] }, { number }) =>
        ok({
          ...{ number, on_whatsapp: found?.exists ?? false, exists: found?.exists ?? false, jid: found?.jid ?? null },
          ...{ verified: found?.name != null, verified_name: found?.name ?? null },
        }),
    }),
  ),
  actionRow({
    method: 'GET',
    path: `${PATH}/groups`,
    tag: 'Numbers and groups',
    op: 'group.list',
    toInput: () => ({ limit: 500 }),
    response: answer({
      count: z.number().int(),
      groups: z.array(
        z.object({
          jid: z.string(),
          name: z.string(),
          topic: z.string(),
          description: z.string(),
          owner: z.string(),
          participant_count: z.number().int(),
          is_admin: z.boolean(),
          is_super_admin: z.boolean(),
        }),
      ),
    }),
    respond: ({ groups }) => {
      const shown = groups.map(({ groupId, subject, description, owner, size, role }) => ({
        ...{ jid: groupId, name: subject, topic: description ?? '', description: description ?? '' },
        owner: (owner && jidOfParty(owner)) ?? '',
        ...{ participant_count: size, is_admin: role === 'admin', is_super_admin: role === 'superadmin' },
      }));
      return ok({ count: shown.length, groups: shown });
    },
  }),
];
