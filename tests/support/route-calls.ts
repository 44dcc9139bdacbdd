import type * as z from 'zod';
import type { Route } from '../../functions/dialects/dialect.ts';
import { nativeDialect } from '../../functions/dialects/native/index.ts';
import { INTAKE_INPUTS } from './intake-inputs.ts';

const OF_INSTANCE = '/api/instances/:name/';

/** A body that each route takes, so that only what a test changes can be at fault. */
export const SAMPLE_BODIES: Record<string, object> = {
  ...bodiesOfOperations(),
  'POST /api/auth/register': { email: 'new@example.com', password: 'securePassword123', name: 'New' },
  'POST /api/auth/login': { email: 'new@example.com', password: 'securePassword123' },
  'POST /api/auth/refresh': { refreshToken: 'x' },
  'POST /api/auth/session': { refreshToken: 'x' },
  'POST /api/auth/change-password': { currentPassword: 'securePassword123', newPassword: 'sarahSecurePass456' },
  'POST /api/users': { email: 'sarah@example.com', name: 'Sarah' },
  'PUT /api/users/:id': { name: 'Sarah' },
  'PUT /api/profile': { name: 'Somebody' },
  'PUT /api/instances/:name/profile/picture': { image: 'https://files.example/me.jpg' },
  'POST /api/instances': { name: 'another' },
  'PUT /api/instances/:name': { settings: { rejectCalls: true } },
  'POST /api/instances/:name/pairing-code': { phone: '6281234567890' },
  'POST /api/instances/:name/keys': { name: 'k', permissions: ['message:send'] },
  'PUT /api/instances/:name/keys/:keyId': { rateLimit: 5 },
  'POST /api/keys': { name: 'k', permissions: ['message:send'] },
  'PUT /api/keys/:keyId': { rateLimit: 5 },
  'POST /api/instances/:name/webhook': { url: 'https://mystore.com/webhook/whatsapp', events: ['message'] },
  'PUT /api/instances/:name/webhook': { isActive: true },
  'POST /api/webhooks': { url: 'https://mystore.com/webhook/whatsapp' },
  'PUT /api/webhooks/:id': { isActive: true },
  'POST /api/webhooks/:id/replay': { failed: true },
  'POST /api/messages/text': { to: '6281234567890', text: 'x' },
  'POST /api/messages/image': { to: '6281234567890', image: 'https://files.example/a.png' },
  'POST /api/messages/document': { to: '6281234567890', document: 'https://files.example/a.pdf', filename: 'a.pdf' },
  'POST /api/messages/audio': { to: '6281234567890', audio: 'https://files.example/a.ogg' },
  'POST /api/messages/video': { to: '6281234567890', video: 'https://files.example/a.mp4' },
  'POST /api/messages/location': { to: '6281234567890', latitude: -6.2, longitude: 106.8 },
  'POST /api/messages/voice': { to: '6281234567890', voice: 'https://files.example/a.ogg' },
  'POST /api/messages/sticker': { to: '6281234567890', sticker: 'https://files.example/a.webp' },
  'POST /api/messages/album': {
    to: '6281234567890',
    items: [
      { kind: 'image', media: { url: 'https://files.example/a.png' } },
      { kind: 'image', media: { url: 'https://files.example/b.png' } },
    ],
  },
  'POST /api/messages/link': { to: '6281234567890', url: 'https://example.com/', title: 'Example' },
  'POST /api/messages/live-location': { to: '6281234567890', latitude: -6.2, longitude: 106.8 },
  'POST /api/messages/contacts': { to: '6281234567890', contacts: [{ name: 'Ann', phone: '6281234567891' }] },
  'POST /api/messages/poll': { to: '6281234567890', question: 'Tea?', options: ['yes', 'no'] },
  'POST /api/messages/list': { to: '6281234567890', text: 'x', sections: [{ rows: [{ id: 'a', title: 'A' }] }] },
  'POST /api/messages/buttons': { to: '6281234567890', text: 'x', buttons: [{ id: 'a', text: 'A' }] },
  'POST /api/messages/event': { to: '6281234567890', name: 'Lunch', startAt: '2026-05-01T12:00:00Z' },
  'POST /api/messages/forward': { to: '6281234567890', messageId: 'msg_3EB0ABCDEF' },
  'PATCH /api/messages/:messageId': { text: 'x' },
  'PATCH /api/instances/:name/scheduled/:messageId': { text: 'x' },
  'POST /api/messages/:messageId/reaction': { emoji: '👍' },
  'POST /api/messages/:messageId/vote': { options: ['yes'] },
  'POST /api/messages/typing': { chat: '6281234567890' },
  'POST /api/messages/disappearing': { chat: '6281234567890', seconds: 86_400 },
  'POST /api/media': { size: 5 },
  'POST /api/instances/:name/media': { size: 5 },
  'POST /api/instances/:name/media/convert/voice': { file: 'https://files.example/a.mp3' },
  'POST /api/instances/:name/media/convert/video': { file: 'https://files.example/a.mov' },
  'POST /api/messages/contact': { to: '6281234567890', contact: { name: 'Ann', phone: '6281234567891' } },
  'POST /api/contacts/check': { numbers: ['6281234567890'] },
  'POST /api/contacts/block': { jid: '6281234567890@s.whatsapp.net' },
  'POST /api/contacts/unblock': { jid: '6281234567890@s.whatsapp.net' },
  ...bodiesOfBulk('/api/messages/bulk'),
  ...bodiesOfBulk('/api/instances/:name/bulk'),
  'POST /api/messages/template': { to: '6281234567890', template: 'hello', variables: { name: 'Ann' } },
  'POST /api/templates': { name: 'hello-again', message: { type: 'text', text: 'Hello {{name}}' } },
  'PUT /api/templates/:templateName': { message: { type: 'text', text: 'Hello {{name}}' } },
  'POST /api/test/instances/:name/incoming': { from: '6281234567890', text: 'x' },
};

