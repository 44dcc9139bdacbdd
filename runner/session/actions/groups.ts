import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type ParticipantAction,
  type WASocket,
} from '../../../lib/baileys/index.ts';
import type { OperationInput, OperationOutput } from '../../../lib/core/catalogue/operations.ts';
import { GatewayError } from '../../../lib/core/errors.ts';
import { partyOf } from '../../events/parties.ts';
import type { ActionDeps } from './deps.ts';
import { createGroupCalls } from './group-calls.ts';
import {
  changeOf,
  detailOf,
  type GroupDetail,
  type GroupSummary,
  isoSeconds,
  jidOfParty,
  type MemberChange,
  meOf,
  summaryOf,
  verdictOf,
} from './group-views.ts';
import { putPicture } from './picture.ts';
import { type Refusals, refusalCode, refusalOf } from './refusals.ts';

type Settings = Omit<OperationInput<'group.updateSettings'>, 'groupId'>;
type JoinRequest = OperationOutput<'group.joinRequests'>['requests'][number];

/**
 * What handlers may do with groups. Refusals of WhatsApp are GatewayErrors: RESOURCE_NOT_FOUND (no such group or
 * invite), PERMISSION_DENIED with the reason NOT_A_MEMBER or NOT_ADMIN.
 */
export interface GroupActions {
  /** Groups and communities that the instance is a member of, by id. Answered from memory while nothing has changed. */
  list(): Promise<GroupSummary[]>;
  get(groupId: string): Promise<GroupDetail>;
  /** JIDs of the members as the group addresses them. */
  memberJids(groupId: string): Promise<string[]>;
  create(
    subject: string,
    participants: readonly string[],
    description: string | undefined,
  ): Promise<{ group: GroupDetail; results: MemberChange[] }>;
  setSubject(groupId: string, subject: string): Promise<void>;
  setDescription(groupId: string, description: string): Promise<void>;
  /** A JPEG within WhatsApp's bounds; null takes the picture away. */
  setPicture(groupId: string, jpeg: Uint8Array | null): Promise<void>;
  /** Sets what is given, one after the other. Returns the names of what was set. */
  updateSettings(groupId: string, settings: Settings): Promise<string[]>;
  change(groupId: string, action: ParticipantAction, participants: readonly string[]): Promise<MemberChange[]>;
  leave(groupId: string): Promise<void>;
  inviteCode(groupId: string): Promise<string>;
  revokeInvite(groupId: string): Promise<string>;
  inviteInfo(inviteCode: string): Promise<GroupDetail>;
  acceptInvite(inviteCode: string): Promise<OperationOutput<'group.acceptInvite'>>;
  joinRequests(groupId: string): Promise<JoinRequest[]>;
  judge(groupId: string, verdict: 'approve' | 'reject', participants: readonly string[]): Promise<MemberChange[]>;
}

const OF_INVITE: Refusals = {
  404: ['RESOURCE_NOT_FOUND', 'INVITE_INVALID', 'There is no such invite.'],
  406: ['RESOURCE_NOT_FOUND', 'INVITE_INVALID', 'There is no such invite.'],
  401: ['PERMISSION_DENIED', 'INVITE_REFUSED', 'The invite is not for this instance.'],
  403: ['PERMISSION_DENIED', 'INVITE_REFUSED', 'The invite is not for this instance.'],
  410: ['RESOURCE_NOT_FOUND', 'INVITE_EXPIRED', 'The invite has been revoked.'],
  419: ['INVALID_STATE', 'GROUP_FULL', 'The group is full.'],
};

