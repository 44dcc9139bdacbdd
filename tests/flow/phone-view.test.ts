import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decryptPollVote } from '../../lib/baileys/index.ts';
import { freshNumber } from '../support/client.ts';
import { type FamilyInstance, familyInstance, sandboxOf } from '../support/families.ts';
import { TestGateway } from '../support/gateway.ts';
import { picture } from '../support/made-files.ts';
import { control, type Person } from '../support/person.ts';

/** What only a phone can tell: the state that its devices agree on, previews, votes under their encryption. */
let gateway: TestGateway;
let instance: FamilyInstance;
let pages: Server;
let html = '';
const asked: string[] = [];
beforeAll(async () => {
  gateway = await TestGateway.start();
  instance = await familyInstance(gateway, ['message:send', 'message:read', 'group:read', 'group:write']);
  pages = createServer(({ url = '' }, response) => {
    asked.push(url);
    const isPicture = url === '/cover.png';
    response.setHeader('content-type', isPicture ? 'image/png' : 'text/html; charset=utf-8');
    response.end(isPicture ? picture() : html);
  }).listen(0, '127.0.0.1');
  await once(pages, 'listening');
});
afterAll(async () => {
  pages?.close();
  await gateway?.stop();
});

const jidOf = (number: string) => `${number}@s.whatsapp.net`;
const own = () => sandboxOf(gateway).phone(instance.phone);
const post = async (path: string, body: object) =>
  (await instance.key.must('POST', `/api/messages/${path}`, body)).body.data;
/** What the phone shows of a message. */
const shown = async (person: Person, messageId: string) =>
  (await person.sees(({ id }) => `msg_${id}` === messageId))[0]?.content as Record<string, Record<string, unknown>>;
/** What somebody writes, as the gateway has stored it. */
async function received(number: string, message: object): Promise<string> {
  const body = { from: number, to: instance.phone, ...message };
  const { id } = await control(gateway.controlUrl, 'POST', '/control/incoming', body);
  await instance.key.until(`/api/messages/msg_${id}`, ({ status }) => status === 200);
  return id as string;
}

describe('the own phone', () => {
  it('shows the star of a message that was sent and of one that came, and loses it', async () => {
    const number = freshNumber();
    const theirs = await received(number, { text: 'Keep this' });
    const { messageId } = await post('text', { to: number, text: 'And this' });
    for (const [id, fromMe] of [
      [theirs, '0'],
      [messageId.slice(4), '1'],
    ] as const) {
      const star = () => own().appState.get('star', jidOf(number), id, fromMe, '0');
      expect(await star()).toBeUndefined();
      await post(`msg_${id}/star`, {});
      expect(await star()).toMatchObject({ starAction: { starred: true } });
      await post(`msg_${id}/star`, { star: false });
      expect(await star()).toMatchObject({ starAction: { starred: false } });
    }
  });

  it('loses what is deleted for me; the other side keeps it', async () => {
    const person = gateway.person(freshNumber());
    const { messageId } = await post('text', { to: person.number, text: 'Mine alone' });
    await shown(person, messageId);
    await instance.key.must('DELETE', `/api/messages/${messageId}?for=me`);
    const index = ['deleteMessageForMe', jidOf(person.number), messageId.slice(4), '1', '0'];
    expect(await own().appState.get(...index)).toMatchObject({ deleteMessageForMeAction: expect.anything() });
    const { messageId: last } = await post('text', { to: person.number, text: 'after it' });
    await shown(person, last);
    expect((await person.messages()).map(({ text }) => text)).toEqual(['Mine alone', 'after it']);
  });
});