const GATEWAY_TO = { to: '6281234567890@s.whatsapp.net' };
Object.assign(SAMPLE_BODIES, {
  'POST /api/auth/generate-key': { name: 'My API Key' },
  'POST /api/instance/create': { name: 'My WhatsApp Instance' },
  'PUT /api/instance/:instanceId': { name: 'Another' },
  'POST /api/instance/:instanceId/pairing-code': { phoneNumber: '6281234567890' },
  'POST /api/message/send/text': { ...GATEWAY_TO, message: 'Hello World!' },
  'POST /api/message/send/image': { ...GATEWAY_TO, image: 'https://example.com/image.jpg' },
  'POST /api/message/send/file': { ...GATEWAY_TO, file: 'https://example.com/document.pdf', filename: 'document.pdf' },
  'POST /api/message/send/voice': { ...GATEWAY_TO, audio: 'https://example.com/voice.ogg' },
  'POST /api/message/send/video': { ...GATEWAY_TO, video: 'https://example.com/video.mp4' },
  'POST /api/message/send/location': { ...GATEWAY_TO, latitude: -6.2088, longitude: 106.8456 },
  'POST /api/message/send/link-preview': { ...GATEWAY_TO, url: 'https://example.com', title: 'Example Website' },
  'POST /api/message/send/list': {
    ...GATEWAY_TO,
    title: 'Choose an option',
    sections: [{ title: 'Section 1', rows: [{ title: 'Option 1', rowId: 'option1' }] }],
  },
  'POST /api/message/send/buttons': {
    ...GATEWAY_TO,
    text: 'Choose an action',
    buttons: [{ buttonId: 'btn1', buttonText: 'Button 1' }],
  },
  'POST /api/message/send/poll': { ...GATEWAY_TO, question: 'Tea?', options: ['yes', 'no'], selectableCount: 1 },
  'POST /api/message/send/contact': { ...GATEWAY_TO, contactName: 'John Doe', contactNumber: '6281234567890' },
  'POST /api/message/forward': { ...GATEWAY_TO, messageId: 'msg_3EB0ABCDEF' },
  'POST /api/message/seen': { messageId: 'msg_3EB0ABCDEF' },
  'POST /api/message/typing/start': { chatId: '6281234567890@s.whatsapp.net' },
  'POST /api/message/typing/stop': { chatId: '6281234567890@s.whatsapp.net' },
  'POST /api/message/typing': { to: '6281234567890@s.whatsapp.net' },
  'PUT /api/message/reaction': { messageId: 'msg_3EB0ABCDEF', emoji: '👍' },
  'PUT /api/message/star': { messageId: 'msg_3EB0ABCDEF', star: true },
  'POST /api/events/:instanceId': { ...GATEWAY_TO, name: 'Party', startTime: '2025-12-25T18:00:00.000Z' },
  'PUT /api/contacts/:instanceId/:chatId': { name: 'New Contact Name' },
  'PUT /api/contacts/:instanceId/update': { phone: '6281234567890', fullName: 'New Contact Name' },
  'POST /api/presence/:instanceId': { presence: 'available' },
  'POST /api/labels/:instanceId': { name: 'Important', color: 1 },
  'PUT /api/labels/:instanceId/:labelId': { name: 'Very Important', color: 2 },
  'PUT /api/labels/:instanceId/chats/:chatId': { labelIds: ['1'] },
  'POST /api/media/:instanceId/convert/voice': { filePath: 'https://example.com/audio.mp3' },
  'POST /api/media/:instanceId/convert/video': { filePath: 'https://example.com/video.avi' },
  'PUT /api/profile/:instanceId/name': { name: 'New Name' },
  'PUT /api/profile/:instanceId/status': { status: 'Hey there!' },
  'PUT /api/profile/:instanceId/picture': { image: 'https://example.com/profile.jpg' },
  'POST /api/contacts/:instanceId/block': { phoneNumber: '6281234567890' },
  'POST /api/contacts/:instanceId/unblock': { phoneNumber: '6281234567890' },
  'POST /api/webhook/test': { url: 'https://hooks.example/x' },
  'POST /api/groups/:instanceId': { name: 'My Group', participants: ['6281234567890@s.whatsapp.net'] },
  'POST /api/groups/:instanceId/accept-invite': { inviteCode: 'L7hVb1pQw2eR5tY8uI0oPa' },
  'POST /api/groups/:instanceId/join': { code: 'L7hVb1pQw2eR5tY8uI0oPa' },
  'PUT /api/groups/:instanceId/:groupId/settings/security/info-admin-only': { restrict: true },
  'PUT /api/groups/:instanceId/:groupId/settings/security/messages-admin-only': { announce: true },
  'PUT /api/groups/:instanceId/:groupId/picture': { imageUrl: 'https://example.com/image.jpg' },
  ...Object.fromEntries(
    ['participants/add', 'participants/remove', 'admin/promote', 'admin/demote'].map((path) => [
      `POST /api/groups/:instanceId/:groupId/${path}`,
      { participants: ['6281234567890@s.whatsapp.net'] },
    ]),
  ),
  'PUT /api/groups/:instanceId/:groupId/name': { name: 'New Group Name' },
  'PUT /api/groups/:instanceId/:groupId/subject': { subject: 'New Subject' },
  'PUT /api/groups/:instanceId/:groupId/description': { description: 'New group description' },
  'PUT /api/groups/:instanceId/:groupId/settings': { announcement: true, locked: false, ephemeral: 86_400 },
  'POST /api/groups/:instanceId/:groupId/participants': { participants: ['6281234567890@s.whatsapp.net'] },
  'DELETE /api/groups/:instanceId/:groupId/participants': { participants: ['6281234567890@s.whatsapp.net'] },
  'POST /api/groups/:instanceId/:groupId/promote': { participants: ['6281234567890@s.whatsapp.net'] },
  'POST /api/groups/:instanceId/:groupId/demote': { participants: ['6281234567890@s.whatsapp.net'] },
  'POST /api/groups/:instanceId/:groupId/message': { message: 'Hello group!' },
  'POST /api/status/:instanceId/text': { text: 'My status update', backgroundColor: '#25D366', font: 1 },
  'POST /api/status/:instanceId/image': { image: 'https://example.com/image.jpg', caption: 'Check this out!' },
  'POST /api/status/:instanceId/voice': { audio: 'https://example.com/voice.ogg' },
  'POST /api/status/:instanceId/video': { video: 'https://example.com/video.mp4', caption: 'My video status' },
  'POST /api/status/:instanceId/delete': { messageId: 'msg_3EB0ABCDEF' },
  'POST /api/login': { username: 'new@example.com', password: 'securePassword123' },
  'POST /api/register': { username: 'new@example.com', password: 'securePassword123' },
  'POST /api/sessions/:id/reply': { to: '6281381393739', message: 'Yes', quoted_message_id: 'msg_3EB0ABCDEF' },
  'POST /api/sessions/:id/forward': { to: '6281381393739', message_id: 'msg_3EB0ABCDEF' },
  'POST /api/sessions/:id/typing': { to: '6281381393739' },
  'POST /api/sessions/:id/stop-typing': { to: '6281381393739' },
  'POST /api/sessions/:id/presence': { status: 'available' },
  'POST /api/sessions': { name: 'Business Support' },
  'PUT /api/sessions/:id/name': { name: 'Another' },
  'PUT /api/sessions/:id/webhook': { webhook_url: 'https://hooks.example/x' },
  'POST /api/sessions/:id/send': { recipient: '6281381393739', message: 'Hello' },
  'POST /api/send': { recipient: '6281381393739', message: 'Hello' },
  'POST /api/sessions/:id/send-image': { to: '6281381393739', image_url: 'https://files.example/a.png' },
  'POST /api/sessions/:id/send-attachment': {
    to: '6281381393739',
    file: 'https://files.example/a.pdf',
    filename: 'a.pdf',
  },
  'POST /api/sessions/:id/send-document': { to: '6281381393739', document_url: 'https://files.example/a.pdf' },
  'POST /api/sessions/:id/send-file-url': { to: '6281381393739', url: 'https://files.example/a.pdf' },
  'POST /api/sessions/:id/send-location': { to: '6281381393739', latitude: -6.2, longitude: 106.8 },
  'POST /api/sessions/:id/read': { message_id: 'msg_3EB0ABCDEF' },
  'POST /api/sessions/:id/check-number': { number: '6281381393739' },
  'POST /api/sessions/:id/check-phone': { number: '6281381393739' },
  'POST /api/public/v1/messages/send': { phone_number: '+94771234567', message: 'Hello from my app!' },
  'POST /api/public/v1/contacts/verify': { phone_number: '+94771234567' },
  'POST /api/public/v1/webhooks': { url: 'https://hooks.example/x', events: ['message.received'] },
  'PUT /api/public/v1/webhooks/:id': { is_active: true },
  'POST /api/v1/api-keys': { name: 'Accounting' },
  'PUT /api/v1/api-keys/:id': { rate_limit: 50 },
});

