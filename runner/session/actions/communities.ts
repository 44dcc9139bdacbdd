import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type WASocket,
} from '../../../lib/baileys/index.ts';
import type { OperationOutput } from '../../../lib/core/catalogue/operations.ts';
import { partyOf } from '../../events/parties.ts';
import type { ActionDeps } from './deps.ts';
import { createGroupCalls } from './group-calls.ts';
import { changeOf, detailOf, isoSeconds, jidOfParty, type MemberChange, meOf } from './group-views.ts';
import { createdGroup } from './groups.ts';
import { refusalOf } from './refusals.ts';

type Community = OperationOutput<'community.get'>;
type Subgroup = Community['groups'][number];

/** What handlers may do with communities: groups that hold groups. Refusals as those of `GroupActions`. */
export interface CommunityActions {
  get(communityId: string): Promise<Community>;
  create(subject: string, description: string | undefined): Promise<Community>;
  createGroup(
    communityId: string,
    subject: string,
    participants: readonly string[],
  ): Promise<OperationOutput<'community.createGroup'>>;
  /** `isIn`: whether the group is to belong to the community. */
  setLink(communityId: string, groupId: string, isIn: boolean): Promise<void>;
  participants(communityId: string): Promise<OperationOutput<'community.participants'>['participants']>;
  change(
    communityId: string,
    action: 'remove' | 'promote' | 'demote',
    participants: readonly string[],
  ): Promise<MemberChange[]>;
  leave(communityId: string): Promise<void>;
  deactivate(communityId: string): Promise<void>;
}

export function createCommunityActions(deps: ActionDeps): CommunityActions {
  const { guard, names } = deps;
  const { forget, ofGroup, changing, metadataOf } = createGroupCalls(deps);

  const get = async (communityId: string): Promise<Community> => {
    const metadata = await metadataOf(communityId);
    return ofGroup(communityId, async (sock) => {
      const answer = await sock.query(queryOf(communityId, 'get', { tag: 'sub_groups', attrs: {} }));
      const groups = getBinaryNodeChildren(getBinaryNodeChild(answer, 'sub_groups'), 'group').map(subgroupOf);
      const { subject, description, owner, createdAt, role } = detailOf(metadata, names, meOf(sock.user, names));
      const announcementGroupId = groups.find(({ isAnnouncements }) => isAnnouncements)?.groupId ?? null;
      return { communityId, subject, description, owner, createdAt, role, announcementGroupId, groups };
    });
  };

  const created = (sock: WASocket, ...args: [string, readonly string[], readonly BinaryNode[]]) =>
    createdGroup(sock, ...args).catch((error: unknown) => {
      throw refusalOf(error) ?? error;
    });

  return {
    get,
    create: async (subject, description) => {
      // Baileys' own way writes the whole answer, phone numbers included, to the console.
      const parent = { tag: 'parent', attrs: { default_membership_approval_mode: 'request_required' } };
      const text = { tag: 'body', attrs: {}, content: Buffer.from(description ?? '') };
      const { id } = await guard(async (sock) => {
        const about = { tag: 'description', attrs: { id: sock.generateMessageTag() }, content: [text] };
        return created(sock, subject, [], [about, parent]);
      });
      forget(id);
      return get(id);
    },
    createGroup: (communityId, subject, participants) =>
      changing(communityId, async (sock) => {
        const parent = { tag: 'linked_parent', attrs: { jid: communityId } };
        const { id, answers } = await created(sock, subject, participants, [parent]);
        const group = detailOf(await sock.groupMetadata(id), names, meOf(sock.user, names));
        return { group, results: answers.map((answer) => changeOf(answer, names)) };
      }),
    setLink: async (communityId, groupId, isIn) => {
      const group = { tag: 'group', attrs: { jid: groupId } };
      const link = { tag: 'link', attrs: { link_type: 'sub_group' }, content: [group] };
      const request: BinaryNode = isIn
        ? { tag: 'links', attrs: {}, content: [link] }
        : { tag: 'unlink', attrs: { unlink_type: 'sub_group' }, content: [group] };
      try {
        await changing(communityId, async (sock) => {
          const answer = getBinaryNodeChild(await sock.query(queryOf(communityId, 'set', request)), request.tag);
          const about = getBinaryNodeChild(isIn ? getBinaryNodeChild(answer, 'link') : answer, 'group');
          const error = about?.attrs.error;
          if (error) throw refusalOf(Object.assign(new Error('refused'), { data: Number(error) }), OF_LINK);
        });
      } finally {
        forget(groupId);
      }
    },
    participants: (communityId) =>
      ofGroup(communityId, async (sock) => {
        const request = { tag: 'linked_groups_participants', attrs: {} };
        const answer = await sock.query(queryOf(communityId, 'get', request));
        const people = getBinaryNodeChildren(getBinaryNodeChild(answer, request.tag), 'participant');
        return people.map(({ attrs }) => {
          const party = partyOf(names, attrs.jid, attrs.phone_number, attrs.lid);
          return { ...party, jid: jidOfParty(party, attrs.jid) };
        });
      }),
    change: (communityId, action, participants) =>
      changing(communityId, async (sock) => {
        const answers = await sock.communityParticipantsUpdate(communityId, [...participants], action);
        return answers.map(({ content }) => changeOf(content, names));
      }),
    leave: (communityId) =>
      changing(communityId, async (sock) => {
        await sock.groupMetadata(communityId);
        await sock.communityLeave(communityId);
      }),
    deactivate: (communityId) =>
      changing(communityId, async (sock) => {
        await sock.query(queryOf(communityId, 'set', { tag: 'delete_parent', attrs: {} }));
      }),
  };
}

const OF_LINK = {
  403: ['PERMISSION_DENIED', 'NOT_ADMIN', 'Only an admin of both may do this.'],
  404: ['RESOURCE_NOT_FOUND', 'GROUP_NOT_FOUND', 'There is no such group, or not in this community.'],
  409: ['INVALID_STATE', 'ALREADY_LINKED', 'The group belongs to a community already.'],
} as const;

function queryOf(to: string, type: 'get' | 'set', request: BinaryNode): BinaryNode {
  return { tag: 'iq', attrs: { type, xmlns: 'w:g2', to }, content: [request] };
}

function subgroupOf(group: BinaryNode): Subgroup {
  const { id = '', subject = '', size, creation } = group.attrs;
  return {
    groupId: id.includes('@') ? id : `${id}@g.us`,
    subject,
    size: size ? Number(size) : null,
    createdAt: isoSeconds(Number(creation)),
    isAnnouncements: getBinaryNodeChild(group, 'default_sub_group') !== undefined,
  };
}
