import { describe, expect, it } from 'vitest';
import { linkInstance, register } from '../support/client.ts';
import { useConversation } from '../support/conversation.ts';
import { forgetContent } from '../support/event-log.ts';
import { control } from '../support/person.ts';

const talk = useConversation();
const { post, send, shown, receives, told } = talk;

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
    const text = `Hello @${talk.contact.number}`;
    const message = await shown(
      await send('text', { text, mentions: [talk.contact.number], ephemeralSeconds: 86_400 }),
    );
    expect(message.content.extendedTextMessage).toMatchObject({
      contextInfo: { mentionedJid: [`${talk.contact.number}@s.whatsapp.net`], expiration: 86_400 },
    });
  });

  it('says what it refers to is not there', async () => {
    const gone = await post('text', {
      to: talk.contact.number,
      text: 'x',
      quotedMessageId: 'msg_3EB0C767D71D8A2B5F3E19',
    });
    expect([gone.status, gone.body.error]).toEqual([404, 'RESOURCE_NOT_FOUND']);
    const all = await post('text', { to: talk.contact.number, text: 'x', mentionAll: true });
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
    const tooMany = await post('poll', { to: talk.contact.number, question: 'Which?', options, maxChoices: 4 });
    expect([tooMany.status, tooMany.body.details?.[0]?.path]).toEqual([400, 'maxChoices']);
  });

  it('a forwarded message, whatever it is', async () => {
    const theirs = await receives('Forward me');
    const id = await send('forward', { messageId: theirs });
    const { content } = await shown(id);
    expect(content.extendedTextMessage).toMatchObject({ text: 'Forward me', contextInfo: { isForwarded: true } });
    const stored = await talk.instance.key.get(`/api/messages/${id}`);
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
    const other = await linkInstance(await register(talk.gateway.url));
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
    await talk.restart();
    await talk.contact.writes(talk.instance.phone, '1');
    const { data } = await told('message.selection', ({ messageId }) => messageId === id);
    expect(data).toMatchObject({ optionId: 'y', source: 'number' });
  });

  it('are native where that is asked for, and their answers are choices', async () => {
    const headings = { title: 'Menu', text: 'Pick', footer: 'Until noon' };
    const list = await send('list', { ...headings, buttonText: 'Menu', sections, fallback: 'native' });
    const { content } = await shown(list);
    expect(content.interactiveMessage).toMatchObject({
      ...{ header: { title: 'Menu' }, body: { text: 'Pick' }, footer: { text: 'Until noon' } },
    });
    const [button] = (content.interactiveMessage as Native).nativeFlowMessage.buttons;
    expect([button?.name, JSON.parse(button?.buttonParamsJson ?? '')]).toMatchObject([
      'single_select',
      {
        title: 'Menu',
        sections: [
          {
            title: 'Tea',
            rows: [
              { id: 'green', title: 'Green', description: 'light' },
              { id: 'black', title: 'Black', description: '' },
            ],
          },
          { title: '', rows: [{ id: 'none', title: 'Nothing' }] },
        ],
      },
    ]);
    const paramsJson = JSON.stringify({ id: 'black' });
    await talk.contact.answers(talk.instance.phone, {
      interactiveResponseMessage: {
        ...{ body: { text: 'Black' }, nativeFlowResponseMessage: { name: 'single_select', paramsJson } },
        contextInfo: { stanzaId: list.slice(4) },
      },
    });
    const { data } = await told('message.selection', ({ messageId }) => messageId === list);
    expect(data).toMatchObject({ optionId: 'black', title: 'Black', source: 'list' });
    const buttons = await send('buttons', { text: 'Sure?', buttons: [{ id: 'y', text: 'Yes' }], fallback: 'native' });
    const [reply] = ((await shown(buttons)).content.interactiveMessage as Native).nativeFlowMessage.buttons;
    expect([reply?.name, JSON.parse(reply?.buttonParamsJson ?? '')]).toEqual([
      ...['quick_reply', { display_text: 'Yes', id: 'y' }],
    ]);
    const contextInfo = { stanzaId: buttons.slice(4) };
    await talk.contact.answers(talk.instance.phone, {
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
  const raw = (messageId: string) => talk.instance.key.get(`/api/messages/${messageId}/raw`);

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
    const file = { from: talk.contact.number, to: talk.instance.phone, kind: 'document', mimetype: 'application/pdf' };
    const base64 = Buffer.from('%PDF-1.7 of a test').toString('base64');
    const { id } = await control(talk.gateway.controlUrl, 'POST', '/control/incoming-file', { ...file, base64 });
    const theirs = `msg_${id}`;
    await talk.instance.key.until(`/api/messages/${theirs}`, ({ status }) => status === 200);
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
    await forgetContent(talk.gateway.dataDir, talk.instanceId, theirs.slice(4));
    const answer = await raw(theirs);
    expect([answer.status, answer.body.error]).toEqual([404, 'RESOURCE_NOT_FOUND']);
    expect((await raw('msg_3EB0C767D71D8A2B5F3E19')).status).toBe(404);
  });
});
