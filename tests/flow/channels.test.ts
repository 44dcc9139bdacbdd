import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { post, setFollowing } from '../../sandbox/newsletters.ts';
import { freshNumber } from '../support/client.ts';
import { type FamilyInstance, familyInstance, sandboxOf, until } from '../support/families.ts';
import { TestGateway } from '../support/gateway.ts';
import { mp4, pdf, png } from '../support/sample-files.ts';

const PERMISSIONS = ['channel:read', 'channel:write', 'message:read'];

let gateway: TestGateway;
let owner: FamilyInstance;
let follower: FamilyInstance;

beforeAll(async () => {
  gateway = await TestGateway.start();
  [owner, follower] = await Promise.all([familyInstance(gateway, PERMISSIONS), familyInstance(gateway, PERMISSIONS)]);
});
afterAll(() => gateway?.stop());

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const network = () => sandboxOf(gateway).network;
const channel = async (name: string) => (await owner.ok('POST', '/channels', { name })).channelId as string;
const found = (channelId: string) => {
  const newsletter = network().newsletters.get(channelId);
  if (!newsletter) throw new Error(`there is no ${channelId}`);
  return newsletter;
};
const reasonOf = ({ status, body }: Awaited<ReturnType<FamilyInstance['call']>>) => [status, body.details?.reason];

it('is made, changed, found by its link and deleted', async () => {
  const made = await owner.ok('POST', '/channels', { name: 'News', description: 'Of our shop' });
  const { channelId, inviteCode, inviteUrl } = made;
  expect(made).toMatchObject({ name: 'News', description: 'Of our shop', role: 'owner', followers: 0, isMuted: false });
  expect(inviteUrl).toBe(`https://whatsapp.com/channel/${inviteCode}`);
  expect(await follower.ok('GET', `/channels/invites/${inviteCode}`)).toEqual({ ...made, role: 'guest' });
  const changed = await owner.ok('PUT', `/channels/${channelId}`, { name: 'Fresh news' });
  expect(changed).toEqual({ ...made, name: 'Fresh news' });
  expect(await follower.ok('GET', `/channels/${channelId.split('@')[0]}`)).toMatchObject({ name: 'Fresh news' });
  await owner.ok('PUT', `/channels/${channelId}/picture`, { image: png().toString('base64') });
  expect(found(channelId).record.hasPicture).toBe(true);
  await owner.ok('DELETE', `/channels/${channelId}/picture`);
  expect(found(channelId).record.hasPicture).toBe(false);
  expect(reasonOf(await follower.call('PUT', `/channels/${channelId}`, { name: 'Mine' }))).toEqual([403, 'NOT_OWNER']);
  const { channels } = await owner.ok('GET', '/channels');
  expect(channels.map((each: { channelId: string }) => each.channelId)).toContain(channelId);

  await owner.ok('DELETE', `/channels/${channelId}`);
  expect(network().newsletters.get(channelId)).toBeUndefined();
  for (const path of [`/channels/${channelId}`, `/channels/invites/${inviteCode}`]) {
    expect(reasonOf(await owner.call('GET', path))).toEqual([404, 'CHANNEL_NOT_FOUND']);
  }
  expect((await owner.call('GET', '/channels/abc')).body.error).toBe('VALIDATION_ERROR');
});

it('is followed, muted and left', async () => {
  const channelId = await channel('Weather');
  const viewed = async () => {
    const { channels } = await follower.ok('GET', '/channels');
    return channels.find((each: { channelId: string }) => each.channelId === channelId);
  };
  expect(await viewed()).toBeUndefined();
  expect(await follower.ok('POST', `/channels/${channelId}/follow`, {})).toEqual({ channelId });
  expect(await viewed()).toMatchObject({ role: 'follower', followers: 1, isMuted: false });
  await owner.ok('PUT', `/channels/${channelId}`, { description: 'Rain' });
  const told = await follower.told('channel.updated', (data) => data.channelId === channelId);
  expect(told).toEqual({ channelId, name: null, description: 'Rain' });
  await follower.ok('POST', `/channels/${channelId}/mute`, {});
  expect(await viewed()).toMatchObject({ isMuted: true });
  await follower.ok('POST', `/channels/${channelId}/unmute`, {});
  expect(await viewed()).toMatchObject({ isMuted: false });
  await follower.ok('POST', `/channels/${channelId}/unfollow`, {});
  expect(await viewed()).toBeUndefined();
  const none = '120363000000000001@newsletter';
  expect(reasonOf(await follower.call('POST', `/channels/${none}/follow`, {}))).toEqual([404, 'CHANNEL_NOT_FOUND']);
});

