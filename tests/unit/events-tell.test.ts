import { describe, expect, it } from 'vitest';
import { type AccountHealth, INITIAL_STATE, type InstanceState } from '../../lib/core/model/instance.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { countsOf } from '../../lib/core/usecases/settle-events.ts';
import type { NameBook } from '../../runner/events/parties.ts';
import { contactEvents, messageEvents, outcomeEvents, receiptEvents, stateEvents } from '../../runner/events/tell.ts';
import { ToldMemory } from '../../runner/events/told-memory.ts';

const TELLING = { instanceId: 'inst_1', nowMs: 1_700_000_000_000 };
const BOOK: NameBook = {
  phoneOfLid: (lid) => (lid === '100200300' ? '15550100001' : undefined),
  lidOfPhone: (phone) => (phone === '15550100001' ? '100200300' : undefined),
};
const state = (fields: Partial<InstanceState>): InstanceState => ({ ...INITIAL_STATE, ...fields });
const LOCK = { type: 'DEFAULT', until: '2026-01-01T00:00:00.000Z' };
const CAP = { status: 'SECOND_WARNING', used: 9, quota: 10, cycleEndsAt: null } as const;
const limits = (account: Partial<AccountHealth>) => ({
  account: { timeLock: null, newChats: null, refusedAt: null, ...account },
});
const names = (writes: { event: { type: string } }[]) => writes.map(({ event }) => event.type);

describe('a change of state', () => {
  const linked = { linked: true, phone: '15550100009' };
  it.each([
    ['another attempt', { status: 'RECONNECTING' }, { status: 'RECONNECTING', connectionAttempts: 3 }, []],
    ['the first connect', {}, { status: 'CONNECTING' }, ['instance.connecting']],
    ['a code', { status: 'CONNECTING' }, { status: 'WAITING_FOR_SCAN', qr: qr('a') }, ['instance.qr']],
    ['the next code', { status: 'WAITING_FOR_SCAN', qr: qr('a') }, qrState('b'), ['instance.qr']],
    ['the same code', { status: 'WAITING_FOR_SCAN', qr: qr('a') }, qrState('a'), []],
    ['a pairing code', { status: 'CONNECTING' }, { status: 'WAITING_FOR_SCAN' }, []],
    [
      'the open session',
      { status: 'CONNECTING', ...linked },
      { status: 'CONNECTED', ...linked },
      ['instance.connected'],
    ],
    [
      'a lost one',
      { status: 'CONNECTED', ...linked },
      { status: 'RECONNECTING', ...linked },
      ['instance.disconnected'],
    ],
    ['a stop', { status: 'CONNECTED', ...linked }, { status: 'DISCONNECTED', ...linked }, ['instance.disconnected']],
    ['unlinking on the phone', { status: 'CONNECTED', ...linked }, { status: 'LOGGED_OUT' }, ['instance.logged_out']],
    ['unlinking here', { status: 'CONNECTED', ...linked }, { status: 'DISCONNECTED' }, ['instance.logged_out']],
    ['unlinking while down', { ...linked }, {}, ['instance.logged_out']],
    ['a conflict', { status: 'RECONNECTING', ...linked }, { status: 'CONFLICT', ...linked }, ['instance.conflict']],
    ['a ban', { status: 'CONNECTED', ...linked }, { status: 'BANNED', ...linked }, ['instance.error']],
    ['a limit of the account', {}, limits({ timeLock: LOCK }), ['instance.time_lock']],
    [
      'another end of it',
      limits({ timeLock: LOCK }),
      limits({ timeLock: { ...LOCK, until: null } }),
      ['instance.time_lock'],
    ],
    ['its end', limits({ timeLock: LOCK }), limits({}), ['instance.time_lock']],
    ['a warning', limits({ timeLock: LOCK }), limits({ timeLock: LOCK, newChats: CAP }), ['instance.new_chats']],
    ['a refusal', limits({ newChats: CAP }), limits({ newChats: CAP, refusedAt: '2026-01-01T00:00:00.000Z' }), []],
    ['unlinking a limited one', { ...limits({ timeLock: LOCK }), ...linked }, {}, ['instance.logged_out']],
    ['an error', { status: 'CONNECTING', ...linked }, { status: 'ERROR', ...linked }, ['instance.error']],
  ] as [string, Partial<InstanceState>, Partial<InstanceState>, string[]][])('%s', (_, before, after, told) => {
    expect(names(stateEvents(TELLING, state(before), state(after)))).toEqual(told);
  });

  it('says which number it was about and why', () => {
    const after = state({ status: 'LOGGED_OUT', lastError: 'The phone has unlinked this session.' });
    const [told] = stateEvents(TELLING, state({ status: 'CONNECTED', ...linked }), after);
    expect(told?.event.data).toEqual({
      status: 'LOGGED_OUT',
      phone: '15550100009',
      reason: 'The phone has unlinked this session.',
    });
  });
});

