import type { OperationInput } from '../../lib/core/catalogue/operations.ts';
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

function linking(isIn: boolean) {
  return async ({ session }: HandlerContext, { communityId, groupId }: OperationInput<'community.linkGroup'>) => {
    await session.communities.setLink(communityId, groupId, isIn);
    return { output: { communityId, groupId } };
  };
}

export const linkGroup: Handler<'community.linkGroup'> = linking(true);
export const unlinkGroup: Handler<'community.unlinkGroup'> = linking(false);

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

export const leaveCommunity: Handler<'community.leave'> = async ({ session }, { communityId }) => {
  await session.communities.leave(communityId);
  return { output: { communityId } };
};

export const deactivateCommunity: Handler<'community.deactivate'> = async ({ session }, { communityId }) => {
  await session.communities.deactivate(communityId);
  return { output: { communityId } };
};
