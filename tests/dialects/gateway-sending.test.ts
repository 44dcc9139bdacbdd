import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

describe('contacts', () => {
  it('answers what WhatsApp says of a number', async () => {
    const found = { number: '6281234567890', exists: true, jid: JID, name: null, profilePicture: null };
    rig.runner.behave(client.instanceId, 'contact.check', () => ({ state: 'done', output: { results: [found] } }));
    const exists = await client.call('GET', '/api/contacts/my-instance/check-exists?phoneNumber=6281234567890');
    golden.check(exists, 200, { success: true, data: { exists: true, jid: JID } });
    const profile = {
      jid: JID,
      phone: '6281234567890',
      lid: '77',
      name: 'Ann',
      about: 'Hi',
      picture: 'https://x/p',
      business: null,
    };
    rig.runner.behave(client.instanceId, 'contact.profile', () => ({ state: 'done', output: profile }));
    const one = await client.call('GET', '/api/contacts/my-instance?phoneNumber=6281234567890');
    golden.check(one, 200, {
      success: true,
      data: {
        ...{ id: JID, phoneNumber: '6281234567890', lid: '77', name: 'Ann', about: 'Hi', pictureUrl: 'https://x/p' },
        isBusiness: false,
      },
    });
    const about = await client.call('GET', '/api/contacts/my-instance/about?phoneNumber=6281234567890');
    golden.check(about, 200, { success: true, data: { pictureUrl: 'https://x/p', about: 'Hi' } });
  });

  it('saves under the path that the code of the document has', async () => {
    const output = { jid: JID, name: 'Ann Lee' };
    rig.runner.behave(client.instanceId, 'contact.save', () => ({ state: 'done', output }));
    const body = { phone, firstName: 'Ann', fullName: 'Ann Lee' };
    const answer = await client.call('PUT', '/api/contacts/my-instance/update', body);
    const data = { id: JID, name: 'Ann Lee' };
    golden.check(answer, 200, { success: true, data, message: 'Contact updated successfully' });
    expect(client.lastInput()).toEqual({ jid: JID, name: 'Ann Lee', firstName: 'Ann' });
  });

  it('blocks, unblocks and lists', async () => {
    for (const [action, blocked] of [
      ['block', true],
      ['unblock', false],
    ] as const) {
      const output = { jid: JID, blocked };
      rig.runner.behave(client.instanceId, `contact.${action}`, () => ({ state: 'done', output }));
      const answer = await client.call('POST', `/api/contacts/my-instance/${action}`, { phoneNumber: '6281234567890' });
      golden.check(answer, 200, { success: true, data: output, message: `Contact ${action}ed successfully` });
      expect(client.lastInput()).toEqual({ jid: JID });
    }
    const set = { phone: '6281300000001', lid: '1', name: 'Jane Doe', pushName: 'JD' };
    await rig.runner.write(client.account.tenantId, client.instanceId, [{ kind: 'contact', id: 'lid:1', set }]);
    const all = await client.call('GET', '/api/contacts/my-instance/all');
    golden.check(all, 200, {
      ...{ success: true, count: 1, nextCursor: null },
      data: [
        {
          ...{ id: '6281300000001@s.whatsapp.net', phoneNumber: '6281300000001', lid: '1', name: 'Jane Doe' },
          ...{ pushName: 'JD', blocked: false },
        },
      ],
    });
  });
});

it('has a golden pair for every row that it claims', () => expect(golden.missing).toEqual([]));
