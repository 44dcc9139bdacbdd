import type { OperationInput, OperationName, OperationOutput } from '../../lib/core/catalogue/operations.ts';
import type { Command } from '../../lib/core/model/command.ts';
import type { ChatStore, Clock, InstanceStore, MessageStore } from '../../lib/core/ports/index.ts';
import type { MediaStore } from '../../lib/core/ports/media.ts';
import type { OutboundClient } from '../../lib/core/ports/outbound.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import type { SessionControl, Turn, WhatsAppSession } from '../session/whatsapp-session.ts';
import { businessCatalog, businessCollections, businessProfile } from './business.ts';
import { rejectCall } from './calls.ts';
import {
  channelMessages,
  createChannel,
  deleteChannel,
  followChannel,
  getChannel,
  listChannels,
  muteChannel,
  postDocumentInChannel,
  postImageInChannel,
  postTextInChannel,
  postVideoInChannel,
  previewChannel,
  reactInChannel,
  removeChannelPicture,
  setChannelPicture,
  unfollowChannel,
  unmuteChannel,
  updateChannel,
} from './channels.ts';
import {
  archiveChat,
  clearChat,
  deleteChat,
  markChatRead,
  markChatUnread,
  muteChat,
  pinChat,
  unarchiveChat,
  unmuteChat,
  unpinChat,
} from './chats.ts';
import { sendButtons, sendList } from './choices.ts';
import {
  communityParticipants,
  createCommunity,
  createCommunityGroup,
  deactivateCommunity,
  demoteInCommunity,
  getCommunity,
  leaveCommunity,
  linkGroup,
  listCommunities,
  promoteInCommunity,
  removeFromCommunity,
  unlinkGroup,
} from './communities.ts';
import {
  blockContact,
  checkNumbers,
  fetchProfile,
  forgetContact,
  listBlocked,
  saveContact,
  unblockContact,
} from './contacts.ts';
import { convertVideo, convertVoice } from './convert.ts';
import { downloadMedia } from './download.ts';
import {
  acceptGroupInvite,
  addParticipants,
  approveRequests,
  createGroup,
  demoteParticipants,
  getGroup,
  groupInviteCode,
  groupInviteInfo,
  groupJoinRequests,
  leaveGroup,
  listGroups,
  promoteParticipants,
  rejectRequests,
  removeGroupPicture,
  removeParticipants,
  revokeGroupInvite,
  sendGroupText,
  setDescription,
  setGroupPicture,
  setSubject,
  updateGroupSettings,
} from './groups.ts';
import {
  configureInstance,
  connectInstance,
  disconnectInstance,
  logoutInstance,
  removeInstance,
  restartInstance,
} from './instances.ts';
import { createLabel, deleteLabel, setLabelsOfChat, setLabelsOfMessage, updateLabel } from './labels.ts';
import { sendAlbum, sendAudio, sendDocument, sendImage, sendSticker, sendVideo, sendVoice } from './media.ts';
import { deleteMessage, edit, pin, react, setDisappearing, star, typing, vote } from './message-acts.ts';
import {
  forward,
  markRead,
  sendContact,
  sendContacts,
  sendEvent,
  sendLink,
  sendLiveLocation,
  sendLocation,
  sendPoll,
  sendText,
} from './messages.ts';
import { setPresence, subscribePresence } from './presence.ts';
import {
  getPrivacy,
  getProfile,
  removeProfilePicture,
  setAbout,
  setPrivacy,
  setProfileName,
  setProfilePicture,
} from './profile.ts';
import { rawMessage } from './raw.ts';
import { deleteStatus, postImage, postText, postVideo, postVoice } from './status.ts';

/** What a handler works with. */
export interface HandlerContext {
  session: WhatsAppSession;
  control: SessionControl;
  command: Command;
  /** It ran before, and nobody knows what came of it. */
  isRepeat: boolean;
  /** When its message may leave, of one that runs side by side with others. */
  turn?: Turn | undefined;
  instances: InstanceStore;
  messages: MessageStore;
  chats: ChatStore;
  media: MediaStore | undefined;
  outbound: OutboundClient;
  clock: Clock;
}

/** The answer, and the rows that become durable together with the end of the command. */
export interface HandlerResult<N extends OperationName> {
  output: OperationOutput<N>;
  writes?: SessionWrite[];
}

export type Handler<N extends OperationName> = (
  context: HandlerContext,
  input: OperationInput<N>,
) => Promise<HandlerResult<N>>;