/** Queries that rows cannot do without. */
const SAMPLE_QUERIES: Record<string, string> = {
  'GET /api/contacts/:instanceId': 'phoneNumber=6281234567890',
  'GET /api/groups/:instanceId/join-info': 'code=L7hVb1pQw2eR5tY8uI0oPa',
  'GET /api/contacts/:instanceId/check-exists': 'phoneNumber=6281234567890',
  'GET /api/contacts/:instanceId/about': 'phoneNumber=6281234567890',
};

/** Ids that nothing has. */
export const ABSENT: Record<string, string> = {
  name: 'nobody',
  id: 'user_0000000000000000000000',
  instanceId: 'inst_0000000000000000000000',
  webhookId: 'dlv_00000000000000000000000000.webhook_0000000000000000000000',
  chatId: '6281234567890@s.whatsapp.net',
  deliveryId: 'dlv_00000000000000000000000000',
  keyId: 'key_0000000000000000000000',
  messageId: 'msg_3EB0ABCDEF',
  jid: '6281234567890@s.whatsapp.net',
  groupId: '120363041234567890@g.us',
  channelId: '120363041234567890@newsletter',
  serverId: '101',
  communityId: '120363041234567890@g.us',
  to: '120363041234567890@g.us',
  inviteCode: 'L7hVb1pQw2eR5tY8uI0oPa',
  chat: '6281234567890@s.whatsapp.net',
  lid: '83116928594000',
  phone: '6281234567890',
  phoneNumber: '6281234567890',
  labelId: '1',
  callId: 'ABCD1234',
  bulkId: 'bulk_00000000000000000000000000',
  templateName: 'none',
};

