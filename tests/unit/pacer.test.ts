import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DEFAULT_SETTINGS, type InstanceSettings } from '../../lib/core/model/instance.ts';
import type { ChatStore } from '../../lib/core/ports/index.ts';
import type { NameBook } from '../../runner/events/parties.ts';
import { type PacedSession, Pacer } from '../../runner/pacer.ts';

const FRIEND = '6281@s.whatsapp.net';
const FIRST = '6282@s.whatsapp.net';
const SECOND = '6283@s.whatsapp.net';
const NAMES: NameBook = { phoneOfLid: () => undefined, lidOfPhone: () => undefined };
const HOUR_MS = 3_600_000;

let random: number;
let woken: number;
let nowMs: number;
let pacer: Pacer;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  random = 0;
  woken = 0;
  nowMs = 1_800_000_000_000;
  const chats: Pick<ChatStore, 'get'> = { get: async (_, id) => (id === FRIEND ? ({} as never) : undefined) };
  pacer = new Pacer({
    ...{ instanceId: 'inst', chats, clock: () => nowMs, random: () => random },
    wake: () => {
      woken += 1;
    },
  });
});
afterEach(() => {
  pacer.stop();
  vi.useRealTimers();
});

function aSession(settings: Partial<InstanceSettings> = {}, environment: 'live' | 'test' = 'live'): PacedSession {
  const pacing: { -readonly [K in keyof PacedSession['pacing']]: PacedSession['pacing'][K] } = {
    ...{ account: null, nextNewChatAt: null, environment },
  };
  return {
    settings: { ...DEFAULT_SETTINGS, ...settings },
    nameBook: NAMES,
    pacing,
    setNextNewChatAt: (at) => {
      pacing.nextNewChatAt = at;
    },
  };
}

function pass(ms: number): void {
  nowMs += ms;
  vi.advanceTimersByTime(ms);
}

/** From the first pending row on, as a drain does it: which of these must wait? */
async function held(session: PacedSession, ...to: string[]): Promise<string[]> {
  pacer.begin();
  const waiting: string[] = [];
  for (const each of to) if (await pacer.holds(session, { to: each })) waiting.push(each);
  return waiting;
}

describe('a message in a chat that is there', () => {
  it.each([
    [0, 1_000],
    [0.5, 2_000],
    [1, 3_000],
  ])('goes at once when there was none lately, else 1 to 3 s after it (chance %d: %d ms)', async (chance, gapMs) => {
    random = chance;
    const session = aSession();
    expect(await held(session, FRIEND)).toEqual([]);
    await pacer.leaves(session, FRIEND);
    expect(await held(session, FRIEND)).toEqual([FRIEND]);
    pass(gapMs - 1);
    expect(await held(session, FRIEND)).toEqual([FRIEND]);
    expect(woken).toBe(0);
    pass(1);
    expect(woken).toBe(1);
    expect(await held(session, FRIEND)).toEqual([]);
    pass(HOUR_MS);
    expect(await held(session, FRIEND)).toEqual([]);
  });

  it('of an instance that is not paced goes when it comes; `messageDelay` holds for all', async () => {
    const test = aSession({}, 'test');
    for (let n = 0; n < 3; n += 1) {
      expect(await held(test, FRIEND, FIRST, SECOND)).toEqual([]);
      await pacer.leaves(test, FIRST);
    }
    expect(test.pacing.nextNewChatAt).toBeNull();
    const slow = aSession({ pacing: false, messageDelay: 5_000 });
    expect(await held(slow, FRIEND)).toEqual([FRIEND]);
    pass(5_000);
    expect(await held(slow, FRIEND)).toEqual([]);
    // Pacing never makes a delay shorter.
    expect(await held(aSession({ pacing: true, messageDelay: 6_000 }), FRIEND)).toEqual([FRIEND]);
  });
});

describe('a new chat', () => {
  it.each([
    [0, 30_000],
    [1, 60_000],
  ])(
    'waits one to two times `newChatDelay` after the last one, and holds back nobody else (chance %d: %d ms)',
    async (chance, waitMs) => {
      const session = aSession();
      random = chance;
      expect(await held(session, FIRST)).toEqual([]);
      await pacer.leaves(session, FIRST);
      pass(3_000);
      expect(await held(session, SECOND, FRIEND)).toEqual([SECOND]);
      pass(waitMs - 3_001);
      expect(await held(session, SECOND)).toEqual([SECOND]);
      pass(1);
      expect(woken).toBeGreaterThan(0);
      expect(await held(session, SECOND)).toEqual([]);
    },
  );

  it('keeps its own messages in line: what is held back holds back what is behind it, although its time has come', async () => {
    const session = aSession();
    await pacer.leaves(session, FIRST);
    pass(3_000);
    expect(await held(session, SECOND)).toEqual([SECOND]);
    pass(60_000);
    expect(await pacer.holds(session, { to: SECOND })).toBe(true);
    expect(await held(session, SECOND)).toEqual([]);
    await pacer.leaves(session, FRIEND);
    expect(await held(session, FRIEND)).toEqual([FRIEND]);
    pass(3_000);
    expect(await pacer.holds(session, { to: FRIEND })).toBe(true);
  });

  it('does not wait for hours when the clock is set back', async () => {
    const session = aSession();
    await pacer.leaves(session, FIRST);
    nowMs -= HOUR_MS;
    pass(5_000);
    expect(await held(session, SECOND, SECOND)).toEqual([SECOND, SECOND]);
    vi.advanceTimersByTime(60_000);
    expect(woken).toBe(1);
  });

  it('of a group there is none, and none is begun while WhatsApp allows none', async () => {
    const session = aSession();
    await pacer.leaves(session, FIRST);
    pass(3_000);
    expect(await held(session, '1203@g.us')).toEqual([]);
    Object.assign(session.pacing, {
      account: { timeLock: null, newChats: null, refusedAt: new Date(nowMs).toISOString() },
    });
    // It is not held back for an hour: it is refused.
    expect(await held(session, SECOND)).toEqual([]);
    await expect(pacer.leaves(session, SECOND)).rejects.toMatchObject({ code: 'MESSAGE_SEND_FAILED' });
    await expect(pacer.leaves(session, FRIEND)).resolves.toBeUndefined();
  });
});
