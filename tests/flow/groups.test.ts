import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinGroup, leaveGroup } from '../../sandbox/people.ts';
import { freshNumber } from '../support/client.ts';
import { type FamilyInstance, familyInstance, sandboxOf, until } from '../support/families.ts';
import { TestGateway } from '../support/gateway.ts';
import { png } from '../support/sample-files.ts';

const PERMISSIONS = ['group:read', 'group:write', 'message:send', 'message:read'];

let gateway: TestGateway;
/** Makes the groups. */
let owner: FamilyInstance;
/** Another customer of the gateway, who is put into them. */
let member: FamilyInstance;

beforeAll(async () => {
  gateway = await TestGateway.start();
  [owner, member] = await Promise.all([familyInstance(gateway, PERMISSIONS), familyInstance(gateway, PERMISSIONS)]);
});
afterAll(() => gateway?.stop());

const network = () => sandboxOf(gateway).network;
const record = (groupId: string) => {
  const group = network().groups.get(groupId);
  if (!group) throw new Error(`there is no ${groupId}`);
  return group.record;
};
const partyOf = (number: string) => ({
  phone: number,
  lid: sandboxOf(gateway).phone(number).lid.split('@')[0],
});
/** A group of the owner with these numbers in it. */
async function group(subject: string, ...participants: string[]): Promise<string> {
  const { group: made } = await owner.ok('POST', '/groups', { subject, participants });
  return made.groupId as string;
}
const roleOf = (groupId: string, number: string) => record(groupId).participants.get(number);
const reasonOf = ({ status, body }: Awaited<ReturnType<FamilyInstance['call']>>) => [
  status,
  body.error,
  body.details?.reason,
];

