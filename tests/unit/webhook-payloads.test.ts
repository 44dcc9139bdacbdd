import { describe, expect, it } from 'vitest';
import { EVENT_WORDS, WEBHOOK_PAYLOADS } from '../../functions/dialects/webhook-formats.ts';
import { EVENTS, type EventName } from '../../lib/core/catalogue/events.ts';
import type { RecordedEvent } from '../../lib/core/ports/index.ts';

const timestampMs = Date.parse('2024-01-01T10:15:00Z');
const message = { messageId: 'msg_yzc567', chat: '6281234567890@s.whatsapp.net', timestampMs };
const person = { phone: '6281234567890', lid: '83116928594000' };
const connection = { status: 'CONNECTED', phone: '6281111111111', reason: null };

/** What these formats look at; events have more. */
const DATA: Partial<Record<EventName, object>> = {
  'message.received': {
    ...message,
    ...{ from: person, authorName: 'Ann', isGroup: false, type: 'text', text: 'Can I change the delivery address?' },
  },
  'message.sent': { ...message, to: person, source: 'api', isAutoReply: false },
  'message.delivered': { ...message, to: person },
  'message.read': { ...message, to: { phone: null, lid: null } },
  'message.failed': { ...message, to: person, code: 'MESSAGE_SEND_FAILED', reason: 'no' },
  'instance.qr': { qr: '2@secret', expiresAt: '2024-01-01T10:16:00Z' },
  'instance.connecting': { ...connection, status: 'CONNECTING' },
  'instance.connected': connection,
  'instance.disconnected': { ...connection, status: 'RECONNECTING', reason: 'lost' },
  'instance.logged_out': { ...connection, status: 'LOGGED_OUT' },
  'instance.conflict': { ...connection, status: 'CONFLICT' },
  'instance.error': { ...connection, status: 'BANNED' },
  'contact.updated': { ...person, name: 'Ann' },
  'usage.limit_warning': { resource: 'instances', used: 4, limit: 5, percent: 80 },
  'webhook.disabled': { webhookId: 'webhook_1', reason: 'gone', description: null },
  'webhook.test': { webhookId: 'webhook_1', message: 'hello' },
};

function eventOf(type: EventName): RecordedEvent {
  const event = { id: 'evt_1', seq: 7, tenantId: 'sub_1', type, instanceId: 'inst_1', timestampMs, data: DATA[type] };
  return event as unknown as RecordedEvent;
}

const a1 = (type: EventName) => WEBHOOK_PAYLOADS.a1(eventOf(type), 'customer-service');
const types = Object.keys(DATA) as EventName[];

describe("document A's format", () => {
  it('sends a message that came in as A1 shows it', () => {
    expect(a1('message.received')).toEqual({
      name: 'message',
      body: {
        event: 'message',
        instanceName: 'customer-service',
        data: {
          messageId: 'msg_yzc567',
          from: '6281234567890',
          text: 'Can I change the delivery address?',
          timestamp: '2024-01-01T10:15:00.000Z',
          ...{ type: 'text', isGroup: false, chat: message.chat, lid: person.lid, authorName: 'Ann' },
        },
      },
    });
  });

  it.each([
    ['message.sent', 'SENT', '6281234567890'],
    ['message.delivered', 'DELIVERED', '6281234567890'],
    ['message.read', 'READ', message.chat],
    ['message.failed', 'FAILED', '6281234567890'],
  ] as const)('sends %s as a status', (type, status, to) => {
    const expected = { messageId: 'msg_yzc567', status, to, timestamp: '2024-01-01T10:15:00.000Z' };
    expect(a1(type)).toMatchObject({ name: 'status', body: { event: 'status', data: expected } });
  });

  it('says why a message failed, and what a connection has become', () => {
    expect(a1('message.failed')?.body).toMatchObject({
      data: { error: { code: 'MESSAGE_SEND_FAILED', message: 'no' } },
    });
    expect(a1('instance.disconnected')?.body).toEqual({
      event: 'status',
      instanceName: 'customer-service',
      data: { status: 'RECONNECTING', phone: '6281111111111', reason: 'lost', timestamp: '2024-01-01T10:15:00.000Z' },
    });
  });

  it('deliberately says nothing of QR codes, contacts and the account', () => {
    const silent = types.filter((type) => a1(type) === null);
    expect(silent.sort()).toEqual(['contact.updated', 'instance.qr', 'usage.limit_warning', 'webhook.disabled']);
  });
});

describe('the native format', () => {
  it.each(types)('sends %s whole', (type) => {
    expect(WEBHOOK_PAYLOADS.native(eventOf(type), 'customer-service')).toEqual({
      name: type,
      body: {
        ...{ id: 'evt_1', type, timestamp: '2024-01-01T10:15:00.000Z', seq: 7, data: DATA[type] },
        instance: { id: 'inst_1', name: 'customer-service' },
      },
    });
  });

  it('knows every event but the test', () => {
    expect(EVENT_WORDS.native).toEqual(['*', ...Object.keys(EVENTS).filter((type) => type !== 'webhook.test')]);
  });
});
