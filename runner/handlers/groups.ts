import type { OperationInput } from '../../lib/core/catalogue/operations.ts';
import { profilePictureOf } from '../media/profile-picture.ts';
import { withSource } from '../media/source.ts';
import { endingOnce } from './ending.ts';
import type { Handler, HandlerContext } from './index.ts';
import { deliver } from './sending.ts';

/** An answer is part of one row: where descriptions are long, a page has fewer groups. */
const MAX_PAGE_BYTES = 256 * 1024;

export const listGroups: Handler<'group.list'> = async ({ session }, { limit, after }) => {
  const all = await session.groups.list();
  const rest = after === undefined ? all : all.filter(({ groupId }) => groupId > after);
  const groups: typeof rest = [];
  let bytes = 0;
  for (const group of rest.slice(0, limit)) {
    bytes += Buffer.byteLength(JSON.stringify(group));
    if (bytes > MAX_PAGE_BYTES) break;
    groups.push(group);
  }
  return { output: { groups, total: all.length, hasMore: rest.length > groups.length } };
};

export const getGroup: Handler<'group.get'> = async ({ session }, { groupId }) => ({
  output: await session.groups.get(groupId),
});

export const createGroup: Handler<'group.create'> = async ({ session }, { subject, participants, description }) => {
  const made = await session.groups.create(subject, participants, description);
  const { groupId } = made.group;
  return { output: made, writes: [{ kind: 'chat', id: groupId, set: { isGroup: true, name: subject } }] };
};

export const setSubject: Handler<'group.setSubject'> = async ({ session }, { groupId, subject }) => {
  await session.groups.setSubject(groupId, subject);
  return {
    output: { groupId, subject },
    writes: [{ kind: 'chat', id: groupId, set: { isGroup: true, name: subject } }],
  };
};

export const setDescription: Handler<'group.setDescription'> = async ({ session }, { groupId, description }) => {
  await session.groups.setDescription(groupId, description);
  return { output: { groupId, description } };
};

export const setGroupPicture: Handler<'group.setPicture'> = (context, { groupId, media }) =>
  withSource(context, 'image', media, async (file) => {
    await context.session.groups.setPicture(groupId, await profilePictureOf(file));
    return { output: { groupId } };
  });

export const removeGroupPicture: Handler<'group.removePicture'> = async ({ session }, { groupId }) => {
  await session.groups.setPicture(groupId, null);
  return { output: { groupId } };
};

export const updateGroupSettings: Handler<'group.updateSettings'> = async ({ session }, { groupId, ...settings }) => ({
  output: { groupId, applied: await session.groups.updateSettings(groupId, settings) },
});

type People = OperationInput<'group.addParticipants'>;

function changing(action: 'add' | 'remove' | 'promote' | 'demote') {
  return async ({ session }: HandlerContext, { groupId, participants }: People) => ({
    output: { groupId, results: await session.groups.change(groupId, action, participants) },
  });
}

export const addParticipants: Handler<'group.addParticipants'> = changing('add');
export const removeParticipants: Handler<'group.removeParticipants'> = changing('remove');
export const promoteParticipants: Handler<'group.promoteParticipants'> = changing('promote');
export const demoteParticipants: Handler<'group.demoteParticipants'> = changing('demote');

export const leaveGroup: Handler<'group.leave'> = async (context, { groupId }) => {
  await endingOnce(context, 'NOT_A_MEMBER', () => context.session.groups.leave(groupId));
  return { output: { groupId } };
};

function inviteOf(groupId: string, inviteCode: string) {
  return { output: { groupId, inviteCode, inviteUrl: `https://chat.whatsapp.com/${inviteCode}` } };
}

export const groupInviteCode: Handler<'group.inviteCode'> = async ({ session }, { groupId }) =>
  inviteOf(groupId, await session.groups.inviteCode(groupId));

export const revokeGroupInvite: Handler<'group.revokeInvite'> = async ({ session }, { groupId }) =>
  inviteOf(groupId, await session.groups.revokeInvite(groupId));

export const groupInviteInfo: Handler<'group.inviteInfo'> = async ({ session }, { inviteCode }) => {
  const {
    participants: _members,
    subjectChangedAt: _at,
    subjectChangedBy: _by,
    ...group
  } = await session.groups.inviteInfo(inviteCode);
  return { output: group };
};

export const acceptGroupInvite: Handler<'group.acceptInvite'> = async ({ session }, { inviteCode }) => ({
  output: await session.groups.acceptInvite(inviteCode),
});

export const groupJoinRequests: Handler<'group.joinRequests'> = async ({ session }, { groupId }) => ({
  output: { groupId, requests: await session.groups.joinRequests(groupId) },
});

function judging(verdict: 'approve' | 'reject') {
  return async ({ session }: HandlerContext, { groupId, participants }: People) => ({
    output: { groupId, results: await session.groups.judge(groupId, verdict, participants) },
  });
}

export const approveRequests: Handler<'group.approveRequests'> = judging('approve');
export const rejectRequests: Handler<'group.rejectRequests'> = judging('reject');

export const sendGroupText: Handler<'group.sendText'> = async (context, { to, text, mentionAll }) => {
  const mentions = mentionAll ? await context.session.groups.memberJids(to) : [];
  return deliver(context, { to }, { text, ...(mentions.length > 0 && { mentions }) });
};
