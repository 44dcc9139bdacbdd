import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiRig, ISO } from '../support/api-rig.ts';
import { GatewayClient, JID } from '../support/gateway-face.ts';
import { GoldenPairs, rowsOf } from '../support/golden.ts';

const CHANNEL = '120363041234567890@newsletter';
const [lid, phone] = ['83116928594000', '6281234567890'];
const [messageId, waId] = ['msg_3EB0C767D71D8A2B5F3E19', '3EB0C767D71D8A2B5F3E19'];
const file = 'https://example.com/x';
const golden = new GoldenPairs(rowsOf('gateway', 'gateway-families'));
let rig: ApiRig;
let client: GatewayClient;
beforeAll(async () => {
  rig = await ApiRig.start();
  client = await GatewayClient.start(rig);
  const chat = { name: 'Ann', lastMessageAtMs: 1_700_000_000_000 };
  await rig.runner.write(client.account.tenantId, client.instanceId, [
    { kind: 'pair', pair: { lid, phone } },
    { kind: 'chat', id: JID, set: chat, labels: { 1: true } },
    { kind: 'labelled', association: { labelId: '1', chat: JID, messageId: null }, on: true },
    { kind: 'label', label: { id: '1', name: 'Important', color: 1, deleted: false } },
    { kind: 'presence', seen: { chat: JID, phone, lid, presence: 'composing', lastSeenMs: null, atMs: Date.now() } },
  ]);
});
afterAll(() => rig.stop());

