import { afterAll, beforeAll, expect, it } from 'vitest';
import { proto } from '../../lib/baileys/index.ts';
import { freshNumber } from '../support/client.ts';
import { type FamilyInstance, familyInstance, sandboxOf, until } from '../support/families.ts';
import { TestGateway } from '../support/gateway.ts';
import { mp4, opus, png } from '../support/sample-files.ts';

const { Type } = proto.Message.ProtocolMessage;
const STATUS = 'status@broadcast';

let gateway: TestGateway;
let instance: FamilyInstance;

beforeAll(async () => {
  gateway = await TestGateway.start();
  instance = await familyInstance(gateway, ['status:send', 'message:read']);
});
afterAll(() => gateway?.stop());

/** The statuses that a phone shows, oldest first. */
const statuses = async (number: string) =>
  (await sandboxOf(gateway).phone(number).messages()).filter(({ from }) => from === STATUS);
const shown = (number: string, id: string) =>
  until(async () => (await statuses(number)).find((message) => `msg_${message.id}` === id));

it('reaches its audience and nobody else, with its colours; receipts say that it was seen', async () => {
  const [ann, bob] = [freshNumber(), freshNumber()];
  const { messageId, status } = await instance.ok('POST', '/status/text', {
    ...{ text: 'Open until six', backgroundColor: '#25D366', font: 1, audience: [ann] },
  });
  expect(status).toBe('SENT');
  const { message, author } = await shown(ann, messageId);
  expect(author).toBe(`${instance.phone}@s.whatsapp.net`);
  expect(message.extendedTextMessage).toMatchObject({
    ...{ text: 'Open until six', backgroundArgb: 0xff25d366, font: 1 },
  });
  await shown(instance.phone, messageId);
  const row = await instance.key.until(`/api/messages/${messageId}`, ({ body }) => body.data.status === 'READ');
  expect(row.body.data).toMatchObject({ type: 'text', text: 'Open until six', status: 'READ' });
  expect(await statuses(bob)).toEqual([]);
});

it('goes to everybody whom the instance knows, and is taken back from all of them', async () => {
  const refused = await instance.call('POST', '/status/text', { text: 'Anybody?' });
  expect([refused.status, refused.body.details?.reason]).toEqual([409, 'NO_AUDIENCE']);
  const people = [freshNumber(), freshNumber()];
  for (const number of people) {
    await gateway.person(number).writes(instance.phone, 'hello');
    await instance.key.until(`/api/messages?phone=${number}`, ({ body }) => body.data.messages.length === 1);
  }
  const { messageId } = await instance.ok('POST', '/status/text', { text: 'Closed today' });
  for (const number of people) await shown(number, messageId);

  const revoked = await instance.ok('DELETE', `/status/${messageId}`);
  expect(revoked).toEqual({ messageId, revokedAtMs: expect.any(Number) });
  for (const number of people) {
    const order = await until(async () =>
      (await statuses(number)).find(({ message }) => message.protocolMessage?.type === Type.REVOKE),
    );
    expect(`msg_${order.message.protocolMessage?.key?.id}`).toBe(messageId);
    expect(order.attrs.edit).toBe('7');
  }
  expect((await instance.key.get(`/api/messages/${messageId}`)).body.data.revokedAt).toEqual(expect.any(String));
  const none = await instance.call('DELETE', '/status/msg_3EB0C767D71D8A2B5F3E19');
  expect(none.status).toBe(404);
});

it('bears the id that was asked for before, once', async () => {
  const ann = freshNumber();
  const { messageId: statusId } = await instance.ok('GET', '/status/new-message-id');
  const body = { text: 'By its id', audience: [ann], statusId };
  expect((await instance.ok('POST', '/status/text', body)).messageId).toBe(statusId);
  await shown(ann, statusId);
  expect((await instance.call('POST', '/status/text', body)).body.error).toBe('RESOURCE_ALREADY_EXISTS');
  expect((await instance.call('POST', '/status/text', { ...body, statusId: 'msg_x' })).status).toBe(400);
});

it('shows pictures, videos and voice notes', async () => {
  const ann = freshNumber();
  const picture = png();
  const image = await instance.ok('POST', '/status/image', {
    ...{ image: picture.toString('base64'), caption: 'Look', audience: [ann] },
  });
  const seen = await shown(ann, image.messageId);
  expect(seen).toMatchObject({ type: 'image', text: 'Look' });
  expect(sandboxOf(gateway).phone(ann).openMedia(seen).equals(picture)).toBe(true);
  const [film, voice] = [mp4(), opus()];
  const video = await instance.ok('POST', '/status/video', {
    ...{ video: film.toString('base64'), caption: 'Our shop', audience: [ann] },
  });
  const watched = await shown(ann, video.messageId);
  expect(watched).toMatchObject({ type: 'video', text: 'Our shop' });
  expect(sandboxOf(gateway).phone(ann).openMedia(watched).equals(film)).toBe(true);
  const spoken = await instance.ok('POST', '/status/voice', {
    ...{ audio: voice.toString('base64'), backgroundColor: '#128C7E', audience: [ann] },
  });
  const heard = await shown(ann, spoken.messageId);
  expect(heard.message.audioMessage).toMatchObject({ ptt: true, backgroundArgb: 0xff128c7e });
  expect(sandboxOf(gateway).phone(ann).openMedia(heard).equals(voice)).toBe(true);
  expect((await instance.call('POST', '/status/image', { image: 'aGVsbG8=', audience: [ann] })).status).toBe(400);
});
