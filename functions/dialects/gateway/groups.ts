import * as z from 'zod';
import { groupFields, MAX_TEXT_LENGTH, type OperationOutput } from '../../../lib/core/catalogue/operations.ts';
import { jidOfParty, userJid } from '../../../lib/core/model/phone.ts';
import { sendMedia } from '../../../lib/core/usecases/send-media.ts';
import type { Method, Route } from '../dialect.ts';
import { answer, answerOf, ok } from './envelope.ts';
import { actionRow, sendRow } from './rows.ts';

const TAG = 'Groups';
const PATH = '/api/groups/:instanceId';
const GROUP = `${PATH}/:groupId`;

const memberShape = z.object({ id: z.string(), admin: z.enum(['admin', 'superadmin']).nullable() });
const groupShape = z.object({
  id: z.string(),
  subject: z.string(),
  owner: z.string().nullable(),
  size: z.number().int(),
  creation: z.string().nullable(),
  announce: z.boolean(),
  restrict: z.boolean(),
  ephemeralDuration: z.number().int(),
});
const detailShape = groupShape.extend({ desc: z.string().nullable(), participants: z.array(memberShape) });
const changes = z.object({
  groupId: z.string(),
  results: z.array(z.object({ id: z.string(), status: z.string(), code: z.number().int() })),
});
const invite = z.object({ inviteCode: z.string(), inviteUrl: z.string() });
const people = z.object({ participants: groupFields.someParticipants });
const ofGroup = (_body: unknown, { groupId }: Record<string, string>) => ({ groupId });
const groupData = answerOf(z.object({ groupId: z.string() }));

type Summary = OperationOutput<'group.list'>['groups'][number];
type Detail = OperationOutput<'group.get'>;

function groupView({ groupId, subject, owner, size, createdAt, announcement, locked, ephemeralSeconds }: Summary) {
  return {
    ...{ id: groupId, subject, owner: owner && jidOfParty(owner), size, creation: createdAt },
    ...{ announce: announcement, restrict: locked, ephemeralDuration: ephemeralSeconds },
  };
}

function membersOf({ participants }: Detail) {
  return participants.map(({ jid, phone, role }) => ({
    id: phone === null ? jid : userJid(phone),
    admin: role === 'member' ? null : role,
  }));
}

function detailView(group: Detail) {
  return { ...groupView(group), desc: group.description, participants: membersOf(group) };
}

/** What became of each of several people. */
function changeRow(row: {
  method: Method;
  action: string;
  op: `group.${'add' | 'remove' | 'promote' | 'demote'}Participants`;
  message: string;
}): Route {
  return actionRow({
    method: row.method,
    path: `${GROUP}/${row.action}`,
    op: row.op,
    tag: TAG,
    body: people,
    toInput: ({ participants }: z.output<typeof people>, { groupId }) => ({ groupId, participants }),
    response: answerOf(changes),
    respond: ({ groupId, results }) => {
      const shown = results.map(({ jid, status, code }) => ({ id: jid, status, code }));
      return ok({ data: { groupId, results: shown }, message: row.message });
    },
  });
}

