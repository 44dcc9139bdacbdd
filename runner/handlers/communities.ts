import type { OperationInput } from '../../lib/core/catalogue/operations.ts';
import { endingOnce } from './ending.ts';
import type { Handler, HandlerContext } from './index.ts';

export const listCommunities: Handler<'community.list'> = async ({ session }) => ({
  output: { communities: (await session.groups.list()).filter(({ kind }) => kind === 'community') },
});

export const getCommunity: Handler<'community.get'> = async ({ session }, { communityId }) => ({
  output: await session.communities.get(communityId),
});

export const createCommunity: Handler<'community.create'> = async ({ session }, { subject, description }) => ({
  output: await session.communities.create(subject, description),
});

export const createCommunityGroup: Handler<'community.createGroup'> = async ({ session }, input) => ({
  output: await session.communities.createGroup(input.communityId, input.subject, input.participants),
});

export const linkGroup: Handler<'community.linkGroup'> = async (context, { communityId, groupId }) => {
  const { communities } = context.session;
  const isIn = async () => (await communities.get(communityId)).groups.some((group) => group.groupId === groupId);
  await endingOnce(context, 'ALREADY_LINKED', () => communities.setLink(communityId, groupId, true), isIn);
  return { output: { communityId, groupId } };
};

export const unlinkGroup: Handler<'community.unlinkGroup'> = async (context, { communityId, groupId }) => {
  const { communities } = context.session;
  await endingOnce(context, 'GROUP_NOT_FOUND', () => communities.setLink(communityId, groupId, false));
  return { output: { communityId, groupId } };
};

export const communityParticipants: Handler<'community.participants'> = async ({ session }, { communityId }) => ({
  output: { communityId, participants: await session.communities.participants(communityId) },
});

function changing(action: 'remove' | 'promote' | 'demote') {
  return async (
    { session }: HandlerContext,
    { communityId, participants }: OperationInput<'community.removeParticipants'>,
  ) => ({
    output: { communityId, results: await session.communities.change(communityId, action, participants) },
  });
}

export const removeFromCommunity: Handler<'community.removeParticipants'> = changing('remove');
export const promoteInCommunity: Handler<'community.promoteParticipants'> = changing('promote');
export const demoteInCommunity: Handler<'community.demoteParticipants'> = changing('demote');

export const leaveCommunity: Handler<'community.leave'> = async (context, { communityId }) => {
  await endingOnce(context, 'NOT_A_MEMBER', () => context.session.communities.leave(communityId));
  return { output: { communityId } };
};

export const deactivateCommunity: Handler<'community.deactivate'> = async (context, { communityId }) => {
  await endingOnce(context, 'GROUP_NOT_FOUND', () => context.session.communities.deactivate(communityId));
  return { output: { communityId } };
};
