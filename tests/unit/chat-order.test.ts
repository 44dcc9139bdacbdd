import { describe, expect, it } from 'vitest';
import type { ChatFields, SessionWrite } from '../../lib/core/ports/session-store.ts';
import { ChatOrder } from '../../runner/events/chats.ts';

const CHAT = '6281@s.whatsapp.net';
const SECOND_MS = 1_700_000_000_000;

const write = (lastMessageAtMs: number | null, text: string, more: ChatFields = {}): SessionWrite => ({
  ...{ kind: 'chat', id: CHAT },
  set: { lastMessageAtMs, lastMessage: { text } as never, ...more },
});

/** What the row shows after these writes, in the order in which they are told. */
function shown(...writes: SessionWrite[]): ChatFields {
  const order = new ChatOrder();
  return Object.assign({}, ...writes.map((each) => (order.inOrder(each) as { set: ChatFields }).set));
}

describe('the last message of a chat', () => {
  it('is the later one, in whichever order they are told; the rest of an older write still counts', () => {
    const [old, late] = [write(SECOND_MS, 'old', { isGroup: false }), write(SECOND_MS + 5_000, 'late')];
    for (const writes of [
      [old, late],
      [late, old],
    ]) {
      const late = { lastMessage: { text: 'late' }, lastMessageAtMs: SECOND_MS + 5_000, isGroup: false };
      expect(shown(...writes)).toMatchObject(late);
    }
  });

  it('is within one second the one that is told last: what comes in has whole seconds only', () => {
    const sent = write(SECOND_MS + 700, 'sent');
    const answer = write(SECOND_MS, 'its answer');
    expect(shown(sent, answer)).toMatchObject({
      lastMessage: { text: 'its answer' },
      lastMessageAtMs: SECOND_MS + 700,
    });
    const again = write(SECOND_MS + 800, 'sent again');
    expect(shown(sent, answer, again)).toMatchObject({
      ...{ lastMessage: { text: 'sent again' }, lastMessageAtMs: SECOND_MS + 800 },
    });
    // The moment does not move back, so that the second before is still the past.
    expect(shown(sent, answer, write(SECOND_MS - 1, 'old'))).toMatchObject({ lastMessage: { text: 'its answer' } });
  });

  it('begins anew when the chat is deleted', () => {
    expect(shown(write(SECOND_MS, 'late'), write(null, ''), write(SECOND_MS - 60_000, 'new'))).toMatchObject({
      ...{ lastMessage: { text: 'new' }, lastMessageAtMs: SECOND_MS - 60_000 },
    });
  });
});
