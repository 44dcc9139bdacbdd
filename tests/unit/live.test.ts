import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, positionAfter, positionOf, toldUntil } from '../../functions/live/cursor.ts';
import { LIVE_EVENTS, MAX_FRAME_BYTES, MESSAGE_CHANGED, partsOf } from '../../functions/live/frames.ts';
import { requestOf, subprotocolOf } from '../../functions/live/request.ts';
import { framesFor, isFor, maySee, type Told, textOf, type Viewer } from '../../functions/live/session.ts';
import { PLAIN_CONTENT } from '../../lib/core/catalogue/message-events.ts';
import { DEFAULT_SETTINGS, INITIAL_STATE, type Instance } from '../../lib/core/model/instance.ts';
import type { RecordedEvent } from '../../lib/core/ports/events.ts';

const TENANT = 'sub_1';
const instance: Instance = {
  ...{
    id: 'inst_1',
    tenantId: TENANT,
    name: 'desk',
    title: null,
    environment: 'test',
    shard: 0,
    createdById: 'user_1',
  },
  ...{ createdAt: '2026-01-01T00:00:00.000Z', settings: DEFAULT_SETTINGS, state: INITIAL_STATE },
};
const admin: Viewer = { tenantId: TENANT, userId: 'user_9', role: 'ADMINISTRATOR', followsMessages: false };
const base = { id: 'evt_1', tenantId: TENANT, instanceId: 'inst_1', timestampMs: 1_700_000_000_000 };
const lost = (seq: number): RecordedEvent => ({
  ...{ ...base, seq, type: 'instance.disconnected', data: { status: 'RECONNECTING', phone: '1', reason: null } },
});
const message = (text: string | null): RecordedEvent => ({
  ...{ ...base, seq: 1, type: 'message.received' },
  data: {
    ...{ messageId: 'msg_3EB0ABCDEF', chat: '1@s.whatsapp.net', from: { phone: '1', lid: null }, authorName: null },
    ...{ ...PLAIN_CONTENT, isGroup: false, type: 'text', text, timestampMs: base.timestampMs },
  },
});
const told = async (event: RecordedEvent): Promise<Told> => ({ event, instance, parts: await partsOf(event) });

describe('a cursor', () => {
  it('comes back as it was, for the streams that are asked for', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^inst_[0-9A-Za-z]{22}$/), fc.integer({ min: 1, max: 2 ** 40 }), {
          maxKeys: 40,
        }),
        fc.integer({ min: 0, max: 4e12 }),
        (streams, nowMs) => {
          const positions = { [TENANT]: 7, ...streams };
          const decoded = decodeCursor(encodeCursor(positions, nowMs), TENANT, Object.keys(positions));
          expect(decoded).toEqual({ positions, atMs: nowMs });
        },
      ),
    );
  });

  it('puts a stream that it does not know at its beginning, and forgets one that is not asked for', () => {
    const cursor = encodeCursor({ [TENANT]: 3, inst_1: 9 }, 0);
    expect(decodeCursor(cursor, TENANT, [TENANT, 'inst_2'])?.positions).toEqual({
      [TENANT]: 3,
      inst_2: positionAfter(0),
    });
  });

  it.each(['', '1', '2abc', 'x'.repeat(50), '1abc.short', '1abc.ÄÄÄÄÄÄÄÄ1', encodeCursor({ sub_2: 3 }, 0)])(
    'that is none is refused: %j',
    (text) => expect(decodeCursor(text, TENANT, [TENANT])).toBeUndefined(),
  );

  it('can stand between the two frames of one event', () => {
    expect([positionOf(5, 0, 2), positionOf(5, 1, 2), positionOf(5, 0, 1)]).toEqual([10, 11, 11]);
    expect([toldUntil(positionOf(5, 0, 2)), toldUntil(positionOf(5, 1, 2)), toldUntil(positionAfter(0))]).toEqual([
      4, 5, 0,
    ]);
  });
});

describe('the frames of an event', () => {
  it('are two for a lost connection, and none when they were told', async () => {
    const positions = {};
    const frames = framesFor(admin, await told(lost(4)), positions, 0);
    expect(frames.map(({ event }) => event)).toEqual(['instance_status_changed', 'connection_lost']);
    expect(positions).toEqual({ inst_1: 9 });
    expect(framesFor(admin, await told(lost(4)), positions, 0)).toEqual([]);
    expect(framesFor(admin, await told(lost(3)), positions, 0)).toEqual([]);
    expect(positions).toEqual({ inst_1: 9 });
    expect(framesFor(admin, await told(lost(5)), { inst_1: 10 }, 0).map(({ event }) => event)).toEqual([
      'connection_lost',
    ]);
  });

  it('call it no lost connection when nothing was linked', async () => {
    const event = { ...lost(1), data: { status: 'DISCONNECTED', phone: null, reason: null } } as RecordedEvent;
    expect((await partsOf(event)).map(({ name }) => name)).toEqual(['instance_status_changed']);
  });

  it('are none for what a dashboard is not told of, and the position moves all the same', async () => {
    const data = { phone: null, lid: '1', name: 'x' };
    const positions = { inst_1: 3 };
    const event = { ...base, seq: 2, type: 'contact.updated', data } as RecordedEvent;
    expect(framesFor(admin, await told(event), positions, 0)).toEqual([]);
    expect(positions).toEqual({ inst_1: 5 });
  });

  it.each([
    ['one byte a character', 'x'.repeat(65_536)],
    ['quotes', '"'.repeat(65_536)],
    ['control characters', '\u0001'.repeat(65_536)],
    ['emoji', '👩‍👩‍👧'.repeat(9_000)],
    ['lone surrogates', '\ud800'.repeat(65_536)],
  ])('fit a front end: %s', async (_what, text) => {
    const positions = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`inst_${i + 2}`, 2 ** 40]));
    const [frame] = framesFor(admin, await told(message(text)), positions, 4e12);
    const sent = JSON.parse(textOf(frame as NonNullable<typeof frame>));
    expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(MAX_FRAME_BYTES);
    expect(text.startsWith(sent.data.text)).toBe(true);
    expect(sent.data.text.length).toBeGreaterThan(2_000);
    expect(sent.data.isTextShortened).toBe(true);
  });

  it('leave a text that fits as it is', async () => {
    for (const text of ['hello', '', null]) {
      const [part] = await partsOf(message(text));
      expect(part?.data).toMatchObject({ text });
      expect(part?.data).not.toHaveProperty('isTextShortened');
    }
  });

  it('have the five names of document A2', () => {
    expect([...LIVE_EVENTS].sort()).toEqual([
      ...['connection_lost', 'instance_status_changed', 'new_message_received', 'qr_code_updated'],
      'usage_limit_warning',
    ]);
  });
});

