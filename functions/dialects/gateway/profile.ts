import * as z from 'zod';
import { OPERATIONS } from '../../../lib/core/catalogue/operations.ts';
import { sendMedia } from '../../../lib/core/usecases/send-media.ts';
import type { Route } from '../dialect.ts';
import { answer, answerOf, done, ok } from './envelope.ts';
import { actionRow } from './rows.ts';

const TAG = 'Profile';
const PATH = '/api/profile/:instanceId';
const { name } = OPERATIONS['profile.setName'].input.shape;
const { about } = OPERATIONS['profile.setAbout'].input.shape;

export const profileRoutes: Route[] = [
  actionRow({
    method: 'GET',
    path: PATH,
    op: 'profile.get',
    tag: TAG,
    toInput: () => ({}),
    response: answer({
      data: z.object({
        id: z.string(),
        phoneNumber: z.string().nullable(),
        lid: z.string().nullable(),
        name: z.string().nullable(),
        status: z.string().nullable().meta({ description: 'The about text' }),
        pictureUrl: z.string().nullable(),
      }),
    }),
    respond: ({ jid, phone, lid, name: shown, about: status, picture }) =>
      ok({ data: { id: jid, phoneNumber: phone, lid, name: shown, status, pictureUrl: picture } }),
  }),
  actionRow({
    method: 'PUT',
    path: `${PATH}/name`,
    op: 'profile.setName',
    tag: TAG,
    body: z.object({ name }),
    toInput: (body) => ({ name: body.name }),
    response: answerOf(z.object({ name: z.string() })),
    respond: (data) => ok({ data, message: 'Profile name updated successfully' }),
  }),
  actionRow({
    method: 'PUT',
    path: `${PATH}/status`,
    op: 'profile.setAbout',
    tag: TAG,
    body: z.object({ status: about }),
    toInput: ({ status }) => ({ about: status }),
    response: answerOf(z.object({ status: z.string() })),
    respond: ({ about: status }) => ok({ data: { status }, message: 'Profile status updated successfully' }),
  }),
  actionRow({
    method: 'PUT',
    path: `${PATH}/picture`,
    op: 'profile.setPicture',
    tag: TAG,
    body: z.object({ image: z.string().min(1).meta({ description: 'An https URL, a data URL, or base64' }) }),
    aliases: { image: ['imageUrl', 'imageBase64'] },
    submit: (ports, { principal, instance, body, idempotency }) =>
      sendMedia(ports, principal, {
        ...{ instance, kind: 'image', operation: 'profile.setPicture', file: body.image, fields: {}, idempotency },
      }),
    response: done,
    respond: () => ok({ message: 'Profile picture updated successfully' }),
  }),
  actionRow({
    method: 'DELETE',
    path: `${PATH}/picture`,
    op: 'profile.removePicture',
    tag: TAG,
    toInput: () => ({}),
    response: done,
    respond: () => ok({ message: 'Profile picture removed successfully' }),
  }),
];
