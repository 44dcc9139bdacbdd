import { describe, expect, it } from 'vitest';
import { proto } from '../../lib/baileys/index.ts';
import { chatEvents } from '../../runner/events/chats.ts';
import { groupChanges } from '../../runner/events/groups.ts';
import { messageWrites } from '../../runner/events/messages.ts';
import { callEvents, labelAssociationEvents, labelEvents, presenceEvents } from '../../runner/events/notices.ts';
import { PresenceMemory } from '../../runner/events/told-memory.ts';
import { ANN, ANN_JID, AT_MS, BOOK, checked, GROUP, incoming, ME, TELLING } from './events-samples.ts';

describe('a notice about a group', () => {
  const { StubType } = proto.WebMessageInfo;
  const told = (stub: number, parameters: (string | object)[], participant = '100200300@lid') => {
    const messageStubParameters = parameters.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
    const key = { id: 'N1', remoteJid: GROUP, participant };
    const message = incoming(undefined, { key, messageStubType: stub, messageStubParameters });
    expect(messageWrites(message, BOOK, 1)).toEqual([]);
    const { rows, events } = groupChanges(TELLING, message, undefined, BOOK, ME);
    return { rows, events: checked(events) };
  };
  const about = { groupId: GROUP, by: ANN, timestampMs: AT_MS };
  const me = { id: '900@lid' };
  const bob = { id: '777@lid', phoneNumber: '15550100002@s.whatsapp.net' };
  const bobToo = { phone: '15550100002', lid: '777' };

  it('names the group that we joined', () => {
    expect(told(StubType.GROUP_CREATE, ['Team'])).toEqual({
      rows: [{ kind: 'chat', id: GROUP, set: { isGroup: true, name: 'Team' } }],
      events: [{ type: 'group.joined', ...about, subject: 'Team' }],
    });
  });

  it('tells us apart from the others', () => {
    expect(told(StubType.GROUP_PARTICIPANT_ADD, [me, bob]).events).toEqual([
      { type: 'group.joined', ...about, subject: null },
      { type: 'group.participants', ...about, action: 'add', participants: [bobToo] },
    ]);
    expect(told(StubType.GROUP_PARTICIPANT_REMOVE, [me]).events).toEqual([
      { type: 'group.left', ...about, isRemoved: true },
    ]);
    expect(told(StubType.GROUP_PARTICIPANT_LEAVE, [me], '900@lid').events).toMatchObject([{ isRemoved: false }]);
  });

  it.each([
    [StubType.GROUP_PARTICIPANT_REMOVE, 'remove'],
    [StubType.GROUP_PARTICIPANT_LEAVE, 'remove'],
    [StubType.GROUP_PARTICIPANT_PROMOTE, 'promote'],
    [StubType.GROUP_PARTICIPANT_DEMOTE, 'demote'],
  ])('members %i: %s', (stub, action) => {
    expect(told(stub, [bob]).events).toEqual([
      { type: 'group.participants', ...about, action, participants: [bobToo] },
    ]);
  });

  it('promotes us as anybody', () => {
    expect(told(StubType.GROUP_PARTICIPANT_PROMOTE, [me]).events).toMatchObject([{ participants: [ME] }]);
  });

  it.each([
    [StubType.GROUP_CHANGE_SUBJECT, 'New', { subject: 'New' }],
    [StubType.GROUP_CHANGE_DESCRIPTION, 'What', { description: 'What' }],
    [StubType.GROUP_CHANGE_ANNOUNCE, 'on', { announce: true }],
    [StubType.GROUP_CHANGE_RESTRICT, 'off', { restrict: false }],
    [StubType.GROUP_MEMBER_ADD_MODE, 'admin_add', { membersMayAdd: false }],
    [StubType.GROUP_MEMBERSHIP_JOIN_APPROVAL_MODE, 'on', { joinApproval: true }],
    [StubType.GROUP_CHANGE_INVITE_LINK, 'code', { inviteCode: 'code' }],
    [StubType.GROUP_CHANGE_ICON, '123', { isPictureChanged: true }],
  ])('setting %i', (stub, parameter, change) => {
    const [event] = told(stub, [parameter]).events;
    const unchanged = {
      ...{ subject: null, description: null, announce: null, restrict: null, membersMayAdd: null },
      ...{ joinApproval: null, inviteCode: null, isPictureChanged: false },
    };
    expect(event).toEqual({ type: 'group.updated', ...about, ...unchanged, ...change });
  });
});

