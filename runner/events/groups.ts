import { proto, type WAMessage } from '../../lib/baileys/index.ts';
import type { EventData } from '../../lib/core/catalogue/events.ts';
import type { Party } from '../../lib/core/model/message.ts';
import { isGroupJid } from '../../lib/core/model/phone.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';
import { secondsToMs } from './messages.ts';
import { bounded, chatJid, type NameBook, partyOf, samePerson } from './parties.ts';
import { isGroupStub } from './stubs.ts';
import { type EventWrite, type Telling, tell } from './tell.ts';

const { StubType } = proto.WebMessageInfo;
const MAX_SUBJECT_LENGTH = 256;
const MAX_DESCRIPTION_LENGTH = 4_096;
const MAX_PARTICIPANTS = 1_024;
const MAX_METHOD_LENGTH = 64;

const ACTIONS: Partial<Record<proto.WebMessageInfo.StubType, EventData<'group.participants'>['action']>> = {
  [StubType.GROUP_PARTICIPANT_ADD]: 'add',
  [StubType.GROUP_PARTICIPANT_INVITE]: 'add',
  [StubType.GROUP_PARTICIPANT_ADD_REQUEST_JOIN]: 'add',
  [StubType.GROUP_PARTICIPANT_REMOVE]: 'remove',
  [StubType.GROUP_PARTICIPANT_LEAVE]: 'remove',
  [StubType.GROUP_PARTICIPANT_PROMOTE]: 'promote',
  [StubType.GROUP_PARTICIPANT_DEMOTE]: 'demote',
};

const UNCHANGED = {
  ...{ subject: null, description: null, announce: null, restrict: null, membersMayAdd: null, joinApproval: null },
  ...{ inviteCode: null, isPictureChanged: false },
};

/**
 * A notice about a group, as Baileys puts it among the messages → its chat's row, and what is told. Pure.
 * `actorPn`: JID by number of who did it, where the notification has it.
 */
export function groupChanges(
  telling: Telling,
  message: WAMessage,
  actorPn: string | undefined,
  book: NameBook,
  me: Party,
): { rows: SessionWrite[]; events: EventWrite[] } {
  const { key, messageStubType: stub, messageStubParameters } = message;
  if (!stub || !isGroupStub(stub) || !key.remoteJid || !isGroupJid(key.remoteJid)) return { rows: [], events: [] };
  const groupId = chatJid(book, key.remoteJid);
  const by = partyOf(book, key.participant, actorPn);
  const about = { groupId, by, timestampMs: secondsToMs(message.messageTimestamp) ?? telling.nowMs };
  const once = (what: string) => `${what}|${groupId}|${key.id}`;
  const [parameter] = messageStubParameters ?? [];
  const subject = bounded(parameter, MAX_SUBJECT_LENGTH);
  const named: SessionWrite[] = [
    { kind: 'chat', id: groupId, set: { isGroup: true, ...(subject && { name: subject }) } },
  ];
  if (stub === StubType.GROUP_CREATE) {
    return { rows: named, events: [tell(telling, 'group.joined', once('joined'), { ...about, subject })] };
  }
  if (stub === StubType.GROUP_MEMBERSHIP_JOIN_APPROVAL_REQUEST_NON_ADMIN_ADD) {
    const request = joinRequestOf(messageStubParameters ?? [], book);
    return { rows: [], events: [tell(telling, 'group.join_request', once('request'), { ...about, ...request })] };
  }
  const action = ACTIONS[stub];
  if (!action) {
    const changes = { ...UNCHANGED, ...settingsOf(stub, parameter) };
    const rows = stub === StubType.GROUP_CHANGE_SUBJECT ? named : [];
    return { rows, events: [tell(telling, 'group.updated', once('updated'), { ...about, ...changes })] };
  }
  const members: Party[] = (messageStubParameters ?? [])
    .slice(0, MAX_PARTICIPANTS)
    .flatMap((text: string) => memberOf(text, book));
  const isChangeOfMembers = action === 'add' || action === 'remove';
  const others = isChangeOfMembers ? members.filter((member) => !samePerson(member, me)) : members;
  const events: EventWrite[] = [];
  if (others.length < members.length) {
    if (action === 'add') events.push(tell(telling, 'group.joined', once('joined'), { ...about, subject: null }));
    else events.push(tell(telling, 'group.left', once('left'), { ...about, isRemoved: !samePerson(by, me) }));
  }
  if (others.length > 0) {
    const data = { ...about, action, participants: others };
    events.push(tell(telling, 'group.participants', once('participants'), data));
  }
  return { rows: [], events };
}

function settingsOf(stub: proto.WebMessageInfo.StubType, parameter = ''): Partial<EventData<'group.updated'>> {
  switch (stub) {
    case StubType.GROUP_CHANGE_SUBJECT:
      return { subject: parameter.slice(0, MAX_SUBJECT_LENGTH) };
    case StubType.GROUP_CHANGE_DESCRIPTION:
      return { description: parameter.slice(0, MAX_DESCRIPTION_LENGTH) };
    case StubType.GROUP_CHANGE_ANNOUNCE:
      return { announce: parameter === 'on' };
    case StubType.GROUP_CHANGE_RESTRICT:
      return { restrict: parameter === 'on' };
    case StubType.GROUP_MEMBER_ADD_MODE:
      return { membersMayAdd: parameter === 'all_member_add' };
    case StubType.GROUP_MEMBERSHIP_JOIN_APPROVAL_MODE:
      return { joinApproval: parameter === 'on' };
    case StubType.GROUP_CHANGE_INVITE_LINK:
      return { inviteCode: parameter.slice(0, MAX_SUBJECT_LENGTH) };
    default:
      return { isPictureChanged: stub === StubType.GROUP_CHANGE_ICON };
  }
}

const REQUESTS: Record<string, EventData<'group.join_request'>['action']> = {
  created: 'requested',
  revoked: 'withdrawn',
  rejected: 'rejected',
};

/** Who asks, what of it, and how; as Baileys writes them into a notice. */
function joinRequestOf([who = '', what = '', method]: string[], book: NameBook) {
  const { lid, pn } = JSON.parse(who || '{}') as { lid?: string; pn?: string };
  const participant = partyOf(book, lid, pn);
  return { action: REQUESTS[what] ?? ('requested' as const), participant, method: bounded(method, MAX_METHOD_LENGTH) };
}

/** A member as Baileys writes it into a notice: JSON, or a bare JID. */
function memberOf(text: string, book: NameBook): Party[] {
  try {
    const { id, phoneNumber, lid } = JSON.parse(text) as { id?: string; phoneNumber?: string; lid?: string };
    return [partyOf(book, id, phoneNumber, lid)];
  } catch {
    return text.includes('@') ? [partyOf(book, text)] : [];
  }
}
