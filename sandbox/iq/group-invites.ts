import type { BinaryNode } from '../../lib/baileys/index.ts';
import { welcome } from '../communities.ts';
import type { Device } from '../directory.ts';
import { announce, describe, participantNode } from '../groups.ts';
import type { Network } from '../network.ts';
import { node, nowSeconds } from '../wire.ts';

/** Shows what an invite link leads to, or takes the sender in. */
export function answerInvite(network: Network, sender: Device, query: BinaryNode, code: string): void {
  const group = network.groups.byInvite(code);
  if (!group) {
    const isRevoked = network.groups.all().some(({ record }) => record.revokedInvites?.has(code));
    network.refuse(sender, query, isRevoked ? 410 : 406, isRevoked ? 'gone' : 'not-acceptable');
    return;
  }
  if (query.attrs.type === 'get') {
    network.reply(sender, query, [describe(network, group)]);
    return;
  }
  const { record } = group;
  const { number } = sender.account;
  if (record.participants.has(number)) {
    network.refuse(sender, query, 409, 'conflict');
    return;
  }
  if (record.joinApproval) {
    record.joinRequests.set(number, nowSeconds());
    network.groups.save(group);
    network.reply(sender, query, [node('membership_approval_request', { jid: group.id })]);
    const content = [participantNode(network, group, number)];
    announce(network, group, sender, node('created_membership_requests', { request_method: 'invite_link' }, content));
    return;
  }
  network.reply(sender, query, [node('group', { jid: group.id })]);
  record.participants.set(number, '');
  network.groups.save(group);
  const community = network.groups.get(record.community);
  if (community) welcome(network, community, [number]);
  const content = [participantNode(network, group, number)];
  announce(network, group, sender, node('add', { reason: 'invite' }, content));
}