describe('calls, presence, labels and chats', () => {
  const call = { chatId: '100200300@lid', from: ANN_JID, id: 'C1', date: new Date(AT_MS), offline: false } as const;
  it.each([
    ['offer', 'call.received', { isOffline: false, isVideo: false }],
    ['reject', 'call.rejected', {}],
    ['accept', 'call.ended', { reason: 'answered' }],
    ['terminate', 'call.ended', { reason: 'hung_up' }],
    ['timeout', 'call.ended', { reason: 'timeout' }],
  ] as const)('%s is %s', (status, type, more) => {
    const events = callEvents(TELLING, { ...call, status }, BOOK);
    expect(checked(events)).toMatchObject([{ type, callId: 'C1', from: ANN, timestampMs: AT_MS, ...more }]);
  });

  it('a call ends once, and its signals in between are nothing', () => {
    const ends = (['accept', 'terminate'] as const).map((status) => callEvents(TELLING, { ...call, status }, BOOK)[0]);
    expect(ends[0]?.once).toBe(ends[1]?.once);
    expect(callEvents(TELLING, { ...call, status: 'transport' }, BOOK)).toEqual([]);
    expect(
      callEvents(TELLING, { ...call, status: 'offer', date: new Date(Number.NaN) }, BOOK)[0]?.event.data,
    ).toMatchObject({
      timestampMs: TELLING.nowMs,
    });
  });

  it('presence is news when it changes', () => {
    const memory = new PresenceMemory();
    const seen = (lastKnownPresence: 'available' | 'composing', lastSeen?: number) =>
      checked(
        memory.fresh(
          presenceEvents(
            TELLING,
            { id: ANN_JID, presences: { '100200300@lid': { lastKnownPresence, ...(lastSeen ? { lastSeen } : {}) } } },
            BOOK,
          ),
        ),
      );
    expect(seen('composing')).toMatchObject([{ chat: ANN_JID, from: ANN, presence: 'composing', lastSeenMs: null }]);
    expect(seen('composing')).toEqual([]);
    expect(seen('available', 5)).toMatchObject([{ presence: 'available', lastSeenMs: 5000 }]);
  });

  it('labels', () => {
    expect(checked(labelEvents(TELLING, { id: '3', name: 'VIP', color: 2, deleted: false }))).toMatchObject([
      { type: 'label.updated', labelId: '3', name: 'VIP', color: 2, isDeleted: false },
    ]);
    const association = { type: 'label_message', chatId: ANN_JID, messageId: 'TARGET', labelId: '3' } as never;
    expect(checked(labelAssociationEvents(TELLING, { association, type: 'add' }, BOOK))).toMatchObject([
      { action: 'add', chat: ANN_JID, messageId: 'msg_TARGET' },
    ]);
  });

  it('a chat is news for what a person does with it, not for its messages', () => {
    const chat = { id: ANN_JID };
    expect(checked(chatEvents(TELLING, [{ ...chat, archived: true }], BOOK))).toMatchObject([{ isArchived: true }]);
    expect(checked(chatEvents(TELLING, [{ ...chat, pinned: null }], BOOK))).toMatchObject([{ isPinned: false }]);
    expect(checked(chatEvents(TELLING, [{ ...chat, muteEndTime: null }], BOOK))).toMatchObject([{ mutedUntilMs: 0 }]);
    expect(checked(chatEvents(TELLING, [{ ...chat, muteEndTime: -1 }], BOOK))).toMatchObject([{ mutedUntilMs: -1 }]);
    expect(chatEvents(TELLING, [{ ...chat, unreadCount: 2 }], BOOK)).toEqual([]);
    expect(chatEvents(TELLING, [{ ...chat, archived: false, conversationTimestamp: 5 }], BOOK)).toEqual([]);
  });
});
