import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiRig, ISO } from '../support/api-rig.ts';
import { GatewayClient, JID, sent } from '../support/gateway-face.ts';
import { GoldenPairs, rowsOf } from '../support/golden.ts';

const GROUP = '120363123456789012@g.us';
const golden = new GoldenPairs(rowsOf('gateway', 'gateway-messages'));
let rig: ApiRig;
let client: GatewayClient;
beforeAll(async () => {
  rig = await ApiRig.start();
  client = await GatewayClient.start(rig);
});
afterAll(() => rig.stop());

describe('messages', () => {
  const url = 'https://example.com/x';
  it.each([
    ['text', { message: 'Hello World!' }, 'Message', { text: 'Hello World!' }],
    [
      'text',
      { message: 'Yes', quotedMessageId: 'msg_3EB0C767D71D8A2B5F3E19' },
      'Message',
      { text: 'Yes', quotedMessageId: '3EB0C767D71D8A2B5F3E19' },
    ],
    ['image', { imageUrl: url, viewOnce: true }, 'Image', { media: { url }, viewOnce: true }],
    ['voice', { audioUrl: url, ptt: true }, 'Voice note', { media: { url } }],
    ['video', { videoUrl: url, gifPlayback: true }, 'Video', { media: { url }, gifPlayback: true }],
    ['image', { image: url, caption: 'c' }, 'Image', { caption: 'c', media: { url } }],
    ['image', { imageUrl: url }, 'Image', { media: { url } }],
    [
      'file',
      { file: url, filename: 'document.pdf', caption: 'c' },
      'File',
      { filename: 'document.pdf', media: { url } },
    ],
    ['file', { fileUrl: url, fileName: 'a.pdf', mimetype: 'application/pdf' }, 'File', { filename: 'a.pdf' }],
    ['voice', { audio: url }, 'Voice note', { media: { url } }],
    ['voice', { audioUrl: url }, 'Voice note', { media: { url } }],
    ['video', { video: url, caption: 'c' }, 'Video', { media: { url } }],
    ['video', { videoUrl: url }, 'Video', { media: { url } }],
    ['location', { latitude: -6.2088, longitude: 106.8456, name: 'Jakarta' }, 'Location', { name: 'Jakarta' }],
  ])('send/%s %j', async (kind, body, what, input) => {
    for (const instance of [{ instanceId: 'my-instance' }, { instanceId: client.instanceId }, {}]) {
      for (const to of [JID, '6281234567890']) {
        const answer = await client.call('POST', `/api/message/send/${kind}`, { ...instance, to, ...body });
        golden.check(answer, 200, sent(`${what} sent successfully`));
        expect(client.lastInput()).toMatchObject({ to: JID, ...input });
      }
    }
  });

  it('sends sound as a file when it is no voice note', async () => {
    for (const [ptt, operation] of [
      [false, 'message.sendAudio'],
      [undefined, 'message.sendVoice'],
    ] as const) {
      const answer = await client.call('POST', '/api/message/send/voice', { to: JID, audioUrl: url, ptt });
      expect([answer.status, rig.runner.seen.at(-1)?.operation]).toEqual([200, operation]);
      expect(client.lastInput()).toEqual({ to: JID, media: { url } });
    }
  });

  it('answers 202 to what waits, 400 to what is missing, 409 to an instance that is not linked', async () => {
    const body = { instanceId: 'my-instance', to: JID, message: 'x' };
    const later = await client.call('POST', '/api/message/send/text', body, { prefer: 'respond-async' });
    expect([later.status, ['queued', 'sent']]).toEqual([
      later.body.data.status === 'sent' ? 200 : 202,
      expect.arrayContaining([later.body.data.status]),
    ]);
    const missing = await client.call('POST', '/api/message/send/text', { instanceId: 'my-instance', to: JID });
    expect([missing.status, missing.body]).toMatchObject([
      400,
      { success: false, error: expect.stringContaining('message') },
    ]);
    const own = await GatewayClient.start(rig, {});
    const off = await own.call('POST', '/api/message/send/text', body);
    expect([off.status, off.body.code]).toEqual([409, 'INSTANCE_NOT_CONNECTED']);
  });

  it('does a write once under one Idempotency-Key', async () => {
    const body = { instanceId: 'my-instance', to: JID, message: 'once' };
    const send = () => client.call('POST', '/api/message/send/text', body, { 'idempotency-key': 'order-1' });
    const [first, second] = [await send(), await send()];
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });

  it('lists chats and the messages of a chat', async () => {
    const to = '6281300000001@s.whatsapp.net';
    await client.call('POST', '/api/message/send/text', { to, message: 'Listed' });
    const messages = await client.call('GET', `/api/message/chat/my-instance/${to}?limit=10`);
    golden.check(messages, 200, {
      ...{ success: true, count: 1, pagination: { limit: 10, offset: 0, hasMore: false, nextCursor: null } },
      data: [
        {
          ...{ messageId: expect.stringMatching(/^msg_/), chatId: to, from: null, fromMe: true, type: 'text' },
          ...{ body: 'Listed', pushName: null, status: 'sent', timestamp: ISO },
        },
      ],
    });
    const own = await GatewayClient.start(rig);
    const set = { name: 'Ann', lastMessageAtMs: Date.parse('2024-01-01T10:00:00.000Z') };
    await rig.runner.write(own.account.tenantId, own.instanceId, [{ kind: 'chat', id: JID, set }]);
    const chat = { id: JID, name: 'Ann', isGroup: false, unreadCount: 0, lastMessageAt: '2024-01-01T10:00:00.000Z' };
    golden.check(await own.call('GET', '/api/message/chats/my-instance'), 200, {
      ...{ success: true, data: [{ ...chat, archived: false, pinned: false }], count: 1 },
      pagination: { limit: 50, offset: 0, hasMore: false, nextCursor: null },
    });
    for (const [id, name] of [
      ['6281300000002@s.whatsapp.net', 'Bob'],
      ['6281300000003@s.whatsapp.net', 'Cas'],
    ] as const) {
      const older = { name, lastMessageAtMs: set.lastMessageAtMs - name.charCodeAt(0), archived: name === 'Cas' };
      await rig.runner.write(own.account.tenantId, own.instanceId, [{ kind: 'chat', id, set: older }]);
    }
    const names = async (query: string) =>
      (await own.call('GET', `/api/message/chats/my-instance?${query}`)).body.data.map(
        (one: { name: string }) => one.name,
      );
    expect(await names('limit=2&offset=0')).toEqual(['Ann', 'Bob']);
    expect(await names('limit=2&offset=1')).toEqual(['Bob', 'Cas']);
    expect(await names('limit=2&offset=2')).toEqual(['Cas']);
    expect(await names('archived=true')).toEqual(['Cas']);
    const later = await client.call('GET', `/api/message/chat/my-instance/${to}?limit=10&offset=1`);
    expect(later.body).toMatchObject({ count: 0, pagination: { offset: 1 } });
  });
});

