import { randomBytes } from 'node:crypto';
import type { BinaryNode } from '../lib/baileys/index.ts';
import type { Account, Device, Group, GroupRecord } from './directory.ts';
import type { Network } from './network.ts';
import { bytesOf, childBytes, childOf, childrenNamed, childrenOf, node, nowSeconds, stanzaId } from './wire.ts';

type MemberChange = 'add' | 'remove' | 'promote' | 'demote';

const MEMBER_CHANGES: readonly string[] = ['add', 'remove', 'promote', 'demote'];

/** Handles `xmlns="w:g2"`: queries about groups in general go to `@g.us`, about one group to its JID. */
export function handleGroupQuery(network: Network, sender: Device, query: BinaryNode): void {
  const request = childrenOf(query)[0];
  if (!request) {
    network.refuse(sender, query, 400, 'bad-request');
    return;
  }
  const group = network.groups.get(query.attrs.to);
  if (group) {
    handleOneGroup(network, sender, query, group, request);
    return;
  }
  switch (request.tag) {
    case 'create': {
      const members = childrenNamed(request, 'participant').flatMap(
        ({ attrs }) => network.directory.account(attrs.jid) ?? [],
      );
      const created = createGroup(network, sender, request.attrs.subject ?? '', members, request.attrs.key);
      network.reply(sender, query, [describe(network, created)]);
      return;
    }
    case 'participating': {
      const own = network.groups.all().filter(({ record }) => record.participants.has(sender.account.number));
      network.reply(sender, query, [
        node(
          'groups',
          {},
          own.map((each) => describe(network, each)),
        ),
      ]);
      return;
    }
    case 'leave': {
      const left = childrenNamed(request, 'group');
      for (const { attrs } of left) leave(network, sender, network.groups.get(attrs.id));
      network.reply(sender, query, [node('leave', {}, left)]);
      return;
    }
    case 'invite':
      handleInvite(network, sender, query, request.attrs.code ?? '');
      return;
    default:
      network.refuse(sender, query, 404, 'item-not-found');
  }
}

/**
 * Creates a group on behalf of a device; every member but that device is told.
 * @param key the creating client's own id for the request
 */
