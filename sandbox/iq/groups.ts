import type { BinaryNode } from '../../lib/baileys/index.ts';
import { leaveCommunity, welcome } from '../communities.ts';
import type { Device, Group } from '../directory.ts';
import {
  addRequest,
  announce,
  createGroup,
  describe,
  leave,
  type MemberChange,
  mayBeAdded,
  newInviteCode,
} from '../groups.ts';
import type { Network } from '../network.ts';
import { bytesOf, childBytes, childOf, childrenNamed, childrenOf, node, nowSeconds, stanzaId } from '../wire.ts';
import { answerCommunityQuery, answerNewCommunity, changeCommunityMembers } from './communities.ts';
import { answerInvite } from './group-invites.ts';

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
      if (childOf(request, 'parent')) answerNewCommunity(network, sender, query, request);
      else answerNewGroup(network, sender, query, request);
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
      const left = childrenOf(request);
      for (const { tag, attrs } of left) {
        const each = network.groups.get(attrs.id);
        if (tag === 'community' && each) leaveCommunity(network, sender, each);
        else leave(network, sender, each);
      }
      network.reply(sender, query, [node('leave', {}, left)]);
      return;
    }
    case 'invite':
      answerInvite(network, sender, query, request.attrs.code ?? '');
      return;
    default:
      network.refuse(sender, query, 404, 'item-not-found');
  }
}

function answerNewGroup(network: Network, sender: Device, query: BinaryNode, request: BinaryNode): void {
  const people = childrenNamed(request, 'participant').map(({ attrs }) => ({
    jid: attrs.jid ?? '',
    account: network.directory.account(attrs.jid),
  }));
  const community = network.groups.get(childOf(request, 'linked_parent')?.attrs.jid);
  const members = people.flatMap(({ account }) => (account && mayBeAdded(account, sender) ? [account] : []));
  const { subject = '', key } = request.attrs;
  const description = bytesOf(childOf(childOf(request, 'description'), 'body')).toString() || undefined;
  const place = community ? { community: community.id } : {};
  const group = createGroup(network, sender, subject, members, { key, description, place });
  if (community) welcome(network, community, [...group.record.participants.keys()]);
  const refused = people.flatMap(({ jid, account }) => {
    if (!account) return [node('participant', { jid, error: '404' })];
    return mayBeAdded(account, sender) ? [] : [addRequest(network, group, account)];
  });
  network.reply(sender, query, [describe(network, group, refused)]);
}

function handleOneGroup(network: Network, sender: Device, query: BinaryNode, group: Group, request: BinaryNode): void {
  const { record } = group;
  const role = record.participants.get(sender.account.number);
  if (role === undefined) {
    network.refuse(sender, query, 403, 'forbidden');
    return;
  }
  const isReading = query.attrs.type === 'get';
  if ((isReading || role !== '') && answerCommunityQuery(network, sender, query, group, request)) return;
  if (isReading && request.tag === 'invite' && role === '') {
    network.refuse(sender, query, 401, 'not-authorized');
    return;
  }
  if (isReading) {
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
    const results = changeCommunityMembers(network, group, sender, request.tag as MemberChange, jids);
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
      record.revokedInvites?.add(record.inviteCode);
      record.inviteCode = newInviteCode();
      return node('invite', { code: record.inviteCode });
    default:
      return undefined;
  }
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
    changeCommunityMembers(network, group, sender, 'add', admitted);
  }
  network.reply(sender, query, [node('membership_requests_action', {}, [node(action?.tag ?? 'approve', {}, results)])]);
}
