import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshNumber } from '../support/client.ts';
import { type FamilyInstance, familyInstance, sandboxOf, until } from '../support/families.ts';
import { TestGateway } from '../support/gateway.ts';

const PERMISSIONS = ['group:read', 'group:write', 'message:send'];

let gateway: TestGateway;
let owner: FamilyInstance;
let member: FamilyInstance;

beforeAll(async () => {
  gateway = await TestGateway.start();
  [owner, member] = await Promise.all([familyInstance(gateway, PERMISSIONS), familyInstance(gateway, PERMISSIONS)]);
});
afterAll(() => gateway?.stop());

const isIn = (groupId: string, number: string) =>
  sandboxOf(gateway).network.groups.get(groupId)?.record.participants.has(number) === true;
const community = (subject: string) => owner.ok('POST', '/communities', { subject, description: 'Our street' });

it('is made with its announcements, which everybody in its groups gets', async () => {
  const made = await community('Neighbours');
  expect(made).toMatchObject({
    ...{ subject: 'Neighbours', description: 'Our street', role: 'superadmin' },
    owner: { phone: owner.phone, lid: owner.lid },
    groups: [{ groupId: made.announcementGroupId, isAnnouncements: true }],
  });
  const { communityId, announcementGroupId } = made;
  const ann = freshNumber();
  const { group, results } = await owner.ok('POST', `/communities/${communityId}/groups`, {
    ...{ subject: 'Garden', participants: [member.phone, ann] },
  });
  expect(group).toMatchObject({ subject: 'Garden', communityId, kind: 'group', size: 3 });
  expect(results.map(({ status }: { status: string }) => status)).toEqual(['done', 'done']);

  await owner.ok('POST', `/groups/${announcementGroupId}/messages`, { text: 'Street party' });
  await gateway.person(ann).sees(({ text, from }) => text === 'Street party' && from === announcementGroupId);
  const seen = await until(async () => {
    const { communities } = await member.ok('GET', '/communities');
    return communities.find(({ groupId }: { groupId: string }) => groupId === communityId);
  });
  expect(seen).toMatchObject({ subject: 'Neighbours', kind: 'community', role: 'member' });
  const { groups } = await member.ok('GET', `/communities/${communityId}`);
  expect(groups.map(({ groupId }: { groupId: string }) => groupId).sort()).toEqual(
    [announcementGroupId, group.groupId].sort(),
  );
  const everybody = (await owner.ok('GET', `/communities/${communityId}/participants`)).participants;
  expect(everybody.map(({ phone }: { phone: string }) => phone).sort()).toEqual(
    [owner.phone, member.phone, ann].sort(),
  );
});

it('takes groups in and lets them go, with their members', async () => {
  const { communityId, announcementGroupId } = await community('Clubs');
  const ann = freshNumber();
  await owner.ok('POST', `/groups/${announcementGroupId}/participants/add`, { participants: [member.phone] });
  const { groupId } = (await owner.ok('POST', '/groups', { subject: 'Chess', participants: [ann] })).group;
  const path = `/communities/${communityId}/groups/${groupId}`;
  expect(await owner.ok('PUT', path, {})).toEqual({ communityId, groupId });
  expect((await owner.ok('GET', `/groups/${groupId}`)).communityId).toBe(communityId);
  expect([isIn(communityId, ann), isIn(announcementGroupId, ann)]).toEqual([true, true]);
  const by = { phone: owner.phone, lid: owner.lid };
  const changed = { communityId, by, groups: [groupId] };
  expect(await member.told('community.updated')).toMatchObject({ ...changed, action: 'group_linked' });
  const again = await owner.call('PUT', path, {});
  expect([again.status, again.body.details.reason]).toEqual([409, 'ALREADY_LINKED']);

  await owner.ok('DELETE', path);
  expect((await owner.ok('GET', `/groups/${groupId}`)).communityId).toBeNull();
  const left = await member.told('community.updated', ({ action }) => action === 'group_unlinked');
  expect(left).toMatchObject(changed);
  const gone = await owner.call('DELETE', path);
  expect([gone.status, gone.body.details.reason]).toEqual([404, 'GROUP_NOT_FOUND']);
});

it('has admins, loses people with all of its groups, and is left and ended', async () => {
  const { communityId, announcementGroupId } = await community('Choir');
  const ann = freshNumber();
  const { group } = await owner.ok('POST', `/communities/${communityId}/groups`, {
    ...{ subject: 'Altos', participants: [ann, member.phone] },
  });
  const change = async (action: string) =>
    (await owner.ok('POST', `/communities/${communityId}/participants/${action}`, { participants: [ann] })).results;
  expect(await change('promote')).toMatchObject([{ phone: ann, status: 'done' }]);
  const record = () => sandboxOf(gateway).network.groups.get(communityId)?.record;
  expect(record()?.participants.get(ann)).toBe('admin');
  await change('demote');
  expect(record()?.participants.get(ann)).toBe('');
  const refused = await member.call('DELETE', `/communities/${communityId}`);
  expect([refused.status, refused.body.details.reason]).toEqual([403, 'NOT_ADMIN']);
  await change('remove');
  const all = [communityId, announcementGroupId, group.groupId];
  expect(all.map((id) => isIn(id, ann))).toEqual([false, false, false]);

  await member.ok('POST', `/communities/${communityId}/leave`, {});
  expect(all.map((id) => isIn(id, member.phone))).toEqual([false, false, false]);
  await owner.ok('DELETE', `/communities/${communityId}`);
  const ended = await owner.call('GET', `/communities/${communityId}`);
  expect([ended.status, ended.body.details.reason]).toEqual([404, 'GROUP_NOT_FOUND']);
  expect(await owner.ok('GET', `/groups/${group.groupId}`)).toMatchObject({ communityId: null, kind: 'group' });
});
