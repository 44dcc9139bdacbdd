import { describe, expect, it } from 'vitest';
import type { Answer } from '../support/client.ts';
import { useConversation } from '../support/conversation.ts';
import { png } from '../support/sample-files.ts';

const talk = useConversation();
const { post, send, shown, receives, next, told } = talk;

async function acts(answer: Promise<Answer>, data: object): Promise<void> {
  const { status, body } = await answer;
  expect({ status, data: body.data, error: body.message }).toMatchObject({ status: 200, data });
}

describe('what is done to a message', () => {
  it('reaction, and taking it away', async () => {
    const theirs = await receives('Good news');
    await acts(talk.instance.key.post(`/api/messages/${theirs}/reaction`, { emoji: '👍' }), {
      messageId: theirs,
      emoji: '👍',
    });
    const first = await next('reaction');
    expect(first.content.reactionMessage).toMatchObject({ text: '👍', key: { id: theirs.slice(4), fromMe: false } });
    await acts(talk.instance.key.post(`/api/messages/${theirs}/reaction`, { emoji: '' }), { emoji: null });
    const [, second] = await talk.contact.sees(({ type }) => type === 'reaction', 2);
    expect(second?.content.reactionMessage).toMatchObject({ text: '' });
  });

  it('edit of a text and of a caption', async () => {
    const id = await send('text', { text: 'Helo' });
    await acts(talk.instance.key.call('PATCH', `/api/messages/${id}`, { text: 'Hello' }), {
      messageId: id,
      text: 'Hello',
    });
    const edited = await next('protocol');
    expect(edited.content.protocolMessage).toMatchObject({
      ...{ type: 'MESSAGE_EDIT', key: { id: id.slice(4) } },
      editedMessage: { extendedTextMessage: { text: 'Hello' } },
    });
    expect((await talk.instance.key.get(`/api/messages/${id}`)).body.data).toMatchObject({ text: 'Hello' });
    const picture = await send('image', { image: png().toString('base64'), caption: 'Lok' });
    await talk.instance.key.must('PATCH', `/api/messages/${picture}`, { text: 'Look' });
    const [, captioned] = await talk.contact.sees(({ type }) => type === 'protocol', 2);
    expect(captioned?.content.protocolMessage).toMatchObject({
      ...{ type: 'MESSAGE_EDIT', key: { id: picture.slice(4) } },
      editedMessage: { imageMessage: { caption: 'Look', mimetype: 'image/png' } },
    });
    const place = await send('location', { latitude: 1, longitude: 2 });
    const wordless = await talk.instance.key.call('PATCH', `/api/messages/${place}`, { text: 'x' });
    expect([wordless.status, wordless.body.error]).toEqual([409, 'INVALID_STATE']);
    const theirs = await receives('mine');
    const other = await talk.instance.key.call('PATCH', `/api/messages/${theirs}`, { text: 'x' });
    expect([other.status, other.body.error]).toEqual([409, 'INVALID_STATE']);
  });

  it('delete for everyone, and for me only', async () => {
    const id = await send('text', { text: 'Oops' });
    await acts(talk.instance.key.call('DELETE', `/api/messages/${id}`), { messageId: id, for: 'everyone' });
    const gone = await next('protocol');
    expect(gone.content.protocolMessage).toMatchObject({ type: 'REVOKE', key: { id: id.slice(4) } });
    expect((await talk.instance.key.get(`/api/messages/${id}`)).body.data.revokedAt).not.toBeNull();
    const theirs = await receives('keep me');
    const refused = await talk.instance.key.call('DELETE', `/api/messages/${theirs}`);
    expect(refused.body.error).toBe('INVALID_STATE');
    await acts(talk.instance.key.call('DELETE', `/api/messages/${theirs}?for=me`), { for: 'me' });
    await send('text', { text: 'last' });
    const seen = await talk.contact.messages();
    expect(seen.filter(({ type }) => type === 'protocol')).toHaveLength(1);
  });

  it('pin and star', async () => {
    const id = await send('text', { text: 'Address' });
    await acts(talk.instance.key.post(`/api/messages/${id}/pin`, { seconds: 86_400 }), { pinned: true });
    const pinned = await next('pinInChat');
    expect(pinned.content).toMatchObject({
      pinInChatMessage: { key: { id: id.slice(4) }, type: 'PIN_FOR_ALL' },
      messageContextInfo: { messageAddOnDurationInSecs: 86_400 },
    });
    await acts(talk.instance.key.post(`/api/messages/${id}/pin`, { pin: false }), { pinned: false });
    const [, off] = await talk.contact.sees(({ type }) => type === 'pinInChat', 2);
    expect(off?.content.pinInChatMessage).toMatchObject({ key: { id: id.slice(4) }, type: 'UNPIN_FOR_ALL' });
    await acts(talk.instance.key.post(`/api/messages/${id}/star`, {}), { starred: true });
    await acts(talk.instance.key.post(`/api/messages/${id}/star`, { star: false }), { starred: false });
  });

  it('tells no receipts of what is done to messages', async () => {
    const id = await send('text', { text: 'x' });
    await acts(talk.instance.key.post(`/api/messages/${id}/reaction`, { emoji: '!' }), {});
    const reaction = await next('reaction');
    const last = await send('text', { text: 'after' });
    await told('message.read', ({ messageId }) => messageId === last);
    const listed = (await talk.instance.key.get('/api/messages?per_page=100')).body.data.messages as {
      messageId: string;
    }[];
    expect(listed.map(({ messageId }) => messageId)).not.toContain(`msg_${reaction.id}`);
    await expect(talk.instance.key.get(`/api/messages/msg_${reaction.id}`)).resolves.toMatchObject({ status: 404 });
  });
});