describe('a group', () => {
  it('is made with people in it, who see it and write in it; each has an answer of their own', async () => {
    const [ann, shy, nobody] = [freshNumber(), freshNumber(), freshNumber('9004')];
    sandboxOf(gateway).phone(shy).account.record.privacy.groupadd = 'none';
    const made = await owner.ok('POST', '/groups', {
      subject: 'Project team',
      description: 'All about it',
      participants: [member.phone, ann, shy, nobody],
    });
    const { groupId } = made.group;
    expect(made.group).toMatchObject({
      ...{ subject: 'Project team', description: 'All about it', size: 3, role: 'superadmin', kind: 'group' },
      owner: { phone: owner.phone, lid: owner.lid },
    });
    expect(made.results).toEqual([
      { jid: `${member.phone}@s.whatsapp.net`, ...partyOf(member.phone), status: 'done', code: 200, invite: null },
      { jid: `${ann}@s.whatsapp.net`, ...partyOf(ann), status: 'done', code: 200, invite: null },
      {
        ...{ jid: `${shy}@s.whatsapp.net`, ...partyOf(shy), status: 'invited', code: 403 },
        invite: { code: expect.any(String), expiresAt: expect.any(String) },
      },
      expect.objectContaining({ phone: nobody, status: 'not_found', code: 404, invite: null }),
    ]);

    const seen = await member.ok('GET', `/groups/${groupId}`);
    expect(seen).toMatchObject({ groupId, subject: 'Project team', role: 'member' });
    expect(seen.participants).toHaveLength(3);
    expect(seen.participants).toContainEqual({
      ...{ jid: `${owner.phone}@s.whatsapp.net`, phone: owner.phone, lid: owner.lid, role: 'superadmin' },
    });
    expect((await member.ok('GET', `/groups/${groupId.split('@')[0]}/participants`)).participants).toEqual(
      seen.participants,
    );

    await owner.ok('POST', `/groups/${groupId}/messages`, { text: 'welcome' });
    await gateway.person(ann).sees(({ text, from }) => text === 'welcome' && from === groupId);
    await member.ok('POST', `/groups/${groupId}/messages`, { text: 'thank you' });
    await gateway.person(ann).sees(({ text }) => text === 'thank you');
  });

  it('is in the list of its members, page by page, until they are out of it', async () => {
    const [lister, first, second] = [await familyInstance(gateway, PERMISSIONS), 'One', 'Two'];
    const ids = [];
    for (const subject of [first, second]) ids.push(await group(subject, lister.phone));
    ids.sort();
    const whole = await until(async () => {
      const list = await lister.ok('GET', '/groups');
      return list.total === 2 && list;
    });
    expect(whole.groups.map(({ groupId }: { groupId: string }) => groupId)).toEqual(ids);
    expect(whole.hasMore).toBe(false);
    const page = await lister.ok('GET', '/groups?limit=1');
    expect([page.groups.length, page.hasMore]).toEqual([1, true]);
    const rest = await lister.ok('GET', `/groups?limit=1&after=${page.groups[0].groupId}`);
    expect([rest.groups[0].groupId, rest.hasMore]).toEqual([ids[1], false]);

    await owner.ok('POST', `/groups/${ids[0]}/participants/remove`, { participants: [lister.phone] });
    await until(async () => (await lister.ok('GET', '/groups')).total === 1);
    await lister.ok('POST', `/groups/${ids[1]}/leave`, {});
    expect((await lister.ok('GET', '/groups')).groups).toEqual([]);
    expect(roleOf(ids[1] as string, lister.phone)).toBeUndefined();
  });

  it('takes people in and out, and makes them admins; results are words', async () => {
    const [ann, bob] = [freshNumber(), freshNumber()];
    const groupId = await group('Changes', ann);
    const change = async (action: string, ...participants: string[]) =>
      (await owner.ok('POST', `/groups/${groupId}/participants/${action}`, { participants })).results.map(
        ({ phone, status }: { phone: string; status: string }) => [phone, status],
      );
    expect(await change('add', ann, bob)).toEqual([
      [ann, 'already_member'],
      [bob, 'done'],
    ]);
    expect(await change('promote', bob)).toEqual([[bob, 'done']]);
    expect(roleOf(groupId, bob)).toBe('admin');
    expect((await owner.ok('GET', `/groups/${groupId}`)).participants).toContainEqual(
      expect.objectContaining({ phone: bob, role: 'admin' }),
    );
    expect(await change('demote', bob)).toEqual([[bob, 'done']]);
    expect(roleOf(groupId, bob)).toBe('');
    expect(await change('remove', bob, freshNumber())).toEqual([
      [bob, 'done'],
      [expect.any(String), 'not_found'],
    ]);
    expect(roleOf(groupId, bob)).toBeUndefined();
  });

  it('gets another subject, description, picture and settings, which its members see', async () => {
    const groupId = await group('Before', member.phone);
    await owner.ok('PUT', `/groups/${groupId}/subject`, { subject: 'After' });
    await owner.ok('PUT', `/groups/${groupId}/description`, { description: 'New words' });
    const applied = await owner.ok('PUT', `/groups/${groupId}/settings`, {
      ...{ announcement: true, locked: true, ephemeralSeconds: 86_400, membersMayAdd: false, joinApproval: true },
    });
    expect(applied.applied).toHaveLength(5);
    const changed = {
      ...{ subject: 'After', description: 'New words', announcement: true, locked: true },
      ...{ ephemeralSeconds: 86_400, membersMayAdd: false, joinApproval: true },
    };
    for (const reader of [owner, member]) expect(await reader.ok('GET', `/groups/${groupId}`)).toMatchObject(changed);
    expect(reasonOf(await member.call('POST', `/groups/${groupId}/messages`, { text: 'no' }))).toEqual([
      ...[422, 'MESSAGE_SEND_FAILED', 'REFUSED_BY_WHATSAPP'],
    ]);
    const guest = freshNumber();
    const add = () => member.call('POST', `/groups/${groupId}/participants/add`, { participants: [guest] });
    expect(reasonOf(await add())).toEqual([403, 'PERMISSION_DENIED', 'NOT_ADMIN']);
    const back = { announcement: false, locked: false, ephemeralSeconds: 0, membersMayAdd: true, joinApproval: false };
    await owner.ok('PUT', `/groups/${groupId}/settings`, back);
    await owner.ok('PUT', `/groups/${groupId}/description`, { description: '' });
    expect(await member.ok('GET', `/groups/${groupId}`)).toMatchObject({ ...back, description: null });
    expect([(await add()).status, roleOf(groupId, guest)]).toEqual([200, '']);
    const wrong = await owner.call('PUT', `/groups/${groupId}/settings`, { ephemeralSeconds: 5 });
    expect(wrong.body.error).toBe('VALIDATION_ERROR');
  });

  it('that is not there gets no message, and says so', async () => {
    const { status, body } = await owner.call('POST', '/groups/120363000000000001@g.us/messages', { text: 'hello' });
    expect([status, body.error, body.details?.reason]).toEqual([422, 'MESSAGE_SEND_FAILED', 'REFUSED_BY_WHATSAPP']);
  });

  it('gets a picture, and loses it', async () => {
    const groupId = await group('Gallery', member.phone);
    await owner.ok('PUT', `/groups/${groupId}/picture`, { image: png().toString('base64') });
    expect(record(groupId).pictureId).toEqual(expect.any(String));
    // WhatsApp takes nothing but JPEG.
    const shown = network().options.media?.read(`/v/picture-${groupId.split('@')[0]}`);
    expect(Buffer.from(shown ?? []).subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    await member.told('group.updated', (data) => data.groupId === groupId && data.isPictureChanged);
    await owner.ok('DELETE', `/groups/${groupId}/picture`);
    expect(record(groupId).pictureId).toBeUndefined();
  });

  it('mentions everybody without naming anybody', async () => {
    const ann = freshNumber();
    const groupId = await group('All ears', member.phone, ann);
    await owner.ok('POST', `/groups/${groupId}/messages`, { text: 'Fire drill', mentionAll: true });
    await gateway.person(ann).sees(({ text }) => text === 'Fire drill');
    const shown = (await sandboxOf(gateway).phone(ann).messages()).find(({ text }) => text === 'Fire drill');
    const mentioned = shown?.message.extendedTextMessage?.contextInfo?.mentionedJid ?? [];
    const everybody = [owner.phone, member.phone, ann].map((number) => sandboxOf(gateway).phone(number).lid);
    expect([...mentioned].sort()).toEqual(everybody.sort());

    const answer = await owner.key.must('POST', '/api/messages/text', { to: groupId, text: 'Again', mentionAll: true });
    const id = (answer.body.data.messageId as string).slice(4);
    const again = await until(async () => {
      const messages = await sandboxOf(gateway).phone(ann).messages();
      return messages.find((message) => message.id === id);
    });
    expect(again.message.extendedTextMessage?.contextInfo).toMatchObject({ nonJidMentions: 1 });
  });
});

describe('an invite', () => {
  it('shows the group, lets people in, and is worthless once revoked', async () => {
    const groupId = await group('Open house');
    const invite = await owner.ok('GET', `/groups/${groupId}/invite`);
    expect(invite).toEqual({
      ...{ groupId, inviteCode: record(groupId).inviteCode },
      inviteUrl: `https://chat.whatsapp.com/${record(groupId).inviteCode}`,
    });
    const preview = await member.ok('GET', `/groups/invites/${invite.inviteCode}`);
    expect(preview).toMatchObject({ groupId, subject: 'Open house', size: 1, role: null });
    expect(preview.participants).toBeUndefined();
    const join = () => member.ok('POST', '/groups/join', { inviteCode: invite.inviteUrl });
    expect(await join()).toEqual({ groupId, status: 'joined' });
    expect(await join()).toEqual({ groupId, status: 'already_member' });
    expect(roleOf(groupId, member.phone)).toBe('');
    expect(reasonOf(await member.call('GET', `/groups/${groupId}/invite`))).toEqual([
      ...[403, 'PERMISSION_DENIED', 'NOT_ADMIN'],
    ]);

    const renewed = await owner.ok('POST', `/groups/${groupId}/invite/revoke`, {});
    expect(renewed.inviteCode).not.toBe(invite.inviteCode);
    expect(reasonOf(await member.call('GET', `/groups/invites/${invite.inviteCode}`))).toEqual([
      ...[404, 'RESOURCE_NOT_FOUND', 'INVITE_EXPIRED'],
    ]);
    expect(reasonOf(await member.call('POST', '/groups/join', { inviteCode: 'NoSuchInvite1234567890' }))).toEqual([
      ...[404, 'RESOURCE_NOT_FOUND', 'INVITE_INVALID'],
    ]);
    expect((await member.call('POST', '/groups/join', { inviteCode: 'a b' })).body.error).toBe('VALIDATION_ERROR');
  });

  it('asks admins where they decide, who let in or turn away', async () => {
    const groupId = await group('By request');
    await owner.ok('PUT', `/groups/${groupId}/settings`, { joinApproval: true });
    const { inviteCode } = await owner.ok('GET', `/groups/${groupId}/invite`);
    expect(await member.ok('POST', '/groups/join', { inviteCode })).toEqual({ groupId, status: 'requested' });
    const stranger = freshNumber();
    joinGroup(network(), stranger, inviteCode);
    const asked = await owner.told('group.join_request', ({ participant }) => participant.phone === stranger);
    expect(asked).toMatchObject({
      ...{ groupId, action: 'requested', method: 'invite_link', participant: partyOf(stranger) },
    });
    const { requests } = await owner.ok('GET', `/groups/${groupId}/requests`);
    expect(requests).toHaveLength(2);
    expect(requests).toContainEqual({
      ...{ jid: expect.any(String), lid: member.lid, phone: member.phone },
      ...{ method: 'invite_link', requestedAt: expect.any(String) },
    });
    const approve = await owner.ok('POST', `/groups/${groupId}/requests/approve`, { participants: [member.phone] });
    expect(approve.results).toMatchObject([{ phone: member.phone, status: 'done' }]);
    const reject = await owner.ok('POST', `/groups/${groupId}/requests/reject`, { participants: [stranger] });
    expect(reject.results).toMatchObject([{ phone: stranger, status: 'done' }]);
    expect([roleOf(groupId, member.phone), roleOf(groupId, stranger)]).toEqual(['', undefined]);
    expect((await owner.ok('GET', `/groups/${groupId}/requests`)).requests).toEqual([]);
  });
});

describe('what WhatsApp refuses', () => {
  it('is told by a reason: no admin, no member, no such group', async () => {
    const groupId = await group('Closed', member.phone);
    const rename = (who: FamilyInstance, id: string) => who.call('PUT', `/groups/${id}/subject`, { subject: 'x' });
    await owner.ok('PUT', `/groups/${groupId}/settings`, { locked: true });
    expect(reasonOf(await rename(member, groupId))).toEqual([403, 'PERMISSION_DENIED', 'NOT_ADMIN']);
    const foreign = await group('Foreign', freshNumber());
    expect(reasonOf(await rename(member, foreign))).toEqual([403, 'PERMISSION_DENIED', 'NOT_A_MEMBER']);
    expect(reasonOf(await member.call('GET', `/groups/${foreign}`))).toEqual([
      ...[403, 'PERMISSION_DENIED', 'NOT_A_MEMBER'],
    ]);
    const none = '120363000000000001@g.us';
    for (const answer of [await rename(owner, none), await owner.call('POST', `/groups/${none}/leave`, {})]) {
      expect(reasonOf(answer)).toEqual([404, 'RESOURCE_NOT_FOUND', 'GROUP_NOT_FOUND']);
    }
    const gone = await group('Left behind');
    leaveGroup(network(), owner.phone, gone);
    expect(reasonOf(await rename(owner, gone))).toEqual([403, 'PERMISSION_DENIED', 'NOT_A_MEMBER']);
    expect((await owner.call('GET', '/groups/6281234567890@s.whatsapp.net')).body.error).toBe('VALIDATION_ERROR');
  });
});