export function createGroup(
  network: Network,
  creator: Device,
  subject: string,
  members: readonly Account[],
  key?: string,
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
    flags: new Set(),
    ephemeralSeconds: 0,
    memberAddMode: 'all_member_add',
    joinApproval: false,
    joinRequests: new Map(),
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

function handleOneGroup(network: Network, sender: Device, query: BinaryNode, group: Group, request: BinaryNode): void {
  const { record } = group;
  const role = record.participants.get(sender.account.number);
  if (role === undefined) {
    network.refuse(sender, query, 403, 'forbidden');
    return;
  }
  if (query.attrs.type === 'get') {
    answerAbout(network, sender, query, group, request);
    return;
  }
  const anyoneMay =
    (!record.flags.has('locked') && (request.tag === 'subject' || request.tag === 'description')) ||
    (request.tag === 'add' && record.memberAddMode === 'all_member_add');
  if (role === '' && !anyoneMay) {
    network.refuse(sender, query, 403, 'forbidden');
    return;
  }

  if (MEMBER_CHANGES.includes(request.tag)) {
    const jids = childrenNamed(request, 'participant').map(({ attrs }) => attrs.jid ?? '');
    const results = changeMembers(network, group, sender, request.tag as MemberChange, jids);
    network.reply(sender, query, [node(request.tag, {}, results)]);
    return;
  }
  if (request.tag === 'membership_requests_action') {
    judgeRequests(network, sender, query, group, request);
    return;
  }
  const change = applySetting(group, sender, request);
  if (!change) {
    network.refuse(sender, query, 501, 'feature-not-implemented');
    return;
  }
  network.groups.save(group);
  network.reply(sender, query, request.tag === 'invite' ? [node('invite', { code: record.inviteCode })] : undefined);
  announce(network, group, sender, change);
}

function answerAbout(network: Network, sender: Device, query: BinaryNode, group: Group, request: BinaryNode): void {
  switch (request.tag) {
    case 'query':
      network.reply(sender, query, [describe(network, group)]);
      return;
    case 'invite':
      network.reply(sender, query, [node('invite', { code: group.record.inviteCode })]);
      return;
    case 'membership_approval_requests': {
      const requests = [...group.record.joinRequests].map(([number, at]) =>
        node('membership_approval_request', {
          jid: network.directory.require(number).jid(group.record.mode),
          request_method: 'invite_link',
          request_time: at,
        }),
      );
      network.reply(sender, query, [node('membership_approval_requests', {}, requests)]);
      return;
    }
    default:
      network.refuse(sender, query, 501, 'feature-not-implemented');
  }
}

/** Changes a setting. @returns the notification for the members; undefined for settings that are not simulated */
function applySetting({ record }: Group, sender: Device, request: BinaryNode): BinaryNode | undefined {
  const by = sender.account;
  switch (request.tag) {
    case 'subject':
      record.subject = bytesOf(request).toString();
      record.subjectAt = nowSeconds();
      record.subjectBy = by.number;
      return node('subject', { subject: record.subject, s_t: record.subjectAt, s_o: by.jid(record.mode) });
    case 'description': {
      const body = childBytes(request, 'body').toString();
      const id = request.attrs.id ?? stanzaId();
      record.description = childOf(request, 'body') ? { id, body, at: nowSeconds(), by: by.number } : undefined;
      return request;
    }
    case 'announcement':
    case 'locked':
      record.flags.add(request.tag);
      return request;
    case 'not_announcement':
      record.flags.delete('announcement');
      return request;
    case 'unlocked':
      record.flags.delete('locked');
      return request;
    case 'ephemeral':
    case 'not_ephemeral':
      record.ephemeralSeconds = Number(request.attrs.expiration ?? 0);
      return request;
    case 'member_add_mode':
      record.memberAddMode = bytesOf(request).toString();
      return request;
    case 'membership_approval_mode':
      record.joinApproval = childOf(request, 'group_join')?.attrs.state === 'on';
      return request;
    case 'invite':
      record.inviteCode = newInviteCode();
      return node('invite', { code: record.inviteCode });
    default:
      return undefined;
  }
}

function handleInvite(network: Network, sender: Device, query: BinaryNode, code: string): void {
  const group = network.groups.byInvite(code);
  if (!group) {
    network.refuse(sender, query, 406, 'not-acceptable');
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
  const content = [participantNode(network, group, number)];
  announce(network, group, sender, node('add', { reason: 'invite' }, content));
}

function judgeRequests(network: Network, sender: Device, query: BinaryNode, group: Group, request: BinaryNode): void {
  const action = childrenOf(request)[0];
  const { joinRequests } = group.record;
  const results = childrenNamed(action, 'participant').map(({ attrs }) => {
    const number = network.directory.account(attrs.jid)?.number ?? '';
    const known = joinRequests.delete(number);
    return node('participant', { jid: attrs.jid, error: known ? undefined : '404' });
  });
  network.groups.save(group);
  if (action?.tag === 'approve') {
    const admitted = results.flatMap(({ attrs }) => (attrs.error ? [] : (attrs.jid ?? [])));
    changeMembers(network, group, sender, 'add', admitted);
  }
  network.reply(sender, query, [node('membership_requests_action', {}, [node(action?.tag ?? 'approve', {}, results)])]);
}

function leave(network: Network, sender: Device, group: Group | undefined): void {
  if (!group?.record.participants.has(sender.account.number)) return;
  const content = [participantNode(network, group, sender.account.number)];
  group.record.participants.delete(sender.account.number);
  network.groups.save(group);
  announce(network, group, sender, node('remove', {}, content), [sender.account]);
}

/** The `<group>` element that describes a group; its id is written without `@g.us`. */
function describe(network: Network, { id, record }: Group): BinaryNode {
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

function participantNode(network: Network, { record }: Group, number: string): BinaryNode {
  const account = network.directory.require(number);
  const alternative = record.mode === 'lid' ? { phone_number: account.jid('pn') } : { lid: account.jid('lid') };
  const type = record.participants.get(number) || undefined;
  return node('participant', { jid: account.jid(record.mode), ...alternative, type });
}

/** Tells all members, and those who have just left, of a change; not the device that made it. */
function announce(
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

const newInviteCode = (): string => randomBytes(16).toString('base64url').slice(0, 22);
