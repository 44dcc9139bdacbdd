import { describe, expect, it } from 'vitest';
import { EVENT_WORDS, WEBHOOK_PAYLOADS } from '../../functions/dialects/webhook-formats.ts';
import { EVENTS, type EventName } from '../../lib/core/catalogue/events.ts';
import { PLAIN_CONTENT } from '../../lib/core/catalogue/message-events.ts';
import { sessionNumber } from '../../lib/core/model/instance.ts';
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
    ...PLAIN_CONTENT,
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
  'api_key.rotation_due': {
    ...{ keyId: 'key_1', name: 'Accounting', hint: 'wf_live_1f3a' },
    ...{ dueAt: '2024-01-01T10:00:00.000Z', secretValidUntil: '2024-01-08T10:00:00.000Z' },
  },
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
    expect(silent.sort()).toEqual([
      ...['api_key.rotation_due', 'contact.updated', 'instance.qr', 'usage.limit_warning', 'webhook.disabled'],
    ]);
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

const told = (format: 'gateway' | 'sessions' | 'public', type: EventName) =>
  WEBHOOK_PAYLOADS[format](eventOf(type), 'customer-service', '6289876543210');
const call = { id: 'dlv_1', webhookId: 'webhook_1', attempt: 2 };

describe("document C's payloads", () => {
  it('are those of the document', () => {
    const payload = told('gateway', 'message.received');
    expect(payload?.body).toMatchObject({
      ...{ event: 'message.received', instanceId: 'inst_1', timestamp: '2024-01-01T10:15:00.000Z' },
      data: {
        ...{ from: '6281234567890@s.whatsapp.net', to: '6289876543210@s.whatsapp.net', instanceId: 'inst_1' },
        ...{ message: { conversation: 'Can I change the delivery address?' }, messageId: 'msg_yzc567' },
      },
    });
    expect(payload?.headers?.(call)).toEqual({
      ...{ 'x-webhook-id': 'dlv_1.webhook_1', 'x-instance-id': 'inst_1', 'x-retry-attempt': '2' },
    });
  });

  it.each([
    ['message.sent', 'message.sent', { status: 'sent' }],
    ['message.delivered', 'message.delivered', { status: 'delivered' }],
    ['message.read', 'message.read', { status: 'read' }],
    ['message.failed', 'message.failed', { status: 'failed', error: 'no' }],
    ['instance.connected', 'connection.open', { status: 'connected' }],
    ['instance.disconnected', 'connection.close', { status: 'connecting', reason: 'lost' }],
    ['instance.logged_out', 'connection.close', { status: 'disconnected' }],
    ['instance.qr', 'connection.update', { status: 'qr', qrCode: '2@secret' }],
  ] as const)('%s is %s', (type, name, data) => {
    expect(told('gateway', type)).toMatchObject({ name, body: { event: name, data } });
    expect(EVENT_WORDS.gateway).toContain(name);
  });
});

it("document B's payload is that of the guide; it hears of nothing but messages", () => {
  const from = '6281234567890@s.whatsapp.net';
  expect(told('sessions', 'message.received')?.body).toMatchObject({
    session_id: sessionNumber('inst_1'),
    message: {
      ...{ id: 'msg_yzc567', from, to: '6289876543210@s.whatsapp.net' },
      ...{ message: 'Can I change the delivery address?', timestamp: timestampMs / 1000 },
    },
    ...{ from, from_name: 'Ann', message_type: 'text', is_group: false, is_system_message: false },
  });
  const silent = types.filter((type) => told('sessions', type) === null);
  expect(types.filter((type) => !silent.includes(type))).toEqual(['message.received', 'webhook.test']);
});

it("document B's payload names the file by what the n8n trigger reads", () => {
  const event = eventOf('message.received');
  const file = { mimetype: 'audio/ogg', size: 5, fileName: null, seconds: 1, sha256: null, width: null, height: null };
  const media = { id: 'med_1', url: 'https://gateway.example/media/x', ...file };
  const heard = { ...event, data: { ...event.data, type: 'voice', media } } as typeof event;
  expect(WEBHOOK_PAYLOADS.sessions(heard, 'customer-service')?.body).toMatchObject({
    ...{ message_type: 'audio', media_id: 'med_1', media_url: media.url, mime_type: 'audio/ogg', file_size: 5 },
  });
});

describe("document D's payloads", () => {
  const atTime = '2024-01-01T10:15:00.000Z';
  const device = { device_id: 'inst_1', device_name: 'customer-service', phone_number: '+6289876543210' };
  const party = { contact_id: '83116928594000', phone_number: '+6281234567890' };
  const ofMessage = { message_id: 'msg_yzc567', ...party, device_id: 'inst_1', timestamp: atTime };
  const received = {
    ...{ ...ofMessage, from: '+6281234567890', contact_name: 'Ann', created_at: atTime },
    ...{ message: 'Can I change the delivery address?', message_type: 'text' },
  };
  const failed = { ...ofMessage, status: 'failed', error: 'no', error_code: 'MESSAGE_SEND_FAILED' };

  it.each([
    ['message.received', 'message.received', received],
    ['message.sent', 'message.sent', { ...ofMessage, status: 'sent' }],
    ['message.failed', 'message.failed', failed],
    ['instance.connected', 'device.connected', { ...device, connected_at: atTime }],
    ['instance.disconnected', 'device.disconnected', { ...device, reason: 'lost', disconnected_at: atTime }],
    ['contact.updated', 'contact.updated', { ...party, name: 'Ann', device_id: 'inst_1', updated_at: atTime }],
    ['webhook.test', 'webhook.test', { webhook_id: 'webhook_1', message: 'hello', timestamp: atTime }],
  ] as const)('%s is %s', (type, name, data) => {
    const payload = told('public', type);
    expect(payload).toMatchObject({ name });
    expect(payload?.body).toEqual({ event: name, timestamp: atTime, data });
    expect(payload?.headers?.(call)).toEqual({ 'x-webhook-event': name, 'x-webhook-delivery-id': 'dlv_1' });
    expect(EVENT_WORDS.public).toContain(name);
  });

  it('are seven', () => expect(EVENT_WORDS.public).toHaveLength(7));

  it('say nothing of groups', () => {
    const event = eventOf('message.received');
    const ofGroup = { ...event, data: { ...event.data, isGroup: true } } as RecordedEvent;
    expect(WEBHOOK_PAYLOADS.public(ofGroup, 'x')).toBeNull();
  });
});
