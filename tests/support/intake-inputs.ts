import type { OperationName } from '../../lib/core/catalogue/operations.ts';
import { publicMessageId } from '../../lib/core/model/ids.ts';

const to = '6281234567890';
const groupId = '120363041234567890@g.us';
const media = { url: 'https://example.com/file' };

/** A good input of every operation, as a caller writes it into a queue message. */
export const INTAKE_INPUTS: Record<OperationName, object> = {
  'message.sendText': { to, text: 'Hello' },
  'message.sendImage': { to, media, caption: 'look' },
  'message.sendDocument': { to, media, filename: 'a.pdf' },
  'message.sendAudio': { to, media },
  'message.sendVideo': { to, media },
  'message.sendLocation': { to, latitude: 1, longitude: 2 },
  'message.sendContact': { to, contact: { name: 'Ann', phone: to } },
  'message.markRead': { messageId: publicMessageId('3EB0C767D71D8A2B5F3E19') },
  'contact.check': { numbers: [to] },
  'contact.profile': { jid: to },
  'contact.block': { jid: to },
  'contact.unblock': { jid: to },
  'group.list': { limit: 10 },
  'group.get': { groupId },
  'group.create': { subject: 'Team', participants: [to] },
  'group.setSubject': { groupId, subject: 'Team' },
  'group.setDescription': { groupId, description: 'All about it' },
  'group.setPicture': { groupId, media },
  'group.removePicture': { groupId },
  'group.updateSettings': { groupId, announcement: true },
  'group.addParticipants': { groupId, participants: [to] },
  'group.removeParticipants': { groupId, participants: [to] },
  'group.promoteParticipants': { groupId, participants: [to] },
  'group.demoteParticipants': { groupId, participants: [to] },
  'group.leave': { groupId },
  'group.inviteCode': { groupId },
  'group.revokeInvite': { groupId },
  'group.inviteInfo': { inviteCode: 'L7hVb1pQw2eR5tY8uI0oPa' },
  'group.acceptInvite': { inviteCode: 'L7hVb1pQw2eR5tY8uI0oPa' },
  'group.joinRequests': { groupId },
  'group.approveRequests': { groupId, participants: [to] },
  'group.rejectRequests': { groupId, participants: [to] },
  'group.sendText': { to: groupId, text: 'Hello all', mentionAll: true },
  'instance.connect': {},
  'instance.restart': {},
  'instance.logout': {},
  'instance.configure': {},
  'instance.remove': {},
};