describe('what becomes of a message', () => {
  const receipt = { messageId: 'msg_3EB0ABCDEF', chat: '1@s.whatsapp.net', timestampMs: base.timestampMs };
  const happened = (type: string, data: object = {}) =>
    told({ ...base, seq: 7, type, data: { ...receipt, ...data } } as RecordedEvent);
  const follower = { ...admin, followsMessages: true };

  it.each([
    ['message.sent', { change: 'status', status: 'SENT' }],
    ['message.delivered', { change: 'status', status: 'DELIVERED' }],
    ['message.read', { change: 'status', status: 'READ' }],
    ['message.failed', { change: 'status', status: 'FAILED' }],
    ['message.edited', { change: 'text', status: null }],
    ['message.revoked', { change: 'revoked', status: null }],
    ['message.reaction', { change: 'reaction', status: null }],
    ['poll.vote', { change: 'vote', status: null }],
    ['media.stored', { change: 'file', status: null }],
    ['media.failed', { change: 'file', status: null }],
  ])('%s is told to who follows messages, without what they say', async (type, expected) => {
    const event = await happened(type, { text: 'secret', emoji: '👍', to: { phone: '1', lid: null } });
    const { messageId, chat } = receipt;
    const [frame, ...rest] = framesFor(follower, event, {}, 0);
    expect(rest).toEqual([]);
    expect(frame).toMatchObject({ event: MESSAGE_CHANGED, instanceName: 'desk' });
    expect(frame?.data).toEqual({ messageId, chat, ...expected, timestamp: '2023-11-14T22:13:20.000Z' });
  });

  it('is not told to others, who stand after it all the same, nor to a follower of another tenant', async () => {
    const event = await happened('message.read');
    const positions = { inst_1: 3 };
    expect([isFor(admin, event), framesFor(admin, event, positions, 0)]).toEqual([false, []]);
    expect(positions).toEqual({ inst_1: positionAfter(7) });
    expect(framesFor({ ...follower, tenantId: 'sub_2' }, event, {}, 0)).toEqual([]);
    expect(framesFor({ ...follower, role: 'USER' }, event, {}, 0)).toEqual([]);
  });
});

describe('who may see', () => {
  it.each<[string, Viewer, boolean]>([
    ['an administrator', admin, true],
    ['the user whose it is', { ...admin, role: 'USER', userId: 'user_1' }, true],
    ['another user', { ...admin, role: 'USER' }, false],
    ['an administrator of another tenant', { ...admin, tenantId: 'sub_2' }, false],
  ])('an event of an instance: %s', async (_who, viewer, expected) => {
    const it = await told(lost(1));
    expect(maySee(viewer, it)).toBe(expected);
    expect(framesFor(viewer, it, {}, 0).length > 0).toBe(expected);
    expect(maySee(viewer, { ...it, instance: undefined })).toBe(false);
  });
});

describe('the request', () => {
  it('is read from address and headers, the address first', () => {
    const header = (name: string) => ({ 'sec-websocket-protocol': 'bearer, a.b.c' })[name];
    expect(requestOf('/ws/dashboard?cursor=1x', header)).toEqual({
      ...{ path: '/ws/dashboard', ticket: undefined, token: 'a.b.c', cursor: '1x' },
      followsMessages: false,
    });
    expect(requestOf('/ws/dashboard?follow=messages', header).followsMessages).toBe(true);
    expect(requestOf('/ws/dashboard?token=d.e.f', header).token).toBe('d.e.f');
    expect(requestOf('/x', () => undefined)).toEqual({
      path: '/x',
      ticket: undefined,
      token: undefined,
      cursor: undefined,
      followsMessages: false,
    });
  });

  it('is answered with a subprotocol that is no token, where there is one', () => {
    expect(subprotocolOf(['a.b.c', 'bearer'])).toBe('bearer');
    expect(subprotocolOf(['a.b.c'])).toBe('a.b.c');
    expect(subprotocolOf([])).toBeUndefined();
  });
});