/** A body that the route takes, or undefined where it has none. */
export function bodyOf(row: Route): object | undefined {
  return row.body ? (SAMPLE_BODIES[nameOf(row)] ?? {}) : undefined;
}

/** The path of a route with its parameters filled in; what is not given names nothing. */
export function pathOf(row: Pick<Route, 'path'> & Partial<Route>, ids: Record<string, string> = {}): string {
  const absent = (name: string) => ABSENT[name === 'to' && row.path.includes('/channels/') ? 'channelId' : name];
  const path = row.path.replace(/:(\w+)/g, (_all, name: string) => ids[name] ?? absent(name) ?? `no-${name}`);
  const query = SAMPLE_QUERIES[`${row.method} ${row.path}`];
  return query === undefined ? path : `${path}?${query}`;
}

export function nameOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

function bodiesOfBulk(path: string): Record<string, object> {
  const body = {
    message: { type: 'text', text: 'Hello {{name}}' },
    recipients: [{ to: '6281234567890', variables: { name: 'Ann' } }],
  };
  return { [`POST ${path}`]: body, [`POST ${path}/preview`]: body };
}

/** Of the rows that are one operation of an instance: its input without what the path names. */
function bodiesOfOperations(): Record<string, object> {
  const rows = nativeDialect.routes.filter(({ op, body, path }) => op && body && path.startsWith(OF_INSTANCE));
  return Object.fromEntries(
    rows.map((row) => {
      const fields = Object.entries(INTAKE_INPUTS[row.op as keyof typeof INTAKE_INPUTS]);
      const asked = Object.keys((row.body as z.ZodObject).shape);
      const [file] = asked.filter((field) =>
        ['image', 'video', 'audio', 'document', 'voice', 'sticker'].includes(field),
      );
      const named = fields.filter(([field]) => asked.includes(field));
      return [nameOf(row), Object.fromEntries(file ? [...named, [file, 'https://files.example/a']] : named)];
    }),
  );
}