it('shows its posts to followers, who react; views are counted', async () => {
  const [channelId, ann] = [await channel('Recipes'), freshNumber()];
  network().state.transaction(() => setFollowing(network(), found(channelId), network().directory.require(ann), true));
  const sent = await owner.ok('POST', `/channels/${channelId}/messages/text`, { text: 'Soup' });
  expect(sent.status).toBe('SENT');
  await gateway.person(ann).sees(({ text, from }) => text === 'Soup' && from === channelId);
  const picture = png();
  await owner.ok('POST', `/channels/${channelId}/messages/image`, {
    ...{ image: picture.toString('base64'), caption: 'Like this' },
  });
  const [shown] = await gateway.person(ann).sees(({ text, type }) => text === 'Like this' && type === 'image');
  expect(shown?.sha256).toBe(sha256(picture));

  const { messages } = await follower.ok('GET', `/channels/${channelId}/messages`);
  expect(messages).toMatchObject([
    { type: 'image', text: 'Like this', views: 1, reactions: [] },
    { type: 'text', text: 'Soup', messageId: sent.messageId, views: 1, reactions: [] },
  ]);
  const { serverId } = messages[1];
  const reaction = `/channels/${channelId}/messages/${serverId}/reaction`;
  await follower.ok('PUT', reaction, { emoji: '👍' });
  await owner.ok('PUT', reaction, { emoji: '👍' });
  expect(await owner.told('channel.reaction')).toEqual({ channelId, serverId, emoji: '👍' });
  const page = await owner.ok('GET', `/channels/${channelId}/messages?limit=1&before=${messages[0].serverId}`);
  expect(page.messages).toMatchObject([{ serverId, views: 2, reactions: [{ emoji: '👍', count: 2 }] }]);
  expect(page.nextBefore).toBe(serverId);
  const end = await owner.ok('GET', `/channels/${channelId}/messages?before=${serverId}`);
  expect([end.messages, end.nextBefore]).toEqual([[], null]);
  await follower.ok('PUT', reaction, { emoji: '' });
  expect([...(found(channelId).record.posts[0]?.reactions.keys() ?? [])]).toEqual([owner.phone]);

  const refused = await follower.call('POST', `/channels/${channelId}/messages/text`, { text: 'Mine' });
  expect([refused.status, refused.body.error]).toEqual([422, 'MESSAGE_SEND_FAILED']);
});

it('shows videos and documents as they were posted', async () => {
  const [channelId, ann] = [await channel('Films'), freshNumber()];
  network().state.transaction(() => setFollowing(network(), found(channelId), network().directory.require(ann), true));
  const [film, list] = [mp4(), pdf()];
  await owner.ok('POST', `/channels/${channelId}/messages/video`, {
    ...{ video: film.toString('base64'), caption: 'Our shop' },
  });
  await owner.ok('POST', `/channels/${channelId}/messages/document`, {
    ...{ document: list.toString('base64'), caption: 'Prices', filename: 'prices.pdf' },
  });
  const seen = await gateway.person(ann).sees(({ from }) => from === channelId, 2);
  expect(seen.map(({ type, text, sha256: hash }) => [type, text, hash])).toEqual([
    ['video', 'Our shop', sha256(film)],
    ['document', 'Prices', sha256(list)],
  ]);
  expect(JSON.stringify(seen[1]?.content)).toContain('"fileName":"prices.pdf"');
});

it('of somebody else sends what it posts to the instance as messages', async () => {
  const author = network().directory.require(freshNumber());
  const theirs = network().state.transaction(() => network().newsletters.create(author, 'Gossip'));
  await follower.ok('POST', `/channels/${theirs.id}/follow`, {});
  post(network(), theirs, '3EB0C767D71D8A2B5F3E19', { conversation: 'Have you heard?' });
  const got = await until(async () => {
    const { body } = await follower.key.get('/api/messages?direction=received');
    return body.data.messages.find(({ text }: { text: string }) => text === 'Have you heard?');
  });
  expect(got).toMatchObject({ messageId: 'msg_3EB0C767D71D8A2B5F3E19', type: 'text' });
});
