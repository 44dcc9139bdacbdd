import type { OperationInput } from '../../lib/core/catalogue/operations.ts';
import { profilePictureOf } from '../media/profile-picture.ts';
import { withSource } from '../media/source.ts';
import type { ChannelActions } from '../session/actions/channels.ts';
import { endingOnce } from './ending.ts';
import type { Handler, HandlerContext } from './index.ts';
import { sendDocument, sendImage, sendVideo } from './media.ts';
import { deliver } from './sending.ts';

export const listChannels: Handler<'channel.list'> = async ({ session }) => ({
  output: { channels: await session.channels.list() },
});

export const getChannel: Handler<'channel.get'> = async ({ session }, { channelId }) => ({
  output: await session.channels.get('jid', channelId),
});

export const previewChannel: Handler<'channel.preview'> = async ({ session }, { inviteCode }) => ({
  output: await session.channels.get('invite', inviteCode),
});

export const createChannel: Handler<'channel.create'> = async ({ session }, { name, description }) => ({
  output: await session.channels.create(name, description),
});

export const updateChannel: Handler<'channel.update'> = async ({ session }, { channelId, name, description }) => {
  const updates = { ...(name !== undefined && { name }), ...(description !== undefined && { description }) };
  if (Object.keys(updates).length > 0) await session.channels.update(channelId, updates);
  return { output: await session.channels.get('jid', channelId) };
};

export const setChannelPicture: Handler<'channel.setPicture'> = (context, { channelId, media }) =>
  withSource(context, 'image', media, async (file) => {
    await context.session.channels.setPicture(channelId, await profilePictureOf(file));
    return { output: { channelId } };
  });

/** An operation that sets one thing about a channel. */
function setting(act: (channels: ChannelActions, channelId: string) => Promise<void>) {
  return async ({ session }: HandlerContext, { channelId }: OperationInput<'channel.follow'>) => {
    await act(session.channels, channelId);
    return { output: { channelId } };
  };
}

export const removeChannelPicture: Handler<'channel.removePicture'> = setting((all, id) => all.setPicture(id, null));
export const deleteChannel: Handler<'channel.delete'> = async (context, { channelId }) => {
  await endingOnce(context, 'CHANNEL_NOT_FOUND', () => context.session.channels.remove(channelId));
  return { output: { channelId } };
};
export const followChannel: Handler<'channel.follow'> = setting((all, id) => all.setFollowing(id, true));
export const unfollowChannel: Handler<'channel.unfollow'> = setting((all, id) => all.setFollowing(id, false));
export const muteChannel: Handler<'channel.mute'> = setting((all, id) => all.setMuted(id, true));
export const unmuteChannel: Handler<'channel.unmute'> = setting((all, id) => all.setMuted(id, false));

export const channelMessages: Handler<'channel.messages'> = async ({ session }, { channelId, limit, before }) => {
  const messages = await session.channels.posts(channelId, limit, before);
  const last = messages.at(-1);
  return { output: { channelId, messages, nextBefore: messages.length === limit && last ? last.serverId : null } };
};

export const reactInChannel: Handler<'channel.react'> = async ({ session }, { channelId, serverId, emoji }) => {
  await session.channels.react(channelId, serverId, emoji);
  return { output: { channelId, serverId, emoji } };
};

export const postTextInChannel: Handler<'channel.sendText'> = (context, { to, text }) =>
  deliver(context, { to }, { text });
export const postImageInChannel: Handler<'channel.sendImage'> = async (context, input) => ({
  ...(await sendImage(context, input)),
});
export const postVideoInChannel: Handler<'channel.sendVideo'> = async (context, input) => ({
  ...(await sendVideo(context, input)),
});
export const postDocumentInChannel: Handler<'channel.sendDocument'> = async (context, input) => ({
  ...(await sendDocument(context, input)),
});
