import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import type { EventData, EventName } from '../../lib/core/catalogue/events.ts';
import { type Answer, freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { adaptersOf, eventTold, forgetContent } from '../support/event-log.ts';
import { TestGateway } from '../support/gateway.ts';
import { control, type Person, type SeenMessage } from '../support/person.ts';
import { png } from '../support/sample-files.ts';

let gateway: TestGateway;
let instance: LinkedInstance;
let contact: Person;
let adapters: Adapters;
let instanceId: string;

beforeAll(async () => {
  gateway = await TestGateway.start();
  instance = await linkInstance(await register(gateway.url));
  adapters = adaptersOf(gateway.dataDir);
  instanceId = (await instance.user.must('GET', `/api/instances/${instance.name}`)).body.data.id as string;
});
afterAll(async () => {
  adapters?.close();
  await gateway?.stop();
});
beforeEach(() => {
  contact = gateway.person(freshNumber());
});

const post = (path: string, body: object): Promise<Answer> => instance.key.post(`/api/messages/${path}`, body);

async function send(path: string, body: object): Promise<string> {
  const answer = await post(path, { to: contact.number, ...body });
  expect([answer.status, answer.body.data?.status, answer.body.message]).toEqual([201, 'SENT', undefined]);
  return answer.body.data.messageId as string;
}

/** What the contact's phone shows of a message. */
async function shown(messageId: string): Promise<SeenMessage> {
  const [message] = await contact.sees(({ id }) => id === messageId.slice(4));
  return message as SeenMessage;
}

/** What the contact writes, as the gateway has stored it. */
async function receives(text: string): Promise<string> {
  const id = `msg_${await contact.writes(instance.phone, text)}`;
  await instance.key.until(`/api/messages/${id}`, ({ status }) => status === 200);
  return id;
}

async function acts(answer: Promise<Answer>, data: object): Promise<void> {
  const { status, body } = await answer;
  expect({ status, data: body.data, error: body.message }).toMatchObject({ status: 200, data });
}

/** What the contact's phone shows next of a type. */
async function next(type: string): Promise<SeenMessage> {
  const [message] = await contact.sees((each) => each.type === type);
  return message as SeenMessage;
}

const told = <N extends EventName>(type: N, likes: (data: EventData<N>) => boolean) =>
  eventTold(adapters, instanceId, type, likes);

describe('what a message may have beside its content', () => {
  it('quotes a message that came, and one of our own', async () => {
    const theirs = await receives('When do you open?');
    const first = await shown(await send('text', { text: 'At nine', quotedMessageId: theirs }));
    expect(first.content.extendedTextMessage).toMatchObject({
      text: 'At nine',
      contextInfo: { stanzaId: theirs.slice(4), quotedMessage: { conversation: 'When do you open?' } },
    });
    const second = await shown(
      await send('poll', { question: 'Ok?', options: ['a', 'b'], quotedMessageId: `msg_${first.id}` }),
    );
    expect(second.content.pollCreationMessageV3).toMatchObject({
      contextInfo: { stanzaId: first.id, quotedMessage: { extendedTextMessage: { text: 'At nine' } } },
    });
  });

  it('mentions people, and disappears', async () => {
    const text = `Hello @${contact.number}`;
    const message = await shown(await send('text', { text, mentions: [contact.number], ephemeralSeconds: 86_400 }));
    expect(message.content.extendedTextMessage).toMatchObject({
      contextInfo: { mentionedJid: [`${contact.number}@s.whatsapp.net`], expiration: 86_400 },
    });
  });

  it('says what it refers to is not there', async () => {
    const gone = await post('text', { to: contact.number, text: 'x', quotedMessageId: 'msg_3EB0C767D71D8A2B5F3E19' });
    expect([gone.status, gone.body.error]).toEqual([404, 'RESOURCE_NOT_FOUND']);
    const all = await post('text', { to: contact.number, text: 'x', mentionAll: true });
    expect([all.status, all.body.error]).toEqual([400, 'VALIDATION_ERROR']);
  });
});

describe('kinds of messages', () => {
  it('live location', async () => {
    const place = {
      latitude: -6.2,
      longitude: 106.8,
      accuracyMeters: 12,
      speedMps: 1.5,
      headingDegrees: 90,
      sequence: 3,
    };
    const { content } = await shown(await send('live-location', { ...place, caption: 'On my way' }));
    expect(content.liveLocationMessage).toMatchObject({
      ...{ degreesLatitude: -6.2, degreesLongitude: 106.8, accuracyInMeters: 12, speedInMps: 1.5 },
      ...{ degreesClockwiseFromMagneticNorth: 90, sequenceNumber: '3', caption: 'On my way' },
    });
  });

  it("several contact cards, some of the caller's own", async () => {
    const vcard = 'BEGIN:VCARD\nVERSION:3.0\nFN:Own\nEND:VCARD';
    const contacts = [
      { name: 'Jane', phone: '+62 812-3456-7890', organization: 'Shop, Ltd' },
      { name: 'Own', vcard },
    ];
    const { content } = await shown(await send('contacts', { contacts }));
    expect(content.contactsArrayMessage).toMatchObject({
      contacts: [
        { displayName: 'Jane', vcard: expect.stringContaining('ORG:Shop\\, Ltd;') },
        { displayName: 'Own', vcard },
      ],
    });
  });

  it("a link with a preview of the caller's own words", async () => {
    const link = { url: 'https://example.com/a', title: 'Our shop', description: 'Open all day' };
    const { content } = await shown(await send('link', { ...link, text: 'See https://example.com/a' }));
    expect(content.extendedTextMessage).toMatchObject({
      ...{ text: 'See https://example.com/a', matchedText: link.url, title: 'Our shop', description: 'Open all day' },
    });
  });

  it('an event for the calendar', async () => {
    const event = {
      name: 'Lunch',
      description: 'All of us',
      startAt: '2026-05-01T12:00:00+02:00',
      endAt: '2026-05-01T11:00:00Z',
    };
    const location = { name: 'Kantin', latitude: 1, longitude: 2 };
    const { content } = await shown(await send('event', { ...event, location, guestsMayBring: true }));
    expect(content.eventMessage).toMatchObject({
      ...{ name: 'Lunch', description: 'All of us', startTime: '1777629600', endTime: '1777633200' },
      ...{ location: { name: 'Kantin', degreesLatitude: 1 }, extraGuestsAllowed: true },
    });
  });

  it('an event with a link to a call, and one that is called off', async () => {
    const event = { name: 'Call us', startAt: '2026-05-01T12:00:00Z' };
    const address = { address: '1 Main Street', latitude: -6.2, longitude: 106.8 };
    for (const [callLink, start] of [
      ['audio', 'https://call.whatsapp.com/voice/'],
      ['video', 'https://call.whatsapp.com/video/'],
    ] as const) {
      const { content } = await shown(await send('event', { ...event, callLink }));
      expect((content.eventMessage as { joinLink: string }).joinLink).toMatch(new RegExp(`^${start}.+`));
    }
    const { content } = await shown(await send('event', { ...event, location: address, canceled: true }));
    expect(content.eventMessage).toMatchObject({
      isCanceled: true,
      location: { address: '1 Main Street', degreesLatitude: -6.2, degreesLongitude: 106.8 },
    });
  });

  it('a poll of which any number of options can be chosen', async () => {
    const options = ['a', 'b', 'c'];
    const { content } = await shown(await send('poll', { question: 'Which?', options, maxChoices: 0 }));
    const { name, options: shownOptions, selectableOptionsCount = 0 } = content.pollCreationMessage as ShownPoll;
    expect([name, shownOptions.map(({ optionName }) => optionName), selectableOptionsCount]).toEqual([
      ...['Which?', options, 0],
    ]);
    const tooMany = await post('poll', { to: contact.number, question: 'Which?', options, maxChoices: 4 });
    expect([tooMany.status, tooMany.body.details?.[0]?.path]).toEqual([400, 'maxChoices']);
  });

  it('a forwarded message, whatever it is', async () => {
    const theirs = await receives('Forward me');
    const id = await send('forward', { messageId: theirs });
    const { content } = await shown(id);
    expect(content.extendedTextMessage).toMatchObject({ text: 'Forward me', contextInfo: { isForwarded: true } });
    const stored = await instance.key.get(`/api/messages/${id}`);
    expect(stored.body.data).toMatchObject({ type: 'text', text: 'Forward me' });
    const place = await send('location', { latitude: 3, longitude: 4 });
    const again = await shown(await send('forward', { messageId: place }));
    expect(again.content.locationMessage).toMatchObject({ degreesLatitude: 3, contextInfo: { isForwarded: true } });
  });
});

interface ShownPoll {
  name: string;
  options: { optionName: string }[];
  selectableOptionsCount?: number;
}

describe('a poll', () => {
  it('is voted in, and the votes are told', async () => {
    const other = await linkInstance(await register(gateway.url));
    const id = await send('poll', { to: other.phone, question: 'Tea?', options: ['yes', 'no', 'both'], maxChoices: 2 });
    await other.key.until(`/api/messages/${id}`, ({ status }) => status === 200);
    const answer = await other.key.post(`/api/messages/${id}/vote`, { options: ['yes', 'both'] });
    expect([answer.status, answer.body.data?.options]).toEqual([200, ['yes', 'both']]);
    const vote = await told('poll.vote', ({ messageId }) => messageId === id);
    expect(vote.data.options).toEqual(['yes', 'both']);
    const strange = await other.key.post(`/api/messages/${id}/vote`, { options: ['perhaps'] });
    expect([strange.status, strange.body.error]).toEqual([400, 'VALIDATION_ERROR']);
    const many = await other.key.post(`/api/messages/${id}/vote`, { options: ['yes', 'no', 'both'] });
    expect(many.body.error).toBe('VALIDATION_ERROR');
  });
});

describe('what is done to a message', () => {
  it('reaction, and taking it away', async () => {
    const theirs = await receives('Good news');
    await acts(instance.key.post(`/api/messages/${theirs}/reaction`, { emoji: '👍' }), {
      messageId: theirs,
      emoji: '👍',
    });
    const first = await next('reaction');
    expect(first.content.reactionMessage).toMatchObject({ text: '👍', key: { id: theirs.slice(4), fromMe: false } });
    await acts(instance.key.post(`/api/messages/${theirs}/reaction`, { emoji: '' }), { emoji: null });
    const [, second] = await contact.sees(({ type }) => type === 'reaction', 2);
    expect(second?.content.reactionMessage).toMatchObject({ text: '' });
  });

  it('edit of a text and of a caption', async () => {
    const id = await send('text', { text: 'Helo' });
    await acts(instance.key.call('PATCH', `/api/messages/${id}`, { text: 'Hello' }), { messageId: id, text: 'Hello' });
    const edited = await next('protocol');
    expect(edited.content.protocolMessage).toMatchObject({
      ...{ type: 'MESSAGE_EDIT', key: { id: id.slice(4) } },
      editedMessage: { extendedTextMessage: { text: 'Hello' } },
    });
    expect((await instance.key.get(`/api/messages/${id}`)).body.data).toMatchObject({ text: 'Hello' });
    const picture = await send('image', { image: png().toString('base64'), caption: 'Lok' });
    await instance.key.must('PATCH', `/api/messages/${picture}`, { text: 'Look' });
    const [, captioned] = await contact.sees(({ type }) => type === 'protocol', 2);
    expect(captioned?.content.protocolMessage).toMatchObject({
      ...{ type: 'MESSAGE_EDIT', key: { id: picture.slice(4) } },
      editedMessage: { imageMessage: { caption: 'Look', mimetype: 'image/png' } },
    });
    const place = await send('location', { latitude: 1, longitude: 2 });
    const wordless = await instance.key.call('PATCH', `/api/messages/${place}`, { text: 'x' });
    expect([wordless.status, wordless.body.error]).toEqual([409, 'INVALID_STATE']);
    const theirs = await receives('mine');
    const other = await instance.key.call('PATCH', `/api/messages/${theirs}`, { text: 'x' });
    expect([other.status, other.body.error]).toEqual([409, 'INVALID_STATE']);
  });

  it('delete for everyone, and for me only', async () => {
    const id = await send('text', { text: 'Oops' });
    await acts(instance.key.call('DELETE', `/api/messages/${id}`), { messageId: id, for: 'everyone' });
    const gone = await next('protocol');
    expect(gone.content.protocolMessage).toMatchObject({ type: 'REVOKE', key: { id: id.slice(4) } });
    expect((await instance.key.get(`/api/messages/${id}`)).body.data.revokedAt).not.toBeNull();
    const theirs = await receives('keep me');
    const refused = await instance.key.call('DELETE', `/api/messages/${theirs}`);
    expect(refused.body.error).toBe('INVALID_STATE');
    await acts(instance.key.call('DELETE', `/api/messages/${theirs}?for=me`), { for: 'me' });
    await send('text', { text: 'last' });
    const seen = await contact.messages();
    expect(seen.filter(({ type }) => type === 'protocol')).toHaveLength(1);
  });

  it('pin and star', async () => {
    const id = await send('text', { text: 'Address' });
    await acts(instance.key.post(`/api/messages/${id}/pin`, { seconds: 86_400 }), { pinned: true });
    const pinned = await next('pinInChat');
    expect(pinned.content).toMatchObject({
      pinInChatMessage: { key: { id: id.slice(4) }, type: 'PIN_FOR_ALL' },
      messageContextInfo: { messageAddOnDurationInSecs: 86_400 },
    });
    await acts(instance.key.post(`/api/messages/${id}/pin`, { pin: false }), { pinned: false });
    const [, off] = await contact.sees(({ type }) => type === 'pinInChat', 2);
    expect(off?.content.pinInChatMessage).toMatchObject({ key: { id: id.slice(4) }, type: 'UNPIN_FOR_ALL' });
    await acts(instance.key.post(`/api/messages/${id}/star`, {}), { starred: true });
    await acts(instance.key.post(`/api/messages/${id}/star`, { star: false }), { starred: false });
  });

  it('tells no receipts of what is done to messages', async () => {
    const id = await send('text', { text: 'x' });
    await acts(instance.key.post(`/api/messages/${id}/reaction`, { emoji: '!' }), {});
    const reaction = await next('reaction');
    const last = await send('text', { text: 'after' });
    await told('message.read', ({ messageId }) => messageId === last);
    const listed = (await instance.key.get('/api/messages?per_page=100')).body.data.messages as { messageId: string }[];
    expect(listed.map(({ messageId }) => messageId)).not.toContain(`msg_${reaction.id}`);
    await expect(instance.key.get(`/api/messages/msg_${reaction.id}`)).resolves.toMatchObject({ status: 404 });
  });
});

describe('what is done in a chat', () => {
  it('typing and recording stop by themselves', async () => {
    await acts(post('typing', { chat: contact.number, state: 'recording', seconds: 1 }), { state: 'recording' });
    await expect.poll(() => contact.states(), { timeout: 20_000 }).toEqual(['recording', 'paused']);
    await acts(post('typing', { chat: contact.number, seconds: 30 }), { state: 'typing' });
    await acts(post('typing', { chat: contact.number, state: 'stopped' }), { state: 'stopped' });
    await expect
      .poll(() => contact.states(), { timeout: 20_000 })
      .toEqual(['recording', 'paused', 'composing', 'paused']);
  });

  it('new messages disappear after a time', async () => {
    await acts(post('disappearing', { chat: contact.number, seconds: 604_800 }), { seconds: 604_800 });
    const set = await contact.sees(({ content }) => JSON.stringify(content).includes('EPHEMERAL_SETTING'));
    expect(JSON.stringify(set[0]?.content)).toContain('604800');
  });

  it('new messages of a group disappear after a time', async () => {
    const at = `/api/instances/${instance.name}/groups`;
    const made = await instance.user.must('POST', at, { subject: 'Brief', participants: [contact.number] });
    const chat = made.body.data.group.groupId as string;
    await acts(post('disappearing', { chat, seconds: 86_400 }), { chat, seconds: 86_400 });
    expect((await instance.user.must('GET', `${at}/${chat}`)).body.data.ephemeralSeconds).toBe(86_400);
  });
});

describe('lists and buttons', () => {
  const sections = [
    {
      title: 'Tea',
      rows: [
        { id: 'green', title: 'Green', description: 'light' },
        { id: 'black', title: 'Black' },
      ],
    },
    { rows: [{ id: 'none', title: 'Nothing' }] },
  ];

  it('are numbered texts by default, whose number is a choice', async () => {
    const id = await send('list', { title: 'Menu', text: 'What would you like?', footer: 'Until noon', sections });
    const { text } = await shown(id);
    expect(text).toBe(
      '*Menu*\n\nWhat would you like?\n\n*Tea*\n1. Green: light\n2. Black\n\n3. Nothing\n\n_Until noon_',
    );
    const reply = await receives(' 2. ');
    const { data } = await told('message.selection', ({ messageId }) => messageId === id);
    expect(data).toMatchObject({ optionId: 'black', title: 'Black', source: 'number', replyMessageId: reply });
    await receives('7');
    await receives('12 apples');
    const later = await receives('3');
    const again = await told('message.selection', ({ replyMessageId }) => replyMessageId === later);
    expect(again.data).toMatchObject({ optionId: 'none', messageId: id });
  });

  it('keep their meaning over a restart', async () => {
    const id = await send('buttons', {
      text: 'Sure?',
      buttons: [
        { id: 'y', text: 'Yes' },
        { id: 'n', text: 'No' },
      ],
    });
    expect((await shown(id)).text).toBe('Sure?\n\n1. Yes\n2. No');
    adapters.close();
    await gateway.restart();
    adapters = adaptersOf(gateway.dataDir);
    Object.assign(instance, { key: instance.key.at(gateway.url), user: instance.user.at(gateway.url) });
    contact = gateway.person(contact.number);
    await contact.writes(instance.phone, '1');
    const { data } = await told('message.selection', ({ messageId }) => messageId === id);
    expect(data).toMatchObject({ optionId: 'y', source: 'number' });
  });

  it('are native where that is asked for, and their answers are choices', async () => {
    const list = await send('list', { text: 'Pick', buttonText: 'Menu', sections, fallback: 'native' });
    const { content } = await shown(list);
    const [button] = (content.interactiveMessage as Native).nativeFlowMessage.buttons;
    expect([button?.name, JSON.parse(button?.buttonParamsJson ?? '').title]).toEqual(['single_select', 'Menu']);
    const paramsJson = JSON.stringify({ id: 'black' });
    await contact.answers(instance.phone, {
      interactiveResponseMessage: {
        ...{ body: { text: 'Black' }, nativeFlowResponseMessage: { name: 'single_select', paramsJson } },
        contextInfo: { stanzaId: list.slice(4) },
      },
    });
    const { data } = await told('message.selection', ({ messageId }) => messageId === list);
    expect(data).toMatchObject({ optionId: 'black', title: 'Black', source: 'list' });
    const buttons = await send('buttons', { text: 'Sure?', buttons: [{ id: 'y', text: 'Yes' }], fallback: 'native' });
    await shown(buttons);
    const contextInfo = { stanzaId: buttons.slice(4) };
    await contact.answers(instance.phone, {
      buttonsResponseMessage: { selectedButtonId: 'y', selectedDisplayText: 'Yes', contextInfo },
    });
    const chosen = await told('message.selection', ({ messageId }) => messageId === buttons);
    expect(chosen.data).toMatchObject({ optionId: 'y', source: 'buttons' });
  });
});

interface Native {
  nativeFlowMessage: { buttons: { name: string; buttonParamsJson: string }[] };
}

describe("WhatsApp's own form of a message", () => {
  const raw = (messageId: string) => instance.key.get(`/api/messages/${messageId}/raw`);

  it('shows what was sent and what came', async () => {
    const sent = await send('poll', { question: 'Tea?', options: ['yes', 'no'] });
    const own = await raw(sent);
    expect([own.status, own.body.data]).toMatchObject([
      200,
      {
        messageId: sent,
        key: { id: sent.slice(4), fromMe: true, participant: null },
        message: { pollCreationMessageV3: { name: 'Tea?', options: [{ optionName: 'yes' }, { optionName: 'no' }] } },
      },
    ]);
    const theirs = await receives('Raw, please 🫖');
    expect((await raw(theirs)).body.data).toMatchObject({
      key: { id: theirs.slice(4), fromMe: false },
      message: { conversation: 'Raw, please 🫖' },
    });
  });

  it('shows no key of it, at any depth', async () => {
    const file = { from: contact.number, to: instance.phone, kind: 'document', mimetype: 'application/pdf' };
    const base64 = Buffer.from('%PDF-1.7 of a test').toString('base64');
    const { id } = await control(gateway.controlUrl, 'POST', '/control/incoming-file', { ...file, base64 });
    const theirs = `msg_${id}`;
    await instance.key.until(`/api/messages/${theirs}`, ({ status }) => status === 200);
    const { body } = await raw(theirs);
    expect(body.data.message.documentMessage).toMatchObject({
      mimetype: 'application/pdf',
      fileSha256: expect.stringMatching(/=$/),
    });
    const quoting = await raw(await send('poll', { question: '?', options: ['a', 'b'], quotedMessageId: theirs }));
    expect(JSON.stringify(quoting.body)).toContain('fileSha256');
    for (const shownAs of [body, quoting.body]) expect(JSON.stringify(shownAs)).not.toMatch(/mediaKey"|[sS]ecret"/);
  });

  it('is gone when its content is', async () => {
    const theirs = await receives('forget me');
    await forgetContent(gateway.dataDir, instanceId, theirs.slice(4));
    const answer = await raw(theirs);
    expect([answer.status, answer.body.error]).toEqual([404, 'RESOURCE_NOT_FOUND']);
    expect((await raw('msg_3EB0C767D71D8A2B5F3E19')).status).toBe(404);
  });
});

it('under the name of the instance a user writes, replies, reacts and takes back, and sees what was done', async () => {
  const { user, name } = instance;
  const at = `/api/instances/${name}/messages`;
  const asked = await receives('Tea or coffee?');
  const sent = await user.must('POST', `${at}/text`, { to: contact.number, text: 'Tea', quotedMessageId: asked });
  const reply = sent.body.data.messageId as string;
  expect((await shown(reply)).text).toBe('Tea');
  await user.must('POST', `${at}/${asked}/reaction`, { emoji: '🙏' });
  await next('reaction');
  expect((await user.must('GET', `${at}/${reply}`)).body.data).toMatchObject({ quoted: { messageId: asked } });
  expect((await user.must('GET', `${at}/${asked}`)).body.data).toMatchObject({
    reactions: [{ emoji: '🙏', from: null }],
  });
  await user.must('DELETE', `${at}/${reply}`);
  expect((await user.must('GET', `${at}/${reply}`)).body.data.revokedAt).not.toBeNull();
});
