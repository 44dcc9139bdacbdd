import type { BinaryNode, GroupMetadata, GroupParticipant } from '../../../lib/baileys/index.ts';
import type { OperationOutput } from '../../../lib/core/catalogue/operations.ts';
import type { Party } from '../../../lib/core/model/message.ts';
import { LID_SERVER, USER_SERVER } from '../../../lib/core/model/phone.ts';
import { type NameBook, NOBODY, partyOf, samePerson } from '../../events/parties.ts';

export type GroupSummary = OperationOutput<'group.list'>['groups'][number];
export type GroupDetail = OperationOutput<'group.get'>;
export type Member = GroupDetail['participants'][number];
export type MemberChange = OperationOutput<'group.addParticipants'>['results'][number];
type ChangeStatus = MemberChange['status'];

/** WhatsApp writes an absent time as nothing, which Baileys reads as not a number. */
export function isoSeconds(seconds: number | null | undefined): string | null {
  return seconds && Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString() : null;
}

/** The JID a person is shown under: by phone number where known. */
export function jidOfParty({ phone, lid }: Party, fallback = ''): string {
  return phone ? `${phone}@${USER_SERVER}` : lid ? `${lid}@${LID_SERVER}` : fallback;
}

function someone(book: NameBook, ...jids: (string | undefined)[]): Party | null {
  return jids.some(Boolean) ? partyOf(book, ...jids) : null;
}

function memberOf(book: NameBook, { id, phoneNumber, lid, admin }: GroupParticipant): Member {
  const party = partyOf(book, id, phoneNumber, lid);
  return { ...party, jid: jidOfParty(party, id), role: admin ?? 'member' };
}

/** A group as WhatsApp describes it → what is shown of it in lists. Pure; `me` is the instance's own account. */
export function summaryOf(metadata: GroupMetadata, book: NameBook, me: Party): GroupSummary {
  const own = metadata.participants.find(({ id, phoneNumber, lid }) =>
    samePerson(partyOf(book, id, phoneNumber, lid), me),
  );
  return {
    groupId: metadata.id,
    subject: metadata.subject ?? '',
    description: metadata.desc ?? null,
    owner: someone(book, metadata.owner, metadata.ownerPn),
    createdAt: isoSeconds(metadata.creation),
    size: metadata.size ?? metadata.participants.length,
    role: own ? (own.admin ?? 'member') : null,
    announcement: metadata.announce === true,
    locked: metadata.restrict === true,
    ephemeralSeconds: metadata.ephemeralDuration ?? 0,
    membersMayAdd: metadata.memberAddMode === true,
    joinApproval: metadata.joinApprovalMode === true,
    communityId: metadata.linkedParent ?? null,
    kind: metadata.isCommunity ? 'community' : metadata.isCommunityAnnounce ? 'announcements' : 'group',
  };
}

export function detailOf(metadata: GroupMetadata, book: NameBook, me: Party): GroupDetail {
  return {
    ...summaryOf(metadata, book, me),
    subjectChangedAt: isoSeconds(metadata.subjectTime),
    subjectChangedBy: someone(book, metadata.subjectOwner, metadata.subjectOwnerPn),
    participants: metadata.participants.map((participant) => memberOf(book, participant)),
  };
}

/** WhatsApp's numbers for one of several people; what is not here is `failed`. */
const STATUSES: Partial<Record<number, ChangeStatus>> = {
  200: 'done',
  401: 'refused',
  403: 'refused',
  404: 'not_found',
  408: 'left_recently',
  409: 'already_member',
};

/** One `<participant>` of an answer → what became of that person. */
export function changeOf(answer: BinaryNode, book: NameBook): MemberChange {
  const { jid = '', phone_number: phone, lid, error = '200' } = answer.attrs;
  const party = partyOf(book, jid, phone, lid);
  const request = Array.isArray(answer.content) ? answer.content.find(({ tag }) => tag === 'add_request') : undefined;
  const code = Number(error) || 500;
  const invite = request?.attrs.code
    ? { code: request.attrs.code, expiresAt: isoSeconds(Number(request.attrs.expiration)) }
    : null;
  const status = code === 403 && invite ? 'invited' : (STATUSES[code] ?? 'failed');
  return { ...party, jid: jidOfParty(party, jid), status, code, invite };
}

/** As `changeOf`, where Baileys keeps the numbers only. */
export function verdictOf({ jid, status }: { jid: string | undefined; status: string }, book: NameBook): MemberChange {
  return changeOf({ tag: 'participant', attrs: { jid: jid ?? '', error: status } }, book);
}

export function meOf(user: { id?: string; lid?: string } | undefined, book: NameBook): Party {
  return user ? partyOf(book, user.id, user.lid) : NOBODY;
}
