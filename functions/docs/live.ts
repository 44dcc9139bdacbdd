import { ERROR_CODES, type ErrorCode } from '../../lib/core/errors.ts';
import { LIVE_EVENTS, type LiveEventName, MESSAGE_CHANGED, MESSAGE_CHANGES } from '../live/frames.ts';
import type { OpenApiDocument } from './openapi.ts';
import type { Schema, Schemas } from './schema.ts';

const text = (example?: string): Schema => ({ type: 'string', ...(example ? { examples: [example] } : {}) });
const maybe = (example: string): Schema => ({ type: ['string', 'null'], examples: [example] });
const object = (properties: Schemas, required = Object.keys(properties)): Schema => ({
  ...{ type: 'object', properties, required, additionalProperties: false },
});
const time: Schema = { type: 'string', format: 'date-time', examples: ['2024-01-01T10:00:00.000Z'] };

const connection = object({
  status: text('CONNECTED'),
  phone: maybe('+6281234567890'),
  reason: { type: ['string', 'null'] },
});

const DATA: Record<LiveEventName, Schema> = {
  instance_status_changed: connection,
  connection_lost: connection,
  qr_code_updated: object({ qrCode: text('data:image/png;base64,iVBORw0KGgo='), qr: text(), expiresAt: time }),
  new_message_received: object(
    {
      ...{ messageId: text('msg_3EB0C767D71D8A2B5F3E19'), chat: text('6281234567890@s.whatsapp.net') },
      from: object({ phone: maybe('6281234567890'), lid: maybe('83116928594000') }),
      ...{
        authorName: maybe('John Customer'),
        isGroup: { type: 'boolean' },
        type: text('text'),
        text: maybe('Hello!'),
      },
      timestamp: time,
      isTextShortened: { const: true, description: 'The whole text is in `GET /api/messages`' },
    },
    ['messageId', 'chat', 'from', 'authorName', 'isGroup', 'type', 'text', 'timestamp'],
  ),
  usage_limit_warning: object({
    resource: { enum: ['instances', 'messages'] },
    used: { type: 'integer' },
    limit: { type: 'integer' },
    percent: { enum: [80, 100] },
  }),
  message_changed: object({
    ...{ messageId: text('msg_3EB0C767D71D8A2B5F3E19'), chat: text('6281234567890@s.whatsapp.net') },
    change: {
      enum: [...MESSAGE_CHANGES],
      description: '`status`: how far a sent message has come; `file`: the one received was fetched, or never will be',
    },
    status: { enum: ['SENT', 'DELIVERED', 'READ', 'FAILED', null], description: 'null: something else has changed' },
    timestamp: time,
  }),
};

const frame = (event: Schema, data: Schema, withId: boolean): Schema =>
  object({
    event,
    ...(withId ? { id: text('evt_4e2d2377473442e500918393') } : {}),
    instanceName: maybe('customer-service'),
    ...{ data, timestamp: time, cursor: { type: 'string', description: 'Give the last one back as `?cursor=`' } },
  });

const NAMES: readonly LiveEventName[] = [...LIVE_EVENTS, MESSAGE_CHANGED];

/** What `/ws/dashboard` sends, by name of the event. */
export const liveSchemas: Schemas = {
  LiveFrame: {
    oneOf: [
      ...NAMES.map((name) => frame({ const: name }, DATA[name], true)),
      frame({ const: 'connected' }, object({ resumed: { type: 'boolean' } }), false),
      frame(
        { const: 'resync' },
        object({ reason: { enum: ['cursor_invalid', 'cursor_too_old', 'too_many_events'] } }),
        false,
      ),
      frame({ const: 'pong' }, object({}), false),
    ],
  },
};

const query = (name: string, description: string): Schema => ({
  ...{ name, in: 'query', required: false, description, schema: { type: 'string' } },
});

/** The WebSocket, which is no row of a dialect. */
export const livePaths: OpenApiDocument['paths'] = {
  '/ws/dashboard': {
    get: {
      operationId: 'getWsDashboard',
      summary: 'Live updates over a WebSocket',
      description: [
        'The credential is a ticket of `POST /api/ws/ticket`, which works once, or an access token: as `?token=`, among',
        'the subprotocols (`new WebSocket(url, ["bearer", token])`) or in `Authorization`. Browsers are taken from the',
        'configured web origins only. Frames are `LiveFrame`s of 32 KB at most: administrators get those of all',
        'instances, users those of their own. They are of five events; who opens it with `?follow=messages` gets',
        '`message_changed`, too: sent, delivered, read, failed, edited, taken back, a reaction. After a reconnect',
        '`?cursor=` brings what was missed; `resync` says that it cannot be told any more (a day, or 500 events). The',
        'server pings every 30 seconds; `{"type":"ping"}` is answered with `pong`. Behind API Gateway send',
        '`{"type":"start"}` first, ping at least every 10 minutes, and know an event that comes twice by its `id`.',
      ].join(' '),
      tags: ['Live updates'],
      parameters: [
        query('follow', '`messages`: also what becomes of messages'),
        query('ticket', 'Of `POST /api/ws/ticket`'),
        query('token', 'An access token, in place of a ticket'),
        query('cursor', 'Of the last frame before a reconnect'),
      ],
      responses: {
        101: { description: 'Switching protocols: frames follow.' },
        ...Object.fromEntries(
          (['AUTHENTICATION_ERROR', 'PERMISSION_DENIED', 'RATE_LIMIT_EXCEEDED'] satisfies ErrorCode[]).map((code) => [
            ERROR_CODES[code].status,
            { description: `\`${code}\`: ${ERROR_CODES[code].title}` },
          ]),
        ),
      },
      security: [{ accessToken: [] }, {}],
    },
  },
};
