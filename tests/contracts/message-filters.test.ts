import { beforeAll, expect, it } from 'vitest';
import { newId } from '../../lib/core/model/ids.ts';
import { OUT_SCOPE } from '../../lib/core/model/message.ts';
import type { Fence, SessionWrite } from '../../lib/core/ports/session-store.ts';
import { aMessage, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();
const BASE_MS = 1_700_000_000_000;
/** More than the three pages of 1,000 that one call reads. */
const COUNT = 3_100;

let fence: Fence;
beforeAll(async () => {
  const { sessions } = embedded.adapters();
  fence = (await sessions.takeFence(newId('sub'), newId('inst'), 'runner_1')).fence;
  const writes = Array.from({ length: COUNT }, (_, i): SessionWrite => {
    const { direction, chat, party, type, text } = aMessage(fence.instanceId);
    const rare = i === 0 ? { type: 'image', chat: '120363@g.us' } : {};
    const id = `M${String(i).padStart(4, '0')}`;
    const set = { direction, chat, party, type, text, timestampMs: BASE_MS + i, ...rare };
    return { kind: 'message', id, scope: OUT_SCOPE, set };
  });
  for (let i = 0; i < writes.length; i += 48) await sessions.commit(fence, writes.slice(i, i + 48));
});

it.each([
  { type: 'image' },
  { chats: ['120363@g.us'] },
  { type: 'image', chats: ['1@lid', '120363@g.us'], direction: 'sent' },
] as const)('finds the one of %o behind thousands of others, a bounded part of them a call', async (filter) => {
  const { messages } = embedded.adapters();
  const first = await messages.list(fence.instanceId, filter, 10);
  expect(first).toEqual({ items: [], nextCursor: expect.any(String) });
  const second = await messages.list(fence.instanceId, filter, 10, first.nextCursor as string);
  expect(second).toMatchObject({ items: [{ id: 'M0000', type: 'image' }], nextCursor: null });
  expect(await messages.list(fence.instanceId, { ...filter, toMs: BASE_MS + 5 }, 10)).toMatchObject({
    items: [{ id: 'M0000' }],
    nextCursor: null,
  });
});

it('shows nothing of another type or chat', async () => {
  const { messages } = embedded.adapters();
  const filter = { type: 'image', chats: ['6281234567890@s.whatsapp.net'], toMs: BASE_MS + 100 };
  expect(await messages.list(fence.instanceId, filter, 10)).toEqual({ items: [], nextCursor: null });
});

it('searches contacts, and gets some by their ids in one call', async () => {
  const { messages, sessions } = embedded.adapters();
  const people = Array.from({ length: 90 }, (_, i): SessionWrite => {
    const set = { phone: `62812${String(i).padStart(6, '0')}`, lid: String(i), pushName: `Person ${i}` };
    return { kind: 'contact', id: `lid:${i}`, set };
  });
  for (let i = 0; i < people.length; i += 45) await sessions.commit(fence, people.slice(i, i + 45));
  const search = async (text: string) =>
    (await messages.listContacts(fence.instanceId, { search: text }, 50)).items.map(({ id }) => id);
  expect(await search('person 77')).toEqual(['lid:77']);
  expect(await search('PERSON 8')).toHaveLength(11);
  expect(await search('+62 812 000 05')).toHaveLength(10);
  expect(await search('erson')).toEqual([]);
  const ids = Array.from({ length: 100 }, (_, i) => `lid:${i}`);
  const got = await messages.getContacts(fence.instanceId, ids);
  expect(got.map(({ id }) => id).sort()).toEqual(ids.slice(0, 90).sort());
  expect(await messages.getContacts(fence.instanceId, [])).toEqual([]);
});
