import { expect, it } from 'vitest';
import { newId } from '../../lib/core/model/ids.ts';
import { reactionField, receivedScope } from '../../lib/core/model/message.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
const AT_MS = 1_700_000_000_000;
const CHAT = '15550100001@s.whatsapp.net';
const row = { kind: 'message' as const, id: 'ABCD', scope: receivedScope(CHAT) };
const common = { direction: 'received' as const, chat: CHAT, authorName: 'Ann', timestampMs: AT_MS };
const placeholder: SessionWrite = { ...row, placeholder: { ...common, type: 'undecryptable', text: null } };
const message: SessionWrite = { ...row, set: { ...common, type: 'text', text: 'hi', timestampMs: AT_MS + 5 } };
const edit: SessionWrite = { ...row, set: { edit: { text: 'hello', atMs: AT_MS + 9 } } };
const revoke: SessionWrite = { ...row, once: { revokedAtMs: AT_MS + 11 } };

/** The instance's messages after each of the commits. */
async function after(...commits: SessionWrite[][]) {
  const { sessions, messages } = embedded.adapters();
  const { fence } = await sessions.takeFence(newId('sub'), newId('inst'), 'runner_1');
  for (const writes of commits) await sessions.commit(fence, writes);
  return (await messages.list(fence.instanceId, {}, 10)).items;
}

it('a placeholder is a message until the message comes', async () => {
  expect(await after([placeholder])).toMatchObject([{ id: 'ABCD', type: 'undecryptable', timestampMs: AT_MS }]);
});

it.each([
  ['after it', [[placeholder], [message]]],
  ['before it', [[message], [placeholder]]],
  ['in one commit with it', [[placeholder, message]]],
  ['in one commit before it', [[message, placeholder]]],
])('the message stands, when it comes %s', async (_, commits) => {
  const all = await after(...commits);
  expect(all).toMatchObject([{ id: 'ABCD', type: 'text', text: 'hi', timestampMs: AT_MS + 5 }]);
});

it.each([
  ['in order', [[message], [edit], [revoke]]],
  ['with the message told again', [[message], [edit, revoke], [message]]],
  ['before the message', [[edit], [revoke], [message]]],
  ['all at once', [[message, edit, revoke]]],
])('an edit and a revoke stay: %s', async (_, commits) => {
  expect(await after(...commits)).toMatchObject([
    { type: 'text', text: 'hi', edit: { text: 'hello', atMs: AT_MS + 9 }, revokedAtMs: AT_MS + 11 },
  ]);
});

it.each([
  ['after the message', (acts: SessionWrite[]) => [[message], ...acts.map((act) => [act])]],
  ['before the message', (acts: SessionWrite[]) => [...acts.map((act) => [act]), [message]]],
  ['all at once', (acts: SessionWrite[]) => [[message, ...acts]]],
])('of everybody the last reaction counts, and one that was taken away is gone: %s', async (_, commits) => {
  const reacts = (who: string | null, emoji: string | null): SessionWrite => {
    const from = who === null ? null : { phone: who, lid: null };
    return { ...row, set: { [reactionField(from)]: emoji && { emoji, from, atMs: AT_MS } } } as SessionWrite;
  };
  const acts = [
    reacts('1555', '👍'),
    reacts(null, '🙏'),
    reacts('1556', '😂'),
    reacts('1555', '❤️'),
    reacts('1556', null),
  ];
  const [stored] = await after(...commits(acts));
  expect(new Set(stored?.reactions?.map(({ emoji, from }) => `${from?.phone} ${emoji}`))).toEqual(
    new Set(['1555 ❤️', 'undefined 🙏']),
  );
});

it('of a message that never came nothing is seen', async () => {
  expect(await after([edit], [revoke])).toEqual([]);
});