describe('what does something', () => {
  const acted = { messageId, timestampMs: 1_700_000_000_000 };
  const presence = '/api/presence/my-instance';
  const labels = '/api/labels/my-instance';
  const profile = '/api/profile/my-instance';
  const converted = { mediaId: 'med_1', mimetype: 'audio/ogg', size: 5, sha256: 'ab', seconds: 2 };
  const label = { labelId: '3', name: 'Important', color: 1 };
  const me = { jid: JID, phone, lid, name: 'Ann', about: 'Hi', picture: 'https://x/p' };
  const ofChannel = (message: string) => ({ message, channelId: CHANNEL });
  const ofPresence = (word: string) => ({ data: { presence: word }, message: 'Presence updated successfully' });
  const fileUrl = { url: expect.stringMatching(/^\/api\/media\/files\//) };
  const file64 = { data: { ...converted, ...fileUrl }, message: 'File converted successfully' };

  it.each([
    [
      'POST',
      '/api/message/seen',
      { chatId: JID, messageId },
      'message.markRead',
      { messageId: waId },
      { messageId, readAtMs: 1 },
      { message: 'Marked as read successfully' },
    ],
    [
      'POST',
      '/api/message/seen',
      { chatId: JID },
      'chat.markRead',
      { chat: JID },
      { chat: JID, messages: 2 },
      { message: 'Marked as read successfully' },
    ],
    [
      'POST',
      '/api/message/typing/start',
      { chatId: JID },
      'message.typing',
      { chat: JID, state: 'typing' },
      { chat: JID, state: 'typing' },
      { message: 'Typing started' },
    ],
    [
      'POST',
      '/api/message/typing/stop',
      { to: JID },
      'message.typing',
      { chat: JID, state: 'stopped' },
      { chat: JID, state: 'stopped' },
      { message: 'Typing stopped' },
    ],
    [
      'PUT',
      '/api/message/reaction',
      { chatId: JID, messageId, emoji: '👍' },
      'message.react',
      { messageId: waId, emoji: '👍' },
      { ...acted, emoji: '👍' },
      { data: { messageId, emoji: '👍' }, message: 'Reaction added successfully' },
    ],
    [
      'PUT',
      '/api/message/reaction',
      { messageId, reaction: '👍' },
      'message.react',
      { emoji: '👍' },
      { ...acted, emoji: '👍' },
      { data: { messageId, emoji: '👍' }, message: 'Reaction added successfully' },
    ],
    [
      'PUT',
      '/api/message/reaction',
      { messageId, emoji: '' },
      'message.react',
      { emoji: '' },
      { ...acted, emoji: null },
      { data: { messageId, emoji: null }, message: 'Reaction removed successfully' },
    ],
    [
      'PUT',
      '/api/message/star',
      { chatId: JID, messageId, star: true },
      'message.star',
      { messageId: waId, star: true },
      { ...acted, starred: true },
      { data: { messageId, starred: true }, message: 'Message starred successfully' },
    ],
    [
      'PUT',
      '/api/message/star',
      { messages: [{ id: messageId, fromMe: true }], star: false },
      'message.star',
      { messageId: waId, star: false },
      { ...acted, starred: false },
      { data: { messageId, starred: false }, message: 'Message unstarred successfully' },
    ],
    [
      'DELETE',
      `/api/message/my-instance/${messageId}`,
      undefined,
      'message.delete',
      { messageId: waId, for: 'everyone' },
      { ...acted, for: 'everyone' },
      { data: { messageId }, message: 'Message deleted successfully' },
    ],
    [
      'PUT',
      `/api/contacts/my-instance/${JID}`,
      { name: 'New Contact Name' },
      'contact.save',
      { jid: JID, name: 'New Contact Name' },
      { jid: JID, name: 'New Contact Name' },
      { data: { id: JID, name: 'New Contact Name' }, message: 'Contact updated successfully' },
    ],
    [
      'POST',
      `/api/message/read/my-instance/${phone}`,
      undefined,
      'chat.markRead',
      { chat: JID },
      { chat: JID, messages: 2 },
      { message: 'Messages marked as read' },
    ],
    [
      'POST',
      '/api/message/typing',
      { to: phone, duration: 4_500 },
      'message.typing',
      { chat: JID, state: 'typing', seconds: 5 },
      { chat: JID, state: 'typing' },
      { message: 'Typing indicator sent' },
    ],
    [
      'POST',
      presence,
      { presence: 'available' },
      'presence.set',
      { presence: 'available' },
      { presence: 'available' },
      ofPresence('available'),
    ],
    [
      'POST',
      presence,
      { presence: 'recording', chatId: JID },
      'message.typing',
      { chat: JID, state: 'recording' },
      { chat: JID, state: 'recording' },
      ofPresence('recording'),
    ],
    [
      'POST',
      `${presence}/${JID}/subscribe`,
      undefined,
      'presence.subscribe',
      { chat: JID },
      { chat: JID },
      { data: { chatId: JID }, message: 'Subscribed to presence updates successfully' },
    ],
    [
      'POST',
      labels,
      { name: 'Important', color: 1 },
      'label.create',
      { name: 'Important', color: 1 },
      label,
      { data: label, message: 'Label created successfully' },
    ],
    [
      'PUT',
      `${labels}/3`,
      { name: 'Important', color: 1 },
      'label.update',
      label,
      label,
      { data: label, message: 'Label updated successfully' },
    ],
    [
      'DELETE',
      `${labels}/3`,
      undefined,
      'label.delete',
      { labelId: '3' },
      { labelId: '3' },
      { data: { labelId: '3' }, message: 'Label deleted successfully' },
    ],
    [
      'PUT',
      `${labels}/chats/${JID}`,
      { labelIds: ['3'] },
      'label.setOfChat',
      { chat: JID, labelIds: ['3'] },
      { chat: JID, labelIds: ['3'] },
      { data: { chatId: JID, labelIds: ['3'] }, message: 'Chat labels saved successfully' },
    ],
    [
      'POST',
      '/api/media/my-instance/convert/voice',
      { filePath: file },
      'media.convertVoice',
      { media: { url: file } },
      converted,
      file64,
    ],
    [
      'POST',
      '/api/media/my-instance/convert/video',
      { url: file },
      'media.convertVideo',
      { media: { url: file } },
      converted,
      file64,
    ],
    [
      'GET',
      profile,
      undefined,
      'profile.get',
      {},
      me,
      { data: { id: JID, phoneNumber: phone, lid, name: 'Ann', status: 'Hi', pictureUrl: 'https://x/p' } },
    ],
    [
      'PUT',
      `${profile}/name`,
      { name: 'New Name' },
      'profile.setName',
      { name: 'New Name' },
      { name: 'New Name' },
      { data: { name: 'New Name' }, message: 'Profile name updated successfully' },
    ],
    [
      'PUT',
      `${profile}/status`,
      { status: 'Hey' },
      'profile.setAbout',
      { about: 'Hey' },
      { about: 'Hey' },
      { data: { status: 'Hey' }, message: 'Profile status updated successfully' },
    ],
    [
      'PUT',
      `${profile}/picture`,
      { image: file },
      'profile.setPicture',
      { media: { url: file } },
      { isSet: true },
      { message: 'Profile picture updated successfully' },
    ],
    [
      'PUT',
      `${profile}/picture`,
      { imageUrl: file },
      'profile.setPicture',
      { media: { url: file } },
      { isSet: true },
      { message: 'Profile picture updated successfully' },
    ],
    [
      'DELETE',
      `${profile}/picture`,
      undefined,
      'profile.removePicture',
      {},
      { isSet: false },
      { message: 'Profile picture removed successfully' },
    ],
    [
      'POST',
      '/api/status/my-instance/delete',
      { messageId },
      'status.delete',
      { messageId: waId },
      { messageId, timestampMs: 1 },
      { data: { messageId }, message: 'Status deleted successfully' },
    ],
    ['GET', '/api/channels/my-instance', undefined, 'channel.list', {}, { channels: [] }, { data: [], count: 0 }],
    [
      'POST',
      `/api/channels/my-instance/${CHANNEL}/follow`,
      undefined,
      'channel.follow',
      { channelId: CHANNEL },
      { channelId: CHANNEL },
      ofChannel('Channel followed successfully'),
    ],
    [
      'POST',
      `/api/channels/my-instance/${CHANNEL}/unfollow`,
      undefined,
      'channel.unfollow',
      { channelId: CHANNEL },
      { channelId: CHANNEL },
      ofChannel('Channel unfollowed successfully'),
    ],
    [
      'POST',
      `/api/channels/my-instance/${CHANNEL}/mute`,
      { duration: 86_400 },
      'channel.mute',
      { channelId: CHANNEL },
      { channelId: CHANNEL },
      ofChannel('Channel muted until it is unmuted'),
    ],
    [
      'POST',
      `/api/channels/my-instance/${CHANNEL}/unmute`,
      undefined,
      'channel.unmute',
      { channelId: CHANNEL },
      { channelId: CHANNEL },
      ofChannel('Channel unmuted successfully'),
    ],
  ])('%s %s %j', async (method, path, body, operation, input, output, said) => {
    rig.runner.behave(client.instanceId, operation, () => ({ state: 'done', output }));
    const answer = await client.call(method, path, body);
    golden.check(answer, method === 'POST' && path === labels ? 201 : 200, { success: true, ...said });
    expect(rig.runner.seen.at(-1)?.operation).toBe(operation);
    expect(client.lastInput()).toMatchObject(input);
  });

  it.each([
    ['POST', '/api/message/seen', {}, 'messageId'],
    ['PUT', '/api/message/star', { star: true }, 'messageId'],
    ['POST', '/api/message/send/contact', { to: JID, contactName: 'x' }, 'contacts'],
    ['POST', presence, { presence: 'composing' }, 'chatId'],
    ['POST', '/api/media/my-instance/convert/voice', { filePath: '/path/to/audio.mp3' }, 'filePath'],
    ['POST', '/api/media/my-instance/convert/video', {}, 'base64'],
  ])('%s %s %j is refused for its %s', async (method, path, body, field) => {
    const answer = await client.call(method, path, body);
    expect([answer.status, answer.body]).toMatchObject([400, { success: false, code: 'VALIDATION_ERROR' }]);
    expect(JSON.stringify(answer.body.details)).toContain(field);
  });
});

describe('what is read', () => {
  const pair = { lid, phoneNumber: phone };
  const seen = { chatId: JID, phoneNumber: phone, lid, presence: 'composing', lastSeen: null, updatedAt: ISO };
  const labels = { data: [{ labelId: '1', name: 'Important', color: 1 }], count: 1 };
  it.each([
    ['/api/contacts/my-instance/lids', { data: [pair], count: 1, nextCursor: null }],
    ['/api/contacts/my-instance/lids/count', { data: { count: 1 } }],
    [`/api/contacts/my-instance/lids/${lid}`, { data: pair }],
    [`/api/contacts/my-instance/lids/${lid}@lid`, { data: pair }],
    [`/api/contacts/my-instance/lids/pn/${phone}`, { data: pair }],
    ['/api/presence/my-instance', { data: [seen], count: 1, nextCursor: null }],
    [`/api/presence/my-instance/${JID}`, { data: [seen], count: 1, nextCursor: null }],
    ['/api/presence/my-instance/6281300000001', { data: [], count: 0, nextCursor: null }],
    ['/api/labels/my-instance', labels],
    [`/api/labels/my-instance/chats/${JID}`, labels],
    ['/api/labels/my-instance/1/chats', { data: [expect.objectContaining({ id: JID })], count: 1, nextCursor: null }],
    ['/api/labels/my-instance/chats/6281300000001', { data: [], count: 0 }],
    ['/api/status/my-instance/new-message-id', { data: { messageId: expect.stringMatching(/^msg_3EB0/) } }],
  ])('GET %s', async (path, said) => {
    const answer = await client.call('GET', path);
    golden.check(answer, 200, { success: true, ...said });
  });

  it('says 404 of a person who is not known by the other name', async () => {
    for (const path of ['lids/99999999', 'lids/pn/6281300000001']) {
      const answer = await client.call('GET', `/api/contacts/my-instance/${path}`);
      expect([answer.status, answer.body.code]).toEqual([404, 'RESOURCE_NOT_FOUND']);
    }
  });
});

it('has a golden pair for every row that it claims', () => expect(golden.missing).toEqual([]));