describe('messages', () => {
  it('were received, or written on the phone', () => {
    const set = { chat: '15550100001@s.whatsapp.net', party: { phone: '15550100001', lid: null }, timestampMs: 5 };
    const writes: SessionWrite[] = [
      { kind: 'message', id: 'A', scope: 's', set: { ...set, direction: 'received', text: 'hi', type: 'text' } },
      { kind: 'message', id: 'B', scope: OUT_SCOPE, set: { ...set, direction: 'sent' } },
      { kind: 'message', id: 'C', scope: OUT_SCOPE, once: { readAtMs: 9 } },
    ];
    const told = messageEvents(TELLING, writes);
    expect(names(told)).toEqual(['message.received', 'message.sent']);
    expect(told[0]).toMatchObject({ once: 'received|s|A', event: { data: { messageId: 'msg_A', text: 'hi' } } });
    expect(told[1]).toMatchObject({ once: 'B|sent', event: { data: { source: 'phone' } } });
    const settled = told.map(({ event }) => ({ event: { ...event, id: 'e', seq: 1, tenantId: 't' }, repeat: false }));
    expect(countsOf(settled).map(({ counts }) => counts)).toEqual([{ received: 1 }]);
  });

  it('that were read have been delivered', () => {
    const once = { readAtMs: 9, deliveredAtMs: 8 };
    const writes: SessionWrite[] = [{ kind: 'message', id: 'C', scope: OUT_SCOPE, once }];
    const told = receiptEvents(TELLING, writes, '100200300@lid', BOOK);
    expect(told.map(({ once: what, event }) => [what, event.data])).toEqual([
      ['C|delivered', expect.objectContaining({ chat: '15550100001@s.whatsapp.net', timestampMs: 8 })],
      ['C|read', expect.objectContaining({ to: { phone: '15550100001', lid: '100200300' }, timestampMs: 9 })],
    ]);
    expect(receiptEvents(TELLING, [{ ...writes[0], scope: 'theirs' } as SessionWrite], null, BOOK)).toEqual([]);
  });

  it('end as sent, failed, or nobody knows', () => {
    const command = { messageId: '3EB0', input: { to: '15550100001@s.whatsapp.net', isAutoReply: true } };
    const error = { code: 'MESSAGE_SEND_FAILED', message: 'no' } as const;
    expect(outcomeEvents(TELLING, command, { state: 'done', output: { timestampMs: 7 } }, BOOK)).toMatchObject([
      {
        once: '3EB0|sent',
        event: { type: 'message.sent', data: { source: 'api', isAutoReply: true, timestampMs: 7 } },
      },
    ]);
    expect(outcomeEvents(TELLING, command, { state: 'failed', error }, BOOK)).toMatchObject([
      { once: '3EB0|failed', event: { type: 'message.failed', data: { code: error.code, reason: 'no' } } },
    ]);
    expect(outcomeEvents(TELLING, command, { state: 'unknown', error }, BOOK)).toEqual([]);
    expect(outcomeEvents(TELLING, { ...command, messageId: null }, { state: 'done', output: {} }, BOOK)).toEqual([]);
  });
});

describe('contacts', () => {
  const contact = (n: number, name: string | undefined): SessionWrite => {
    return { kind: 'contact', id: `lid:${n}`, set: { phone: null, lid: String(n), ...(name ? { name } : {}) } };
  };
  it('are news by their name, once each, and none when they come as a whole address book', () => {
    const [ann] = contactEvents(TELLING, [contact(1, 'Ann'), contact(2, undefined)]);
    expect(ann?.event.data).toEqual({ phone: null, lid: '1', name: 'Ann' });
    expect(contactEvents(TELLING, [contact(1, 'Ann')])[0]?.once).toBe(ann?.once);
    expect(contactEvents(TELLING, [contact(1, 'Anna')])[0]?.once).not.toBe(ann?.once);
    expect(
      contactEvents(
        TELLING,
        Array.from({ length: 21 }, (_, n) => contact(n, 'x')),
      ),
    ).toEqual([]);
  });
});

it('what was told is not told again, until it is forgotten', () => {
  const memory = new ToldMemory();
  const event = (once?: string): SessionWrite => {
    const data = { status: 'x', phone: null, reason: null };
    const its = { type: 'instance.connecting', instanceId: 'i', timestampMs: 1, data } as const;
    return { kind: 'event', event: its, ...(once ? { once } : {}) };
  };
  expect(memory.fresh([event('a'), event('a'), event(), event()])).toHaveLength(3);
  expect(memory.fresh([event('a')])).toEqual([]);
  // What comes again is kept, however much else there is.
  for (let n = 0; n < 1_000; n += 1) expect(memory.fresh([event(`other ${n}`), event('a')])).toHaveLength(1);
  for (let n = 0; n < 1_000; n += 1) memory.fresh([event(`more ${n}`)]);
  expect(memory.fresh([event('a')])).toHaveLength(1);
});

function qr(text: string) {
  return { text, expiresAt: '2026-01-01T00:00:00.000Z' };
}

function qrState(text: string): Partial<InstanceState> {
  return { status: 'WAITING_FOR_SCAN', qr: qr(text) };
}
