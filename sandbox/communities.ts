import type { Account, Device, Group } from './directory.ts';
import { announce, createGroup, describe, leave } from './groups.ts';
import type { Network } from './network.ts';
import { node } from './wire.ts';

/** Creates a community and the announcements group that goes with it. */
export function createCommunity(
  network: Network,
  creator: Device,
  subject: string,
  description: string | undefined,
  key?: string,
): Group {
  const community = createGroup(network, creator, subject, [], { key, description, place: { isCommunity: true } });
  createGroup(network, creator, subject, [], { place: { community: community.id, isAnnouncements: true } });
  return community;
}

/** Puts a group into a community: its members become members of the community. @returns an error number, or undefined */
export function linkGroup(
  network: Network,
  actor: Device,
  community: Group,
  group: Group | undefined,
): number | undefined {
  if (!group) return 404;
  if (group.record.community || group.record.isCommunity) return 409;
  const role = group.record.participants.get(actor.account.number);
  if (role !== 'admin' && role !== 'superadmin') return 403;
  group.record.community = community.id;
  network.groups.save(group);
  welcome(network, community, [...group.record.participants.keys()]);
  const link = node('link', { link_type: 'sub_group' }, [describe(network, group)]);
  announce(network, community, actor, link);
  return undefined;
}

/** Takes a group out of a community. @returns an error number, or undefined */
export function unlinkGroup(
  network: Network,
  actor: Device,
  community: Group,
  group: Group | undefined,
): number | undefined {
  if (group?.record.community !== community.id || group.record.isAnnouncements) return 404;
  group.record.community = undefined;
  network.groups.save(group);
  const link = node('unlink', { unlink_type: 'sub_group' }, [node('group', { jid: group.id })]);
  announce(network, community, actor, link);
  return undefined;
}

/** Whoever is in a group of a community is in the community and its announcements too. */
export function welcome(network: Network, community: Group, numbers: readonly string[]): void {
  const announcements = network.groups.ofCommunity(community.id).filter(({ record }) => record.isAnnouncements);
  for (const group of [community, ...announcements]) {
    for (const number of numbers) {
      if (!group.record.participants.has(number)) group.record.participants.set(number, '');
    }
    network.groups.save(group);
  }
}

/** A device's account leaves a community and all of its groups. */
export function leaveCommunity(network: Network, sender: Device, community: Group): void {
  for (const group of network.groups.ofCommunity(community.id)) leave(network, sender, group);
  leave(network, sender, community);
}

/** Takes people out of every group of a community; the community itself is the caller's. */
export function removeFromGroups(network: Network, actor: Device, community: Group, people: readonly Account[]): void {
  for (const group of network.groups.ofCommunity(community.id)) {
    const gone = people.filter(({ number }) => group.record.participants.delete(number));
    if (gone.length === 0) continue;
    network.groups.save(group);
    const content = gone.map((account) => node('participant', { jid: account.jid(group.record.mode) }));
    announce(network, group, actor, node('remove', {}, content), gone);
  }
}

/** Ends a community: its groups stand alone, the announcements go with it. */
export function deactivate(network: Network, actor: Device, community: Group): void {
  for (const group of network.groups.ofCommunity(community.id)) {
    group.record.community = undefined;
    if (!group.record.isAnnouncements) {
      network.groups.save(group);
      continue;
    }
    announce(network, group, actor, node('delete', { reason: 'parent_group_deactivated' }));
    network.groups.remove(group);
  }
  announce(network, community, actor, node('delete'));
  network.groups.remove(community);
}