export function createGroupActions(deps: ActionDeps): GroupActions {
  const { guard, names, caches } = deps;
  const { forget, ofGroup, changing, metadataOf, detail } = createGroupCalls(deps);
  const ofInvite = <T>(work: (sock: WASocket) => Promise<T>): Promise<T> =>
    guard((sock) =>
      work(sock).catch((error: unknown) => {
        throw refusalOf(error, OF_INVITE) ?? error;
      }),
    );

  return {
    list: () =>
      guard(async (sock) => {
        const known = caches().groupList.get('all');
        if (known) return known;
        const groups = await sock.groupFetchAllParticipating().catch((error: unknown) => {
          throw refusalOf(error) ?? error;
        });
        const me = meOf(sock.user, names);
        const all = Object.values(groups)
          .map((metadata) => summaryOf(metadata, names, me))
          .sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
        caches().groupList.set('all', all);
        return all;
      }),
    get: async (groupId) => detail(await metadataOf(groupId)),
    memberJids: async (groupId) => (await metadataOf(groupId)).participants.map(({ id }) => id),
    create: (subject, participants, description) =>
      guard(async (sock) => {
        const text = { tag: 'body', attrs: {}, content: Buffer.from(description ?? '') };
        const about = { tag: 'description', attrs: { id: sock.generateMessageTag() }, content: [text] };
        const made = await createdGroup(sock, subject, participants, description ? [about] : []).catch((error) => {
          throw refusalOf(error) ?? error;
        });
        forget(made.id);
        const metadata = await sock.groupMetadata(made.id);
        const group = detailOf(metadata, names, meOf(sock.user, names));
        return { group, results: made.answers.map((answer) => changeOf(answer, names)) };
      }),
    setSubject: (groupId, subject) => changing(groupId, (sock) => sock.groupUpdateSubject(groupId, subject)),
    setDescription: (groupId, description) =>
      changing(groupId, (sock) => sock.groupUpdateDescription(groupId, description || undefined)),
    setPicture: (groupId, jpeg) =>
      changing(groupId, (sock) => (jpeg ? putPicture(sock, jpeg, groupId) : sock.removeProfilePicture(groupId))),
    updateSettings: (groupId, settings) =>
      changing(groupId, async (sock) => {
        const applied: string[] = [];
        for (const [name, set] of settingsOf(sock, groupId, settings)) {
          await set();
          applied.push(name);
        }
        return applied;
      }),
    change: (groupId, action, participants) =>
      changing(groupId, async (sock) => {
        const answers = await sock.groupParticipantsUpdate(groupId, [...participants], action);
        return answers.map(({ content }) => changeOf(content, names));
      }),
    leave: (groupId) =>
      changing(groupId, async (sock) => {
        // WhatsApp nods whatever the group is: whether there was anything to leave is asked before.
        await sock.groupMetadata(groupId);
        await sock.groupLeave(groupId);
      }),
    inviteCode: (groupId) => ofGroup(groupId, async (sock) => codeOf(await sock.groupInviteCode(groupId))),
    revokeInvite: (groupId) => changing(groupId, async (sock) => codeOf(await sock.groupRevokeInvite(groupId))),
    inviteInfo: async (inviteCode) => detail(await ofInvite((sock) => sock.groupGetInviteInfo(inviteCode))),
    acceptInvite: (inviteCode) =>
      ofInvite(async (sock) => {
        const { id: groupId } = await sock.groupGetInviteInfo(inviteCode);
        try {
          const joined = await sock.groupAcceptInvite(inviteCode);
          forget(groupId);
          return { groupId, status: joined ? 'joined' : 'requested' };
        } catch (error) {
          if (refusalCode(error) !== 409) throw error;
          return { groupId, status: 'already_member' };
        }
      }),
    joinRequests: (groupId) =>
      ofGroup(groupId, async (sock) =>
        (await sock.groupRequestParticipantsList(groupId)).map((request) => {
          const { jid, phone_number: phone, request_method: method, request_time: time } = request;
          const party = partyOf(names, jid, phone);
          return {
            ...party,
            jid: jidOfParty(party, jid),
            method: method ?? null,
            requestedAt: isoSeconds(Number(time)),
          };
        }),
      ),
    judge: (groupId, verdict, participants) =>
      changing(groupId, async (sock) =>
        (await sock.groupRequestParticipantsUpdate(groupId, [...participants], verdict)).map((answer) =>
          verdictOf(answer, names),
        ),
      ),
  };
}

/**
 * Makes a group, of which `more` says more. Baileys drops the answers about each person.
 * @throws Error as Baileys' own `groupCreate` does
 */
export async function createdGroup(
  sock: WASocket,
  subject: string,
  participants: readonly string[],
  more: readonly BinaryNode[],
): Promise<{ id: string; answers: BinaryNode[] }> {
  const people = participants.map((jid) => ({ tag: 'participant', attrs: { jid } }));
  const answer = await sock.query({
    tag: 'iq',
    attrs: { type: 'set', xmlns: 'w:g2', to: '@g.us' },
    content: [{ tag: 'create', attrs: { subject, key: sock.generateMessageTag() }, content: [...people, ...more] }],
  });
  const group = getBinaryNodeChild(answer, 'group');
  const id = group?.attrs.id;
  if (!id) throw new Error('WhatsApp did not say which group it made.');
  const answers = getBinaryNodeChildren(group, 'participant').filter(({ attrs }) => attrs.type !== 'superadmin');
  return { id: id.includes('@') ? id : `${id}@g.us`, answers };
}

function* settingsOf(
  sock: WASocket,
  groupId: string,
  { announcement, locked, ephemeralSeconds, membersMayAdd, joinApproval }: Settings,
): Generator<[name: keyof Settings, set: () => Promise<void>]> {
  if (announcement !== undefined) {
    const setting = announcement ? 'announcement' : 'not_announcement';
    yield ['announcement', () => sock.groupSettingUpdate(groupId, setting)];
  }
  if (locked !== undefined) {
    yield ['locked', () => sock.groupSettingUpdate(groupId, locked ? 'locked' : 'unlocked')];
  }
  if (ephemeralSeconds !== undefined) {
    yield ['ephemeralSeconds', () => sock.groupToggleEphemeral(groupId, ephemeralSeconds)];
  }
  if (membersMayAdd !== undefined) {
    const mode = membersMayAdd ? 'all_member_add' : 'admin_add';
    yield ['membersMayAdd', () => sock.groupMemberAddMode(groupId, mode)];
  }
  if (joinApproval !== undefined) {
    yield ['joinApproval', () => sock.groupJoinApprovalMode(groupId, joinApproval ? 'on' : 'off')];
  }
}

function codeOf(code: string | undefined): string {
  if (code) return code;
  throw new GatewayError('INVALID_STATE', 'The group has no invite link.');
}