describe('groups', () => {
  const summary = {
    ...{ groupId: GROUP, subject: 'My Group', owner: { phone: '6281234567890', lid: null }, createdAt: null, size: 1 },
    ...{ role: 'superadmin', announcement: false, locked: false, ephemeralSeconds: 0, membersMayAdd: true },
    ...{ joinApproval: false, communityId: null, kind: 'group' },
  };
  const member = { jid: JID, phone: '6281234567890', lid: null, role: 'superadmin' };
  const more = { description: null, subjectChangedAt: null, subjectChangedBy: null, participants: [member] };
  const detail = { ...summary, ...more };
  const result = { jid: JID, phone: '6281234567890', lid: null, status: 'done', code: 200, invite: null };
  const changed = { groupId: GROUP, results: [result] };
  const shown = {
    ...{ id: GROUP, subject: 'My Group', owner: JID, size: 1, creation: null, announce: false, restrict: false },
    ephemeralDuration: 0,
  };
  const members = [{ id: JID, admin: 'superadmin' }];
  const shownDetail = { ...shown, desc: null, participants: members };
  const results = { groupId: GROUP, results: [{ id: JID, status: 'done', code: 200 }] };
  const invite = {
    inviteCode: 'L7hVb1pQw2eR5tY8uI0oPa',
    inviteUrl: 'https://chat.whatsapp.com/L7hVb1pQw2eR5tY8uI0oPa',
  };
  const people = { participants: [JID] };
  const P = '/api/groups/my-instance';

  it.each([
    [
      'GET',
      P,
      undefined,
      'group.list',
      { groups: [summary], total: 1, hasMore: false },
      200,
      { data: [shown], count: 1 },
    ],
    [
      'POST',
      P,
      { name: 'My Group', ...people },
      'group.create',
      { group: detail, results: [] },
      201,
      { data: shownDetail, message: 'Group created successfully' },
    ],
    ['GET', `${P}/${GROUP}`, undefined, 'group.get', detail, 200, { data: shownDetail }],
    [
      'PUT',
      `${P}/${GROUP}/name`,
      { name: 'N' },
      'group.setSubject',
      { groupId: GROUP, subject: 'N' },
      200,
      { data: { groupId: GROUP, subject: 'N' }, message: 'Group name updated successfully' },
    ],
    [
      'PUT',
      `${P}/${GROUP}/subject`,
      { subject: 'N' },
      'group.setSubject',
      { groupId: GROUP, subject: 'N' },
      200,
      { data: { groupId: GROUP, subject: 'N' }, message: 'Group subject updated successfully' },
    ],
    [
      'PUT',
      `${P}/${GROUP}/description`,
      { description: 'D' },
      'group.setDescription',
      { groupId: GROUP, description: 'D' },
      200,
      { data: { groupId: GROUP, description: 'D' }, message: 'Group description updated successfully' },
    ],
    [
      'POST',
      `${P}/${GROUP}/participants`,
      people,
      'group.addParticipants',
      changed,
      200,
      { data: results, message: 'Participants added successfully' },
    ],
    [
      'DELETE',
      `${P}/${GROUP}/participants`,
      people,
      'group.removeParticipants',
      changed,
      200,
      { data: results, message: 'Participants removed successfully' },
    ],
    [
      'POST',
      `${P}/${GROUP}/promote`,
      people,
      'group.promoteParticipants',
      changed,
      200,
      { data: results, message: 'Participants promoted successfully' },
    ],
    [
      'POST',
      `${P}/${GROUP}/demote`,
      people,
      'group.demoteParticipants',
      changed,
      200,
      { data: results, message: 'Participants demoted successfully' },
    ],
    [
      'PUT',
      `${P}/${GROUP}/settings`,
      { announcement: true, locked: false, ephemeral: 86_400 },
      'group.updateSettings',
      { groupId: GROUP, applied: ['announcement'] },
      200,
      { data: { groupId: GROUP, applied: ['announcement'] }, message: 'Group settings updated successfully' },
    ],
    [
      'POST',
      `${P}/${GROUP}/leave`,
      undefined,
      'group.leave',
      { groupId: GROUP },
      200,
      { data: { groupId: GROUP }, message: 'Left group successfully' },
    ],
    [
      'GET',
      `${P}/${GROUP}/invite-code`,
      undefined,
      'group.inviteCode',
      { groupId: GROUP, ...invite },
      200,
      { data: invite },
    ],
    [
      'POST',
      `${P}/${GROUP}/revoke-invite`,
      undefined,
      'group.revokeInvite',
      { groupId: GROUP, ...invite },
      200,
      { data: invite, message: 'Invite code revoked successfully' },
    ],
    [
      'POST',
      `${P}/accept-invite`,
      { inviteCode: invite.inviteCode },
      'group.acceptInvite',
      { groupId: GROUP, status: 'joined' },
      200,
      { data: { groupId: GROUP, status: 'joined' }, message: 'Invite accepted successfully' },
    ],
    ['GET', `${P}/${GROUP}/participants`, undefined, 'group.get', detail, 200, { data: members, count: 1 }],
    // From here on as the code of the document's server has them.
    [
      'POST',
      `${P}/${GROUP}/invite-code/revoke`,
      undefined,
      'group.revokeInvite',
      { groupId: GROUP, ...invite },
      200,
      { data: invite, message: 'Invite code revoked successfully' },
    ],
    [
      'POST',
      `${P}/join`,
      { code: invite.inviteUrl },
      'group.acceptInvite',
      { groupId: GROUP, status: 'joined' },
      200,
      { data: { groupId: GROUP, status: 'joined' }, message: 'Invite accepted successfully' },
    ],
    ['GET', `${P}/join-info?code=${invite.inviteCode}`, undefined, 'group.inviteInfo', summary, 200, { data: shown }],
    ['GET', `${P}/count`, undefined, 'group.list', { groups: [summary], total: 7, hasMore: true }, 200, { count: 7 }],
    [
      'PUT',
      `${P}/${GROUP}/settings/security/info-admin-only`,
      { restrict: true },
      'group.updateSettings',
      { groupId: GROUP, applied: ['locked'] },
      200,
      { data: { groupId: GROUP, restrict: true }, message: 'Group settings updated successfully' },
    ],
    [
      'PUT',
      `${P}/${GROUP}/settings/security/messages-admin-only`,
      { announce: false },
      'group.updateSettings',
      { groupId: GROUP, applied: ['announcement'] },
      200,
      { data: { groupId: GROUP, announce: false }, message: 'Group settings updated successfully' },
    ],
    [
      'PUT',
      `${P}/${GROUP}/picture`,
      { imageUrl: 'https://example.com/x' },
      'group.setPicture',
      { groupId: GROUP },
      200,
      { data: { groupId: GROUP }, message: 'Group picture updated successfully' },
    ],
    [
      'DELETE',
      `${P}/${GROUP}/picture`,
      undefined,
      'group.removePicture',
      { groupId: GROUP },
      200,
      { data: { groupId: GROUP }, message: 'Group picture deleted successfully' },
    ],
  ])('%s %s %j', async (method, path, body, operation, output, status, said) => {
    rig.runner.behave(client.instanceId, operation, () => ({ state: 'done', output }));
    const answer = await client.call(method, path, body);
    golden.check(answer, status, { success: true, ...said });
    expect(rig.runner.seen.at(-1)?.operation).toBe(operation);
  });

  it.each([
    ['participants/add', 'add', 'added'],
    ['participants/remove', 'remove', 'removed'],
    ['admin/promote', 'promote', 'promoted'],
    ['admin/demote', 'demote', 'demoted'],
  ] as const)('%s is another path of it', async (path, verb, done) => {
    const operation = `group.${verb}Participants` as const;
    rig.runner.behave(client.instanceId, operation, () => ({ state: 'done', output: changed }));
    const answer = await client.call('POST', `${P}/${GROUP}/${path}`, people);
    golden.check(answer, 200, { success: true, data: results, message: `Participants ${done} successfully` });
    expect([rig.runner.seen.at(-1)?.operation, client.lastInput()]).toEqual([operation, { groupId: GROUP, ...people }]);
  });

  it('restricts a group as the code of the document has it', async () => {
    const output = { groupId: GROUP, applied: [] };
    rig.runner.behave(client.instanceId, 'group.updateSettings', () => ({ state: 'done', output }));
    for (const [path, body, input] of [
      ['info-admin-only', { restrict: true }, { locked: true }],
      ['messages-admin-only', { announce: false }, { announcement: false }],
    ] as const) {
      await client.call('PUT', `${P}/${GROUP}/settings/security/${path}`, body);
      expect(client.lastInput()).toEqual({ groupId: GROUP, ...input });
    }
  });

  it('sends to a group', async () => {
    const answer = await client.call('POST', `${P}/${GROUP}/message`, { message: 'Hello group!' });
    golden.check(answer, 200, sent('Message sent successfully', GROUP));
    expect(client.lastInput()).toEqual({ to: GROUP, text: 'Hello group!' });
  });
});

it('has a golden pair for every row that it claims', () => expect(golden.missing).toEqual([]));