/** One handler per catalogue entry: an operation without one does not compile. */
export const HANDLERS: { readonly [N in OperationName]: Handler<N> } = {
  'message.sendText': sendText,
  'message.sendLink': sendLink,
  'message.sendImage': sendImage,
  'message.sendDocument': sendDocument,
  'message.sendAudio': sendAudio,
  'message.sendVoice': sendVoice,
  'message.sendVideo': sendVideo,
  'message.sendSticker': sendSticker,
  'message.sendAlbum': sendAlbum,
  'message.sendLocation': sendLocation,
  'message.sendLiveLocation': sendLiveLocation,
  'message.sendContact': sendContact,
  'message.sendContacts': sendContacts,
  'message.sendPoll': sendPoll,
  'message.sendList': sendList,
  'message.sendButtons': sendButtons,
  'message.sendEvent': sendEvent,
  'message.forward': forward,
  'message.markRead': markRead,
  'chat.archive': archiveChat,
  'chat.unarchive': unarchiveChat,
  'chat.pin': pinChat,
  'chat.unpin': unpinChat,
  'chat.mute': muteChat,
  'chat.unmute': unmuteChat,
  'chat.markRead': markChatRead,
  'chat.markUnread': markChatUnread,
  'chat.clear': clearChat,
  'chat.delete': deleteChat,
  'message.react': react,
  'message.edit': edit,
  'message.delete': deleteMessage,
  'message.pin': pin,
  'message.star': star,
  'message.vote': vote,
  'message.typing': typing,
  'message.setDisappearing': setDisappearing,
  'message.raw': rawMessage,
  'media.download': downloadMedia,
  'media.convertVoice': convertVoice,
  'media.convertVideo': convertVideo,
  'contact.check': checkNumbers,
  'contact.profile': fetchProfile,
  'contact.block': blockContact,
  'contact.unblock': unblockContact,
  'contact.save': saveContact,
  'contact.forget': forgetContact,
  'contact.listBlocked': listBlocked,
  'presence.set': setPresence,
  'presence.subscribe': subscribePresence,
  'label.create': createLabel,
  'label.update': updateLabel,
  'label.delete': deleteLabel,
  'label.setOfChat': setLabelsOfChat,
  'label.setOfMessage': setLabelsOfMessage,
  'profile.get': getProfile,
  'profile.setName': setProfileName,
  'profile.setAbout': setAbout,
  'profile.setPicture': setProfilePicture,
  'profile.removePicture': removeProfilePicture,
  'privacy.get': getPrivacy,
  'privacy.set': setPrivacy,
  'call.reject': rejectCall,
  'business.profile': businessProfile,
  'business.catalog': businessCatalog,
  'business.collections': businessCollections,
  'group.list': listGroups,
  'group.get': getGroup,
  'group.create': createGroup,
  'group.setSubject': setSubject,
  'group.setDescription': setDescription,
  'group.setPicture': setGroupPicture,
  'group.removePicture': removeGroupPicture,
  'group.updateSettings': updateGroupSettings,
  'group.addParticipants': addParticipants,
  'group.removeParticipants': removeParticipants,
  'group.promoteParticipants': promoteParticipants,
  'group.demoteParticipants': demoteParticipants,
  'group.leave': leaveGroup,
  'group.inviteCode': groupInviteCode,
  'group.revokeInvite': revokeGroupInvite,
  'group.inviteInfo': groupInviteInfo,
  'group.acceptInvite': acceptGroupInvite,
  'group.joinRequests': groupJoinRequests,
  'group.approveRequests': approveRequests,
  'group.rejectRequests': rejectRequests,
  'group.sendText': sendGroupText,
  'community.list': listCommunities,
  'community.get': getCommunity,
  'community.create': createCommunity,
  'community.createGroup': createCommunityGroup,
  'community.linkGroup': linkGroup,
  'community.unlinkGroup': unlinkGroup,
  'community.participants': communityParticipants,
  'community.removeParticipants': removeFromCommunity,
  'community.promoteParticipants': promoteInCommunity,
  'community.demoteParticipants': demoteInCommunity,
  'community.leave': leaveCommunity,
  'community.deactivate': deactivateCommunity,
  'status.sendText': postText,
  'status.sendImage': postImage,
  'status.sendVideo': postVideo,
  'status.sendVoice': postVoice,
  'status.delete': deleteStatus,
  'channel.list': listChannels,
  'channel.get': getChannel,
  'channel.preview': previewChannel,
  'channel.create': createChannel,
  'channel.update': updateChannel,
  'channel.setPicture': setChannelPicture,
  'channel.removePicture': removeChannelPicture,
  'channel.delete': deleteChannel,
  'channel.follow': followChannel,
  'channel.unfollow': unfollowChannel,
  'channel.mute': muteChannel,
  'channel.unmute': unmuteChannel,
  'channel.messages': channelMessages,
  'channel.react': reactInChannel,
  'channel.sendText': postTextInChannel,
  'channel.sendImage': postImageInChannel,
  'channel.sendVideo': postVideoInChannel,
  'channel.sendDocument': postDocumentInChannel,
  'instance.connect': connectInstance,
  'instance.restart': restartInstance,
  'instance.disconnect': disconnectInstance,
  'instance.logout': logoutInstance,
  'instance.configure': configureInstance,
  'instance.remove': removeInstance,
};