describe('what is done in a chat', () => {
  it('typing and recording stop by themselves', async () => {
    await acts(post('typing', { chat: talk.contact.number, state: 'recording', seconds: 1 }), { state: 'recording' });
    await expect.poll(() => talk.contact.states()).toEqual(['recording', 'paused']);
    await acts(post('typing', { chat: talk.contact.number, seconds: 30 }), { state: 'typing' });
    await acts(post('typing', { chat: talk.contact.number, state: 'stopped' }), { state: 'stopped' });
    await expect.poll(() => talk.contact.states()).toEqual(['recording', 'paused', 'composing', 'paused']);
  });

  it('new messages disappear after a time', async () => {
    await acts(post('disappearing', { chat: talk.contact.number, seconds: 604_800 }), { seconds: 604_800 });
    const set = await talk.contact.sees(({ content }) => JSON.stringify(content).includes('EPHEMERAL_SETTING'));
    expect(JSON.stringify(set[0]?.content)).toContain('604800');
  });

  it('new messages of a group disappear after a time', async () => {
    const at = `/api/instances/${talk.instance.name}/groups`;
    const made = await talk.instance.user.must('POST', at, { subject: 'Brief', participants: [talk.contact.number] });
    const chat = made.body.data.group.groupId as string;
    await acts(post('disappearing', { chat, seconds: 86_400 }), { chat, seconds: 86_400 });
    expect((await talk.instance.user.must('GET', `${at}/${chat}`)).body.data.ephemeralSeconds).toBe(86_400);
  });
});

it('under the name of the instance a user writes, replies, reacts and takes back, and sees what was done', async () => {
  const { user, name } = talk.instance;
  const at = `/api/instances/${name}/messages`;
  const asked = await receives('Tea or coffee?');
  const sent = await user.must('POST', `${at}/text`, { to: talk.contact.number, text: 'Tea', quotedMessageId: asked });
  const reply = sent.body.data.messageId as string;
  expect((await shown(reply)).text).toBe('Tea');
  await user.must('POST', `${at}/${asked}/reaction`, { emoji: '🙏' });
  await next('reaction');
  expect((await user.must('GET', `${at}/${reply}`)).body.data).toMatchObject({ quoted: { messageId: asked } });
  expect((await user.must('GET', `${at}/${asked}`)).body.data).toMatchObject({
    reactions: [{ emoji: '🙏', from: null }],
  });
  await user.must('DELETE', `${at}/${reply}`);
  expect((await user.must('GET', `${at}/${reply}`)).body.data.revokedAt).not.toBeNull();
});
