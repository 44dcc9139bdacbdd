import { describe, expect, it } from 'vitest';
import { A1_ROUTES, a1Fields } from '../../functions/dialects/native/a1.ts';
import { nativeDialect } from '../../functions/dialects/native/index.ts';
import { hoursAndMinutes } from '../../functions/dialects/native/system.ts';

const context = { requestId: 'req_1', instanceName: 'customer-service' };

describe("document A1's top-level names", () => {
  it('belong to routes that exist', () => {
    const rows = new Set(nativeDialect.routes.map((row) => `${row.method} ${row.path}`));
    expect(A1_ROUTES.filter((key) => !rows.has(key))).toEqual([]);
  });

  it('are those of a registration', () => {
    const data = { user: { id: 'u' }, subscription: { id: 's' }, token: 't', refreshToken: 'r' };
    expect(a1Fields('POST /api/auth/register', data, context)).toEqual({
      user: { id: 'u' },
      subscription: { id: 's' },
      token: 't',
    });
  });

  it('are the whole of an instance or a key', () => {
    expect(a1Fields('POST /api/instances', { id: 'i' }, context)).toEqual({ instance: { id: 'i' } });
    expect(a1Fields('POST /api/instances/:name/keys', { key: 'cs_1' }, context)).toEqual({ apiKey: { key: 'cs_1' } });
  });

  it('call a session with a QR code CONNECTING where A2 says WAITING_FOR_SCAN', () => {
    const data = { qrCode: 'data:', qr: 'raw', expiresAt: 'then', status: 'WAITING_FOR_SCAN' };
    expect(a1Fields('GET /api/instances/:name/qr', data, context)).toEqual({
      qrCode: 'data:',
      expiresAt: 'then',
      status: 'CONNECTING',
    });
  });

  it('name the instance of a message, and an auto-reply only when it is one', () => {
    const data = { messageId: 'msg_1', to: '1', status: 'SENT', timestamp: 'now' };
    const plain = { messageId: 'msg_1', instanceName: 'customer-service', status: 'SENT', timestamp: 'now' };
    expect(a1Fields('POST /api/messages/text', data, context)).toEqual(plain);
    expect(a1Fields('POST /api/messages/text', { ...data, isAutoReply: true }, context)).toEqual({
      ...plain,
      isAutoReply: true,
    });
  });

  it('are none for routes that A1 does not show, and for names from Object', () => {
    for (const key of ['GET /api/health', 'toString', '__proto__']) expect(a1Fields(key, {}, context)).toEqual({});
  });
});

describe('the uptime of the API', () => {
  it.each([
    [0, '0h 0m'],
    [59_999, '0h 0m'],
    [261_000_000, '72h 30m'],
    [-5, '0h 0m'],
  ])('of %j ms is %j', (durationMs, text) => {
    expect(hoursAndMinutes(durationMs)).toBe(text);
  });
});
