import { describe, expect, it } from 'vitest';
import { type AccountHealth, isPaced, newChatStop } from '../../lib/core/model/instance.ts';
import { newChatsOf, timeLockOf } from '../../runner/session/account-health.ts';

const NOW_MS = Date.parse('2026-01-01T12:00:00Z');
const at = (hours: number) => new Date(NOW_MS + hours * 3_600_000).toISOString();
const account = (fields: Partial<AccountHealth>): AccountHealth => {
  return { timeLock: null, newChats: null, refusedAt: null, ...fields };
};
const cap = (status: 'FIRST_WARNING' | 'SECOND_WARNING' | 'CAPPED', cycleEndsAt: string | null = null) =>
  account({ newChats: { status, used: 9, quota: 10, cycleEndsAt } });

describe('new chats', () => {
  it.each<[string, AccountHealth | null, string | undefined, string | null | undefined]>([
    ['of an account without limits', null, undefined, undefined],
    ['during a time-lock', account({ timeLock: { type: 'DEFAULT', until: at(1) } }), 'REACHOUT_TIME_LOCK', at(1)],
    ['without an end in sight', account({ timeLock: { type: 'X', until: null } }), 'REACHOUT_TIME_LOCK', null],
    ['after a time-lock', account({ timeLock: { type: 'DEFAULT', until: at(-1) } }), undefined, undefined],
    ['at the first warning', cap('FIRST_WARNING'), undefined, undefined],
    ['at the second warning', cap('SECOND_WARNING'), 'NEW_CHATS_CAPPED', null],
    ['at the cap', cap('CAPPED', at(5)), 'NEW_CHATS_CAPPED', at(5)],
    ['in the next cycle', cap('CAPPED', at(-1)), undefined, undefined],
    ['soon after a refusal', account({ refusedAt: at(-0.5) }), 'REACHOUT_LIMITED', at(0.5)],
    ['an hour after it', account({ refusedAt: at(-1) }), undefined, undefined],
  ])('%s', (_what, health, reason, until) => {
    expect(newChatStop(health, NOW_MS)).toEqual(reason && { reason, until });
  });

  it.each([
    [null, 'live', true],
    [null, 'test', false],
    [false, 'live', false],
    [true, 'test', true],
  ] as const)('with pacing %s on %s: %s', (pacing, environment, paced) => {
    expect(isPaced({ pacing }, environment)).toBe(paced);
  });
});

describe("WhatsApp's words", () => {
  it('for a time-lock', () => {
    const ends = new Date(NOW_MS);
    expect(timeLockOf({ isActive: true, timeEnforcementEnds: ends })).toEqual({ type: 'DEFAULT', until: at(0) });
    expect(timeLockOf({ isActive: true, timeEnforcementEnds: new Date(Number.NaN) })?.until).toBeNull();
    expect(timeLockOf({ isActive: false, timeEnforcementEnds: ends })).toBeNull();
  });

  it('for the cap', () => {
    const info = { total_quota: 10, used_quota: 9, cycle_end_timestamp: String(NOW_MS / 1_000) };
    const shown = { status: 'CAPPED', used: 9, quota: 10, cycleEndsAt: at(0) };
    expect(newChatsOf({ ...info, capping_status: 'CAPPED' as never })).toEqual(shown);
    expect(newChatsOf({ ...info, capping_status: 'NONE' as never })).toBeNull();
    expect(newChatsOf({ ...info, capping_status: 'WHATEVER' as never })).toBeNull();
    expect(newChatsOf({ capping_status: 'CAPPED' as never, cycle_end_timestamp: 'soon' })).toMatchObject({
      used: null,
      cycleEndsAt: null,
    });
    expect(newChatsOf(undefined)).toBeNull();
  });
});
