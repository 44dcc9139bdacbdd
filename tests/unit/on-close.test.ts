import { describe, expect, it } from 'vitest';
import { type CloseCause, type ClosedSession, onClose } from '../../runner/session/on-close.ts';

const linked: ClosedSession = { linked: true, attempts: 0, conflicts: 0, autoReconnect: true };
const pairing: ClosedSession = { ...linked, linked: false };

function verdict(code: number | undefined, session: Partial<ClosedSession> = {}, extra: Partial<CloseCause> = {}) {
  return onClose({ code, ...extra }, { ...linked, ...session }, 0.5);
}

describe('the close table', () => {
  it('opens a new socket at once after pairing (515)', () => {
    expect(verdict(515)).toMatchObject({ do: 'reconnect', afterMs: 0, error: null });
  });

  it.each([
    [401, 'LOGGED_OUT', true],
    [411, 'LOGGED_OUT', true],
    [403, 'BANNED', false],
    [406, 'BANNED', false],
    [405, 'ERROR', false],
  ])('stops at %i as %s (keys forgotten: %s)', (code, status, forgetKeys) => {
    expect(verdict(code)).toMatchObject({ do: 'stop', status, forgetKeys });
  });

  it.each([428, 503, 408, 429, 500, undefined])('comes back by itself after %s', (code) => {
    expect(verdict(code)).toMatchObject({ do: 'reconnect', status: 'RECONNECTING' });
  });

  it('takes 408 while pairing for a code that nobody scanned', () => {
    expect(onClose({ code: 408 }, pairing, 0.5)).toMatchObject({
      do: 'stop',
      status: 'DISCONNECTED',
      forgetKeys: false,
    });
  });

  it('waits 30, 60, 120 s after 440 and then says CONFLICT', () => {
    const waits = [0, 1, 2].map((conflicts) => verdict(440, { conflicts }));
    expect(waits.map((v) => (v.do === 'reconnect' ? v.afterMs : v.do))).toEqual([30_000, 60_000, 120_000]);
    expect(verdict(440, { conflicts: 3 })).toMatchObject({ do: 'stop', status: 'CONFLICT', forgetKeys: false });
  });

  it('waits out a temporary ban as long as WhatsApp says', () => {
    expect(verdict(402, {}, { retryAfterSeconds: 90 })).toMatchObject({ do: 'reconnect', afterMs: 90_000 });
    expect(verdict(402)).toMatchObject({ do: 'reconnect', afterMs: 3_600_000 });
  });

  it('gives a broken session three more tries', () => {
    expect(verdict(500, { attempts: 2 })).toMatchObject({ do: 'reconnect' });
    expect(verdict(500, { attempts: 3 })).toMatchObject({ do: 'stop', status: 'ERROR' });
  });

  it('doubles the back-off up to a minute, with jitter over its upper half', () => {
    const at = (attempts: number, random: number) => {
      const v = onClose({ code: 428 }, { ...linked, attempts }, random);
      return v.do === 'reconnect' ? v.afterMs : -1;
    };
    expect([0, 1, 2, 3, 10, 50].map((attempts) => at(attempts, 0))).toEqual([500, 1000, 2000, 4000, 30_000, 30_000]);
    expect(at(0, 0.999)).toBeLessThanOrEqual(1000);
    expect(at(50, 0.999)).toBeLessThanOrEqual(60_000);
  });

  it('stays down when told not to reconnect, and gives up pairing soon', () => {
    expect(verdict(428, { autoReconnect: false })).toMatchObject({ do: 'stop', status: 'DISCONNECTED' });
    expect(verdict(515, { autoReconnect: false })).toMatchObject({ do: 'reconnect' });
    expect(onClose({ code: undefined }, { ...pairing, attempts: 3 }, 0.5)).toMatchObject({
      do: 'stop',
      status: 'DISCONNECTED',
    });
  });
});