describe('a link in a text', () => {
  const at = (path: string) => `http://127.0.0.1:${(pages.address() as AddressInfo).port}${path}`;
  const preview = async (text: string, linkPreview: boolean) => {
    const person = gateway.person(freshNumber());
    const { messageId } = await post('text', { to: person.number, text, linkPreview });
    return (await shown(person, messageId)).extendedTextMessage;
  };

  it('shows what its page says of itself, with a small picture', async () => {
    html = `<html><head><title>Plain</title><meta property="og:title" content="Tea &amp; more">
      <meta name="description" content="Open all day"><meta property="og:image" content="/cover.png"></head></html>`;
    const text = `Look: ${at('/shop')}.`;
    const message = await preview(text, true);
    expect(message).toMatchObject({ text, matchedText: at('/shop'), title: 'Tea & more', description: 'Open all day' });
    const thumbnail = Buffer.from(message?.jpegThumbnail as string, 'base64');
    expect(thumbnail.subarray(0, 3).toString('hex')).toBe('ffd8ff');
    expect(asked).toEqual(['/shop', '/cover.png']);
  });

  it('shows the words and the picture of the sender, where they are given', async () => {
    const person = gateway.person(freshNumber());
    asked.length = 0;
    const link = { url: at('/own'), title: 'Our shop', description: 'Open all day' };
    for (const [image, hasPicture] of [
      [picture().toString('base64'), true],
      [at('/cover.png'), true],
      [undefined, false],
    ] as const) {
      const { messageId } = await post('link', { to: person.number, ...link, text: `See ${link.url}`, image });
      const { extendedTextMessage: message } = await shown(person, messageId);
      expect(message).toMatchObject({
        ...{ text: `See ${link.url}`, matchedText: link.url, title: 'Our shop', description: 'Open all day' },
      });
      const thumbnail = Buffer.from((message?.jpegThumbnail as string | undefined) ?? '', 'base64');
      expect(thumbnail.subarray(0, 3).toString('hex')).toBe(hasPicture ? 'ffd8ff' : '');
    }
    // The page itself has nothing to say here.
    expect(asked).toEqual(['/cover.png']);
  });

  it('shows nothing where nobody asked for it, and where the page says nothing or is none of the public network', async () => {
    asked.length = 0;
    expect(await preview(at('/unasked'), false)).not.toHaveProperty('title');
    expect(asked).toEqual([]);
    html = '<html><body>no title</body></html>';
    expect(await preview(at('/empty'), true)).not.toHaveProperty('title');
    expect(await preview('http://169.254.169.254/latest/meta-data', true)).not.toHaveProperty('title');
  });
});

it('the maker of a poll can read the vote, and a changed one', async () => {
  const person = gateway.person(freshNumber());
  const secret = Buffer.alloc(32, 9);
  const options = ['yes', 'no'].map((optionName) => ({ optionName }));
  const message = {
    messageContextInfo: { messageSecret: secret.toString('base64') },
    pollCreationMessageV3: { name: 'Tea?', options, selectableOptionsCount: 1 },
  };
  const id = await received(person.number, { message });
  const votes = async (count: number) => {
    const seen = await person.sees(({ content }) => content.pollUpdateMessage !== undefined, count);
    const update = seen.at(-1)?.content.pollUpdateMessage as { vote: { encPayload: string; encIv: string } };
    const { vote } = update;
    const bytes = { encPayload: Buffer.from(vote.encPayload, 'base64'), encIv: Buffer.from(vote.encIv, 'base64') };
    const { jid, lid } = sandboxOf(gateway).phone(person.number);
    // Under the numbers or under the LIDs, as the chat is kept.
    const names = [
      [jid, own().jid],
      [lid, own().lid],
    ] as const;
    const opened = names.flatMap(([pollCreatorJid, voterJid]) => {
      try {
        return [decryptPollVote(bytes, { pollCreatorJid, pollMsgId: id, pollEncKey: secret, voterJid })];
      } catch {
        return [];
      }
    });
    return opened[0]?.selectedOptions?.map((hash) => Buffer.from(hash).toString('hex'));
  };
  const hashOf = (option: string) => createHash('sha256').update(option).digest('hex');
  await post(`msg_${id}/vote`, { options: ['yes'] });
  expect(await votes(1)).toEqual([hashOf('yes')]);
  await post(`msg_${id}/vote`, { options: ['no'] });
  expect(await votes(2)).toEqual([hashOf('no')]);
});

it('groups are listed once the connection is back, when it is asked for while that is away', async () => {
  const { groupId } = (await instance.ok('POST', '/groups', { subject: 'Away', participants: [freshNumber()] })).group;
  const { faults } = sandboxOf(gateway).network;
  const isAway = ({ body }: { body: { data: { status: string } } }) => body.data.status !== 'CONNECTED';
  faults.set({ rejectUpgrade: true });
  try {
    own().account.companions[0]?.connection?.terminate();
    await instance.user.until(`/api/instances/${instance.name}/status`, isAway);
    const later = await instance.key.call('GET', `/api/instances/${instance.name}/groups`, undefined, {
      prefer: 'wait=0',
    });
    expect([later.status, later.body.error]).toEqual([504, 'COMMAND_TIMEOUT']);
    const listed = instance.ok('GET', '/groups');
    faults.clear();
    expect((await listed).groups.map((one: { groupId: string }) => one.groupId)).toEqual([groupId]);
  } finally {
    faults.clear();
  }
});
