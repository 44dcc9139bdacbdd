import { randomBytes } from 'node:crypto';
import type { BinaryNode } from '../lib/baileys/index.ts';
import type { Account, Device, Group, GroupRecord } from './directory.ts';
import type { Network } from './network.ts';
import { node, nowSeconds, stanzaId } from './wire.ts';

export type MemberChange = 'add' | 'remove' | 'promote' | 'demote';

/** What a group may be made with. */
export interface GroupOptions {
  /** The creating client's own id for the request. */
  readonly key?: string | undefined;
  readonly description?: string | undefined;
  /** What makes it a community, or a group of one. */
  readonly place?: Pick<GroupRecord, 'isCommunity' | 'community' | 'isAnnouncements'>;
}

/** Creates a group on behalf of a device; every member but that device is told. */
export function createGroup(
  network: Network,
  creator: Device,
  subject: string,
  members: readonly Account[],
  { key, description, place = {} }: GroupOptions = {},
): Group {
  const now = nowSeconds();
  const participants: GroupRecord['participants'] = new Map([[creator.account.number, 'superadmin']]);
  for (const member of members) if (member !== creator.account) participants.set(member.number, '');
  const group = network.groups.create({
    subject,
    subjectAt: now,
    subjectBy: creator.account.number,
    createdAt: now,
    creator: creator.account.number,
    mode: 'lid',
    participants,
    inviteCode: newInviteCode(),
    flags: new Set(place.isAnnouncements ? ['announcement'] : []),
    ...(description ? { description: { id: stanzaId(), body: description, at: now, by: creator.account.number } } : {}),
    ephemeralSeconds: 0,
    memberAddMode: 'all_member_add',
    joinApproval: false,
    joinRequests: new Map(),
    revokedInvites: new Set(),
    ...place,
  });
  announce(network, group, creator, node('create', { type: 'new', key }, [describe(network, group)]));
  return group;
}

/**
 * Adds, removes, promotes or demotes members on behalf of a device, and tells everyone concerned.
 * @returns one `<participant>` for each JID, with an `error` where it failed
 */
export function changeMembers(
  network: Network,
  group: Group,
  actor: Device,
  change: MemberChange,
  jids: readonly string[],
): BinaryNode[] {
  const { participants } = group.record;
  const changed: Account[] = [];
  const results = jids.map((jid) => {
    const account = network.directory.account(jid);
    if (!account) return node('participant', { jid, error: '404' });
    const isMember = participants.has(account.number);
    if (change === 'add' && isMember) return node('participant', { jid, error: '409' });
    if (change === 'add' && !mayBeAdded(account, actor)) return addRequest(network, group, account);
    if (change !== 'add' && !isMember) return node('participant', { jid, error: '404' });
    if (change === 'remove') participants.delete(account.number);
    else participants.set(account.number, change === 'promote' ? 'admin' : '');
    changed.push(account);
    return node('participant', { jid });
  });
  if (changed.length === 0) return results;
  network.groups.save(group);
  const content = changed.map((account) => participantNode(network, group, account.number));
  announce(network, group, actor, node(change, {}, content), changed);
  return results;
}

/** Tells the members that the group's picture has changed. */
export function announceGroupPicture(network: Network, group: Group, actor: Device, change: 'set' | 'delete'): void {
  const author = actor.account.jid(group.record.mode);
  for (const account of members(network, group)) {
    network.notify(account, group.id, 'picture', [node(change, { id: group.record.pictureId, author })], actor);
  }
}

/** Whether a person's privacy settings let others put them into groups. */
export function mayBeAdded(account: Account, actor: Device): boolean {
  const { groupadd } = account.record.privacy;
  return groupadd === 'all' || (groupadd === 'contacts' && account.peers.has(actor.account.number));
}

/** Instead of adding a person: an invite that can be sent to them. */
export function addRequest(network: Network, group: Group, account: Account): BinaryNode {
  const expiration = String(Number(nowSeconds()) + 3 * 86_400);
  const request = node('add_request', { code: newInviteCode(), expiration });
  return node('participant', { ...participantNode(network, group, account.number).attrs, error: '403' }, [request]);
}

export function leave(network: Network, sender: Device, group: Group | undefined): void {
  if (!group?.record.participants.has(sender.account.number)) return;
  const content = [participantNode(network, group, sender.account.number)];
  group.record.participants.delete(sender.account.number);
  network.groups.save(group);
  announce(network, group, sender, node('remove', {}, content), [sender.account]);
}

/** The `<group>` element that describes a group; its id is written without `@g.us`. `refused`: who was not let in. */
export function describe(network: Network, { id, record }: Group, refused: readonly BinaryNode[] = []): BinaryNode {
  const jidOf = (number: string) => network.directory.find(number)?.jid(record.mode);
  const { description, ephemeralSeconds } = record;
  const attrs = {
    id: id.split('@')[0],
    subject: record.subject,
    s_t: record.subjectAt,
    s_o: jidOf(record.subjectBy),
    creation: record.createdAt,
    creator: jidOf(record.creator),
    creator_pn: network.directory.find(record.creator)?.jid('pn'),
    addressing_mode: record.mode,
    size: String(record.participants.size),
  };
  return node('group', attrs, [
    ...[...record.participants.keys()].map((number) => participantNode(network, { id, record }, number)),
    ...refused,
    ...(record.isCommunity ? [node('parent', { default_membership_approval_mode: 'request_required' })] : []),
    ...(record.isAnnouncements ? [node('default_sub_group')] : []),
    ...(record.community ? [node('linked_parent', { jid: record.community })] : []),
    ...(description
      ? [
          node('description', { id: description.id, t: description.at, participant: jidOf(description.by) }, [
            node('body', {}, Buffer.from(description.body)),
          ]),
        ]
      : []),
    ...[...record.flags].map((flag) => node(flag)),
    ...(ephemeralSeconds > 0 ? [node('ephemeral', { expiration: String(ephemeralSeconds) })] : []),
    ...(record.joinApproval ? [node('membership_approval_mode', {}, [node('group_join', { state: 'on' })])] : []),
    node('member_add_mode', {}, Buffer.from(record.memberAddMode)),
  ]);
}

export function participantNode(network: Network, { record }: Group, number: string): BinaryNode {
  const account = network.directory.require(number);
  const alternative = record.mode === 'lid' ? { phone_number: account.jid('pn') } : { lid: account.jid('lid') };
  const type = record.participants.get(number) || undefined;
  return node('participant', { jid: account.jid(record.mode), ...alternative, type });
}

/** Tells all members, and those who have just left, of a change; not the device that made it. */
export function announce(
  network: Network,
  group: Group,
  actor: Device,
  content: BinaryNode,
  alsoTo: readonly Account[] = [],
): void {
  const attrs = {
    from: group.id,
    type: 'w:gp2',
    id: stanzaId(),
    t: nowSeconds(),
    participant: actor.account.jid(group.record.mode),
    participant_pn: actor.account.jid('pn'),
    addressing_mode: group.record.mode,
    notify: actor.account.record.name,
  };
  for (const account of new Set([...members(network, group), ...alsoTo])) {
    network.deliverToAccount(account, node('notification', attrs, [content]), actor);
  }
}

const members = (network: Network, group: Group): Account[] =>
  [...group.record.participants.keys()].flatMap((number) => network.directory.find(number) ?? []);

export const newInviteCode = (): string => randomBytes(16).toString('base64url').slice(0, 22);
