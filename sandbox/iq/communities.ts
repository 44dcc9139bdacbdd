import type { BinaryNode } from '../../lib/baileys/index.ts';
import { createCommunity, deactivate, linkGroup, removeFromGroups, unlinkGroup, welcome } from '../communities.ts';
import type { Device, Group } from '../directory.ts';
import { changeMembers, describe, type MemberChange } from '../groups.ts';
import type { Network } from '../network.ts';
import { bytesOf, childOf, childrenNamed, node } from '../wire.ts';

/** Answers `create` of a community. */
export function answerNewCommunity(network: Network, sender: Device, query: BinaryNode, request: BinaryNode): void {
  const { subject = '', key } = request.attrs;
  const body = bytesOf(childOf(childOf(request, 'description'), 'body')).toString();
  network.reply(sender, query, [describe(network, createCommunity(network, sender, subject, body || undefined, key))]);
}

/**
 * Answers what only communities are asked; whether the sender may is judged before. @returns false: it is no such query
 */
export function answerCommunityQuery(
  network: Network,
  sender: Device,
  query: BinaryNode,
  community: Group,
  request: BinaryNode,
): boolean {
  switch (request.tag) {
    case 'sub_groups': {
      const groups = network.groups.ofCommunity(community.id).map((group) => describe(network, group));
      network.reply(sender, query, [node('sub_groups', {}, groups)]);
      return true;
    }
    case 'linked_groups_participants': {
      const numbers = [...community.record.participants.keys()];
      const people = numbers.map((number) => {
        const account = network.directory.require(number);
        return node('participant', { jid: account.jid('lid'), phone_number: account.jid('pn') });
      });
      network.reply(sender, query, [node('linked_groups_participants', {}, people)]);
      return true;
    }
    case 'links': {
      const groups = childrenNamed(childOf(request, 'link'), 'group').map(({ attrs }) => {
        const error = linkGroup(network, sender, community, network.groups.get(attrs.jid));
        return node('group', { jid: attrs.jid, error: error === undefined ? undefined : String(error) });
      });
      network.reply(sender, query, [node('links', {}, [node('link', { link_type: 'sub_group' }, groups)])]);
      return true;
    }
    case 'unlink': {
      const groups = childrenNamed(request, 'group').map(({ attrs }) => {
        const error = unlinkGroup(network, sender, community, network.groups.get(attrs.jid));
        return node('group', { jid: attrs.jid, error: error === undefined ? undefined : String(error) });
      });
      network.reply(sender, query, [node('unlink', { unlink_type: 'sub_group' }, groups)]);
      return true;
    }
    case 'delete_parent':
      deactivate(network, sender, community);
      network.reply(sender, query);
      return true;
    default:
      return false;
  }
}

/** As `changeMembers`; whoever leaves a community leaves its groups, whoever joins one of them joins it. */
export function changeCommunityMembers(
  network: Network,
  group: Group,
  actor: Device,
  change: MemberChange,
  jids: readonly string[],
): BinaryNode[] {
  const results = changeMembers(network, group, actor, change, jids);
  const changed = results
    .filter(({ attrs }) => attrs.error === undefined)
    .flatMap(({ attrs }) => network.directory.account(attrs.jid) ?? []);
  if (change === 'remove' && group.record.isCommunity) removeFromGroups(network, actor, group, changed);
  const community = change === 'add' ? network.groups.get(group.record.community) : undefined;
  if (community) {
    welcome(
      network,
      community,
      changed.map(({ number }) => number),
    );
  }
  return results;
}
