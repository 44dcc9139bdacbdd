import type { Route } from '../../functions/dialects/dialect.ts';

/** A body that each route takes, so that only what a test changes can be at fault. */
export const SAMPLE_BODIES: Record<string, object> = {
  'POST /api/auth/register': { email: 'new@example.com', password: 'securePassword123', name: 'New' },
  'POST /api/auth/login': { email: 'new@example.com', password: 'securePassword123' },
  'POST /api/auth/refresh': { refreshToken: 'x' },
  'POST /api/auth/change-password': { currentPassword: 'securePassword123', newPassword: 'sarahSecurePass456' },
  'POST /api/users': { email: 'sarah@example.com', name: 'Sarah' },
  'PUT /api/users/:id': { name: 'Sarah' },
  'PUT /api/profile': { name: 'Somebody' },
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
  'POST /api/messages/contact': { to: '6281234567890', contact: { name: 'Ann', phone: '6281234567891' } },
  'POST /api/contacts/check': { numbers: ['6281234567890'] },
  'POST /api/contacts/block': { jid: '6281234567890@s.whatsapp.net' },
  'POST /api/contacts/unblock': { jid: '6281234567890@s.whatsapp.net' },
  'POST /api/test/instances/:name/incoming': { from: '6281234567890', text: 'x' },
};

/** Ids that nothing has. */
export const ABSENT: Record<string, string> = {
  name: 'nobody',
  id: 'user_0000000000000000000000',
  keyId: 'key_0000000000000000000000',
  messageId: 'msg_3EB0ABCDEF',
  jid: '6281234567890@s.whatsapp.net',
};

/** The path of a route with its parameters filled in; what is not given names nothing. */
export function pathOf({ path }: Pick<Route, 'path'>, ids: Record<string, string> = {}): string {
  return path.replace(/:(\w+)/g, (_all, name: string) => ids[name] ?? ABSENT[name] ?? `no-${name}`);
}

export const nameOf = ({ method, path }: Pick<Route, 'method' | 'path'>) => `${method} ${path}`;
