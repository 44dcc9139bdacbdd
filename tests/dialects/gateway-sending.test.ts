import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiRig } from '../support/api-rig.ts';
import { GatewayClient, JID, sent } from '../support/gateway-face.ts';
import { GoldenPairs, rowsOf } from '../support/golden.ts';

const phone = '6281234567890';
const [messageId, waId] = ['msg_3EB0C767D71D8A2B5F3E19', '3EB0C767D71D8A2B5F3E19'];
const vcard = 'BEGIN:VCARD\nVERSION:3.0\nFN:John Doe\nTEL:+6281234567890\nEND:VCARD';
const file = 'https://example.com/x';
const golden = new GoldenPairs(rowsOf('gateway', 'gateway-sending'));
let rig: ApiRig;
let client: GatewayClient;
beforeAll(async () => {
  rig = await ApiRig.start();
  client = await GatewayClient.start(rig);
});
afterAll(() => rig.stop());

const status = '/api/status/my-instance';
const send = '/api/message/send';
const to = 'status@broadcast';
const sections = [{ title: 'Section 1', rows: [{ title: 'Option 1', description: 'D', rowId: 'option1' }] }];
const listed = [{ title: 'Section 1', rows: [{ id: 'option1', title: 'Option 1', description: 'D' }] }];
const party = { name: 'Party', description: 'Come!', startTime: '2025-12-25T18:00:00.000Z' };
const url = 'https://example.com';
it.each([
  [
    `${send}/link-preview`,
    { url, title: 'Example Website', description: 'An example', image: file },
    'message.sendLink',
    { url, title: 'Example Website', description: 'An example', media: { url: file } },
    sent('Link preview sent successfully'),
  ],
  [
    `${send}/link-preview`,
    { url, text: 'See https://example.com', thumbnailUrl: file },
    'message.sendLink',
    { url, title: 'example.com', text: 'See https://example.com', media: { url: file } },
    sent('Link preview sent successfully'),
  ],
  [
    `${send}/list`,
    { title: 'Choose an option', buttonText: 'View Options', sections },
    'message.sendList',
    { text: 'Choose an option', buttonText: 'View Options', sections: listed },
    sent('List sent successfully'),
  ],
  [
    `${send}/list`,
    { title: 'Menu', text: 'Choose', sections },
    'message.sendList',
    { title: 'Menu', text: 'Choose', sections: listed },
    sent('List sent successfully'),
  ],
  [
    `${send}/buttons`,
    {
      text: 'Choose an action',
      buttons: [
        { buttonId: 'b1', buttonText: 'Button 1' },
        { buttonId: 'b2', buttonText: { displayText: 'Button 2' } },
      ],
    },
    'message.sendButtons',
    {
      text: 'Choose an action',
      buttons: [
        { id: 'b1', text: 'Button 1' },
        { id: 'b2', text: 'Button 2' },
      ],
    },
    sent('Buttons sent successfully'),
  ],
  [
    `${send}/poll`,
    { question: 'Colour?', options: ['Red', 'Blue'], selectableCount: 1 },
    'message.sendPoll',
    { question: 'Colour?', options: ['Red', 'Blue'], maxChoices: 1 },
    sent('Poll sent successfully'),
  ],
  [
    `${send}/poll`,
    { question: 'Colour?', options: ['Red', 'Blue'], multipleAnswers: true },
    'message.sendPoll',
    { maxChoices: 0 },
    sent('Poll sent successfully'),
  ],
  [
    `${send}/contact`,
    { contacts: [{ displayName: 'John Doe', vcard }] },
    'message.sendContacts',
    { contacts: [{ name: 'John Doe', vcard }] },
    sent('Contact sent successfully'),
  ],
  [
    `${send}/contact`,
    { contactName: 'John Doe', contactNumber: '+62 812-3456-7890', organization: 'Acme' },
    'message.sendContacts',
    { contacts: [{ name: 'John Doe', phone, organization: 'Acme' }] },
    sent('Contact sent successfully'),
  ],
  [
    `${send}/voice`,
    { audio: file },
    'message.sendVoice',
    { media: { url: file } },
    sent('Voice note sent successfully'),
  ],
  [
    '/api/message/forward',
    { messageId, fromChatId: JID },
    'message.forward',
    { messageId: waId },
    sent('Message forwarded successfully'),
  ],
  [
    '/api/events/my-instance',
    { ...party, event: 'birthday', location: 'My House', endTime: '2025-12-25T23:00:00.000Z' },
    'message.sendEvent',
    {
      ...{ name: 'Party', description: 'Come!', location: { name: 'My House' } },
      ...{ startAt: party.startTime, endAt: '2025-12-25T23:00:00.000Z' },
    },
    sent('Event sent successfully'),
  ],
  [
    `${status}/text`,
    { text: 'My status', backgroundColor: '#25D366', font: 1 },
    'status.sendText',
    { text: 'My status', backgroundColor: '#25D366', font: 1 },
    sent('Text status sent successfully', to),
  ],
  [
    `${status}/image`,
    { image: file, caption: 'c' },
    'status.sendImage',
    { media: { url: file }, caption: 'c' },
    sent('Image status sent successfully', to),
  ],
  [
    `${status}/voice`,
    { audioUrl: file },
    'status.sendVoice',
    { media: { url: file } },
    sent('Voice status sent successfully', to),
  ],
  [
    `${status}/video`,
    { video: file, caption: 'c' },
    'status.sendVideo',
    { media: { url: file }, caption: 'c' },
    sent('Video status sent successfully', to),
  ],
])('%s %j', async (path, body, operation, input, said) => {
  const answer = await client.call('POST', path, path.startsWith(status) ? body : { to: JID, ...body });
  golden.check(answer, 200, said);
  expect(rig.runner.seen.at(-1)?.operation).toBe(operation);
  expect(client.lastInput()).toMatchObject(input);
});

it('has a golden pair for every row that it claims', () => expect(golden.missing).toEqual([]));