export const groupRoutes: Route[] = [
  actionRow({
    method: 'GET',
    path: PATH,
    op: 'group.list',
    tag: TAG,
    toInput: () => ({ limit: 500 }),
    response: answer({ data: z.array(groupShape), count: z.number().int() }),
    respond: ({ groups }) => ok({ data: groups.map(groupView), count: groups.length }),
  }),
  actionRow({
    path: PATH,
    op: 'group.create',
    tag: TAG,
    status: 201,
    body: z.object({
      name: groupFields.subject,
      participants: groupFields.participants.default([]),
      description: groupFields.description.optional(),
    }),
    aliases: { name: ['subject'] },
    toInput: ({ name: subject, participants, description }) => ({ subject, participants, description }),
    response: answerOf(detailShape),
    respond: ({ group }) => ok({ data: detailView(group), message: 'Group created successfully' }),
  }),
  ...(['accept-invite', 'join'] as const).map((action) =>
    actionRow({
      path: `${PATH}/${action}`,
      op: 'group.acceptInvite',
      tag: TAG,
      body: z.object({ inviteCode: groupFields.inviteCode }),
      aliases: { inviteCode: ['code', 'inviteUrl'] },
      toInput: ({ inviteCode }) => ({ inviteCode }),
      response: answerOf(z.object({ groupId: z.string(), status: z.string() })),
      respond: ({ groupId, status }) => ok({ data: { groupId, status }, message: 'Invite accepted successfully' }),
    }),
  ),
  actionRow({
    method: 'GET',
    path: `${PATH}/join-info`,
    op: 'group.inviteInfo',
    tag: TAG,
    query: z.object({ code: groupFields.inviteCode }),
    toInput: (_body, _params, { code: inviteCode }) => ({ inviteCode }),
    response: answer({ data: groupShape }),
    respond: (group) => ok({ data: groupView(group) }),
  }),
  actionRow({
    method: 'GET',
    path: `${PATH}/count`,
    op: 'group.list',
    tag: TAG,
    summary: 'How many groups the instance is in',
    toInput: () => ({ limit: 1 }),
    response: answer({ count: z.number().int() }),
    respond: ({ total }) => ok({ count: total }),
  }),
  actionRow({
    method: 'GET',
    path: GROUP,
    op: 'group.get',
    tag: TAG,
    toInput: ofGroup,
    response: answer({ data: detailShape }),
    respond: (group) => ok({ data: detailView(group) }),
  }),
  ...(['name', 'subject'] as const).map((field) =>
    actionRow({
      method: 'PUT',
      path: `${GROUP}/${field}`,
      op: 'group.setSubject',
      tag: TAG,
      body: z.object({ [field]: groupFields.subject }),
      aliases: { [field]: [field === 'name' ? 'subject' : 'name'] },
      toInput: (body: Record<string, string>, { groupId }) => ({ groupId, subject: body[field] }),
      response: answerOf(z.object({ groupId: z.string(), subject: z.string() })),
      respond: ({ groupId, subject }) =>
        ok({ data: { groupId, subject }, message: `Group ${field} updated successfully` }),
    }),
  ),
  actionRow({
    method: 'PUT',
    path: `${GROUP}/description`,
    op: 'group.setDescription',
    tag: TAG,
    body: z.object({ description: groupFields.description }),
    toInput: ({ description }, { groupId }) => ({ groupId, description }),
    response: answerOf(z.object({ groupId: z.string(), description: z.string() })),
    respond: ({ groupId, description }) =>
      ok({ data: { groupId, description }, message: 'Group description updated successfully' }),
  }),
  // The paths of the document, and those of its server's code.
  ...(
    [
      ['POST', 'participants', 'add', 'added'],
      ['POST', 'participants/add', 'add', 'added'],
      ['DELETE', 'participants', 'remove', 'removed'],
      ['POST', 'participants/remove', 'remove', 'removed'],
      ['POST', 'promote', 'promote', 'promoted'],
      ['POST', 'admin/promote', 'promote', 'promoted'],
      ['POST', 'demote', 'demote', 'demoted'],
      ['POST', 'admin/demote', 'demote', 'demoted'],
    ] as const
  ).map(([method, action, verb, done]) =>
    changeRow({ method, action, op: `group.${verb}Participants`, message: `Participants ${done} successfully` }),
  ),
  actionRow({
    method: 'GET',
    path: `${GROUP}/participants`,
    op: 'group.get',
    tag: TAG,
    summary: 'The members of a group',
    toInput: ofGroup,
    response: answer({ data: z.array(memberShape), count: z.number().int() }),
    respond: (group) => ok({ data: membersOf(group), count: group.participants.length }),
  }),
  actionRow({
    method: 'PUT',
    path: `${GROUP}/settings`,
    op: 'group.updateSettings',
    tag: TAG,
    body: z.object({
      announcement: z.boolean().optional(),
      locked: z.boolean().optional(),
      ephemeral: groupFields.ephemeralSeconds.optional(),
    }),
    aliases: { announcement: ['announce'], locked: ['restrict'] },
    toInput: ({ announcement, locked, ephemeral }, { groupId }) => ({
      groupId,
      ...(announcement !== undefined && { announcement }),
      ...(locked !== undefined && { locked }),
      ...(ephemeral !== undefined && { ephemeralSeconds: ephemeral }),
    }),
    response: answerOf(z.object({ groupId: z.string(), applied: z.array(z.string()) })),
    respond: ({ groupId, applied }) =>
      ok({ data: { groupId, applied }, message: 'Group settings updated successfully' }),
  }),
  ...(
    [
      ['info-admin-only', 'restrict', 'locked'],
      ['messages-admin-only', 'announce', 'announcement'],
    ] as const
  ).map(([setting, field, name]) =>
    actionRow({
      method: 'PUT',
      path: `${GROUP}/settings/security/${setting}`,
      op: 'group.updateSettings',
      tag: TAG,
      body: z.object({ [field]: z.boolean() }),
      toInput: (body: Record<string, boolean>, { groupId }) => ({ groupId, [name]: body[field] }),
      response: answerOf(z.object({ groupId: z.string(), [field]: z.boolean() })),
      respond: ({ groupId }, { body }) =>
        ok({ data: { groupId, [field]: body[field] }, message: 'Group settings updated successfully' }),
    }),
  ),
  actionRow({
    method: 'PUT',
    path: `${GROUP}/picture`,
    op: 'group.setPicture',
    tag: TAG,
    body: z.object({ image: z.string().min(1).meta({ description: 'An https URL, a data URL, or base64' }) }),
    aliases: { image: ['imageUrl', 'imageBase64'] },
    submit: (ports, { principal, instance, params, body, idempotency }) =>
      sendMedia(ports, principal, {
        ...{ instance, kind: 'image', operation: 'group.setPicture', file: body.image, idempotency },
        fields: { groupId: (params as Record<string, string>).groupId },
      }),
    response: groupData,
    respond: ({ groupId }) => ok({ data: { groupId }, message: 'Group picture updated successfully' }),
  }),
  actionRow({
    method: 'DELETE',
    path: `${GROUP}/picture`,
    op: 'group.removePicture',
    tag: TAG,
    toInput: ofGroup,
    response: groupData,
    respond: ({ groupId }) => ok({ data: { groupId }, message: 'Group picture deleted successfully' }),
  }),
  actionRow({
    path: `${GROUP}/leave`,
    op: 'group.leave',
    tag: TAG,
    toInput: ofGroup,
    response: groupData,
    respond: ({ groupId }) => ok({ data: { groupId }, message: 'Left group successfully' }),
  }),
  actionRow({
    method: 'GET',
    path: `${GROUP}/invite-code`,
    op: 'group.inviteCode',
    tag: TAG,
    toInput: ofGroup,
    response: answer({ data: invite }),
    respond: ({ inviteCode, inviteUrl }) => ok({ data: { inviteCode, inviteUrl } }),
  }),
  ...(['revoke-invite', 'invite-code/revoke'] as const).map((action) =>
    actionRow({
      path: `${GROUP}/${action}`,
      op: 'group.revokeInvite',
      tag: TAG,
      toInput: ofGroup,
      response: answerOf(invite),
      respond: ({ inviteCode, inviteUrl }) =>
        ok({ data: { inviteCode, inviteUrl }, message: 'Invite code revoked successfully' }),
    }),
  ),
  sendRow({
    path: `${GROUP}/message`,
    op: 'group.sendText',
    tag: TAG,
    message: 'Message sent successfully',
    body: z.object({
      message: z.string().min(1).max(MAX_TEXT_LENGTH),
      mentionAll: z.boolean().optional().meta({ description: 'Notify every member' }),
    }),
    aliases: { message: ['text'] },
    toInput: ({ message: text, mentionAll }, { groupId: to }) => ({ to, text, ...(mentionAll && { mentionAll }) }),
  }),
];
