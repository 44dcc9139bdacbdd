import { proto } from '../../lib/baileys/index.ts';

const { StubType } = proto.WebMessageInfo;

/** Notices about groups that are told as `group.…`. */
const GROUP_STUBS = new Set<proto.WebMessageInfo.StubType>([
  StubType.GROUP_CREATE,
  StubType.GROUP_CHANGE_SUBJECT,
  StubType.GROUP_CHANGE_ICON,
  StubType.GROUP_CHANGE_INVITE_LINK,
  StubType.GROUP_CHANGE_DESCRIPTION,
  StubType.GROUP_CHANGE_RESTRICT,
  StubType.GROUP_CHANGE_ANNOUNCE,
  StubType.GROUP_PARTICIPANT_ADD,
  StubType.GROUP_PARTICIPANT_INVITE,
  StubType.GROUP_PARTICIPANT_ADD_REQUEST_JOIN,
  StubType.GROUP_PARTICIPANT_REMOVE,
  StubType.GROUP_PARTICIPANT_LEAVE,
  StubType.GROUP_PARTICIPANT_PROMOTE,
  StubType.GROUP_PARTICIPANT_DEMOTE,
  StubType.GROUP_MEMBER_ADD_MODE,
  StubType.GROUP_MEMBERSHIP_JOIN_APPROVAL_MODE,
  StubType.GROUP_MEMBERSHIP_JOIN_APPROVAL_REQUEST_NON_ADMIN_ADD,
]);

/** Whether a notice among the messages is told as an event of its group. */
export function isGroupStub(stub: proto.WebMessageInfo.StubType | null | undefined): boolean {
  return stub != null && GROUP_STUBS.has(stub);
}
