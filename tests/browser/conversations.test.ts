import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, Visit } from '../support/browser.ts';
import { type LinkedInstance, linkInstance } from '../support/client.ts';
import { aMessage } from '../support/embedded.ts';
import { storeMessages } from '../support/event-log.ts';
import { TestGateway } from '../support/gateway.ts';
import { control } from '../support/person.ts';

const CONTACT = '15550107001';
const SILENT = '15550109003';
const ABSENT = '15550109004';
/** Of one pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const MANY = 10_000;
const MAX_DOM_ROWS = 60;

let gateway: TestGateway;
let browser: Browser;
let visit: Visit;
let linked: LinkedInstance;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([TestGateway.start(), startBrowser()]);
  visit = await Visit.open(browser, gateway.url);
  await visit.register();
  linked = await linkInstance(await visit.client());
}, 180_000);
afterAll(async () => {
  await visit?.close();
  await browser?.close();
  await gateway?.stop();
});

const chatPath = (name: string, phone: string) => `/conversations/${name}/${phone}@s.whatsapp.net`;
const log = (page = visit.page) => page.getByRole('region', { name: 'Messages' });
const bubble = (text: string) => log().getByRole('article').filter({ hasText: text });
const write = async (text: string) => {
  await visit.page.getByRole('textbox', { name: 'Write a message' }).fill(text);
  await visit.page.getByRole('textbox', { name: 'Write a message' }).press('Enter');
};

describe('a conversation', () => {
  it('begins with a number; its ticks change by themselves, and the answer of the simulated phone appears', async () => {
    const { page } = visit;
    await visit.go('/conversations');
    await page.getByRole('button', { name: 'New chat' }).click();
    await page.getByLabel('Phone number').fill(`+${CONTACT}`);
    await page.getByRole('button', { name: 'Open the chat' }).click();
    await page.getByText('No messages yet.').waitFor();
    await page.getByRole('textbox', { name: 'Write a message' }).fill('first line');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('second line');
    await page.keyboard.press('Enter');
    await bubble('first line\nsecond line').getByRole('img', { name: 'Read' }).waitFor();

    const phone = page.getByRole('complementary', { name: 'Simulated phone' });
    await phone.getByText('second line').waitFor();
    await phone.getByRole('textbox').fill('I hear you');
    await phone.getByRole('button', { name: 'Send from their phone' }).click();
    await bubble('I hear you').waitFor();
    await page.getByRole('region', { name: 'Chats' }).getByText('I hear you').waitFor();
  });

  it('takes replies, reactions and what is taken back; a click on a quote goes to it', async () => {
    const { page } = visit;
    const menu = async (text: string, item: string) => {
      // The first: a reply repeats the words of what it replies to.
      await bubble(text).first().getByRole('button', { name: 'What to do with this message' }).click();
      await page.getByRole('menuitem', { name: item }).click();
    };
    await menu('I hear you', 'Reply');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await page.locator('textarea:focus').waitFor();
    await page.keyboard.type('That is good');
    await page.keyboard.press('Enter');
    await bubble('That is good').getByRole('button', { name: 'I hear you' }).waitFor();
    const contact = gateway.person(CONTACT);
    const [reply] = await contact.sees(({ text }) => text === 'That is good');
    expect(JSON.stringify(reply?.content)).toContain('I hear you');

    await bubble('That is good').getByRole('button', { name: 'I hear you' }).click();
    await page.locator('[class*=marked]').getByText('I hear you').waitFor();

    await menu('I hear you', 'React with 👍');
    await contact.sees(({ type }) => type === 'reaction');
    await bubble('I hear you').first().getByRole('list', { name: 'Reactions' }).getByText('👍').waitFor();

    await menu('That is good', 'Delete for everyone');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for everyone' }).click();
    await bubble('This message was deleted').waitFor();
    await contact.sees(({ type }) => type === 'protocol' || type === 'revoke' || type === 'protocolMessage');
  });

  it('sends a file, and shows it', async () => {
    const { page } = visit;
    await page.locator('input[type=file]').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: PNG });
    await page.getByRole('textbox', { name: 'Add a caption' }).fill('a dot');
    await page.keyboard.press('Enter');
    const [picture] = await gateway.person(CONTACT).sees(({ type }) => type === 'image');
    expect(picture?.sha256).toMatch(/^[0-9a-f]{64}$/);
    await bubble('a dot').getByRole('img', { name: 'Read' }).waitFor();
    expect(await bubble('a dot').locator('img').getAttribute('src')).toMatch(/^blob:/);
  });

  it('shows what others send, edit, react with, quote and take back, as it happens', async () => {
    const { page } = visit;
    const from = '15550107005';
    const to = linked.phone;
    const incoming = (message: object) =>
      control(gateway.controlUrl, 'POST', '/control/incoming', { from, to, message });
    await visit.go(chatPath(linked.name, from));
    await page.getByText('No messages yet.').waitFor();
    const id = await gateway.person(from).writes(to, 'helo');
    await bubble('helo').waitFor();
    const key = { id, remoteJid: `${to}@s.whatsapp.net`, fromMe: true };
    await incoming({ protocolMessage: { type: 'MESSAGE_EDIT', key, editedMessage: { conversation: 'hello there' } } });
    await bubble('hello there').getByText('edited').waitFor();

    await write('good to hear');
    const [ours] = await gateway.person(from).sees(({ text }) => text === 'good to hear');
    const ourKey = { id: ours?.id, remoteJid: `${to}@s.whatsapp.net`, fromMe: false };
    await incoming({ reactionMessage: { key: ourKey, text: '🎉' } });
    await bubble('good to hear').getByRole('list', { name: 'Reactions' }).getByText('🎉').waitFor();
    const quoted = { stanzaId: ours?.id, participant: `${to}@s.whatsapp.net` };
    const contextInfo = { ...quoted, quotedMessage: { conversation: 'good to hear' } };
    await incoming({ extendedTextMessage: { text: 'and to be heard', contextInfo } });
    await bubble('and to be heard').getByRole('button', { name: 'good to hear' }).waitFor();

    const file = { kind: 'image', base64: PNG.toString('base64'), mimetype: 'image/png', caption: 'look at this' };
    await control(gateway.controlUrl, 'POST', '/control/incoming-file', { from, to, ...file });
    const picture = bubble('look at this').locator('img');
    await picture.waitFor();
    await expect
      .poll(() => picture.evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth))
      .toBe(1);
    await incoming({ protocolMessage: { type: 'REVOKE', key } });
    await bubble('This message was deleted').waitFor();
    expect(visit.complaints).toEqual([]);
  });

  it('names who speaks in a group, and writes to it', async () => {
    const { page } = visit;
    const [ann, bob] = ['15550107006', '15550107007'];
    const made = { phone: ann, subject: 'Bicycles', participants: [linked.phone, bob] };
    const { id } = await control(gateway.controlUrl, 'POST', '/control/groups', made);
    await visit.go('/conversations');
    await gateway.person(ann).writes(id as string, 'who comes along?');
    await gateway.person(bob).writes(id as string, 'I do');
    await page.getByRole('button', { name: 'Groups' }).click();
    await page.getByRole('link', { name: /Bicycles/ }).click();
    for (const [who, text] of [
      [ann, 'who comes along?'],
      [bob, 'I do'],
    ] as const) {
      await bubble(text).locator('strong').getByText(who).waitFor();
    }
    await write('so do we');
    for (const who of [ann, bob]) await gateway.person(who).sees(({ text }) => text === 'so do we');
    await bubble('so do we').getByRole('img', { name: 'Read' }).waitFor();
    expect(await page.getByRole('complementary', { name: 'Simulated phone' }).count()).toBe(0);
  });

  it('says what stays unread, and why something did not go', async () => {
    await visit.go(chatPath(linked.name, SILENT));
    await write('are you there?');
    await bubble('are you there?').getByRole('img', { name: 'Delivered' }).waitFor();
    await visit.go(chatPath(linked.name, ABSENT));
    await write('nobody has this number');
    await bubble('nobody has this number').getByText('Not delivered.').waitFor();
    await bubble('nobody has this number')
      .getByText(/WhatsApp/)
      .waitFor();
  });

  it('moves its ticks by what it is told, without asking', async () => {
    const { page } = visit;
    await visit.go(chatPath(linked.name, SILENT));
    await write('told live');
    await bubble('told live').getByRole('img', { name: 'Delivered' }).waitFor();
    await page.locator('[data-status=live]').waitFor({ state: 'attached' });
    // Whoever asks for the messages from here on gets no answer.
    const thread = /\/chats\/[^/]+\/messages/;
    await page.route(thread, () => undefined);
    const [seen] = await gateway.person(SILENT).sees(({ text }) => text === 'told live');
    await control(gateway.controlUrl, 'POST', '/control/read', { phone: SILENT, id: seen?.id });
    await bubble('told live').getByRole('img', { name: 'Read' }).waitFor();
    await page.unroute(thread);
  });

  it('counts what is unread until it is opened', async () => {
    await visit.go('/conversations');
    await gateway.person('15550107002').writes(linked.phone, 'look here');
    const row = visit.page.getByRole('link', { name: /look here/ });
    await row.getByText('unread', { exact: true }).waitFor();
    await row.click();
    await bubble('look here').waitFor();
    await row.getByText('unread', { exact: true }).waitFor({ state: 'detached' });
  });

  it('is nobody else’s', async () => {
    const other = await Visit.open(browser, gateway.url);
    await other.register();
    await other.go(chatPath(linked.name, CONTACT));
    await other.page.getByText('There is no instance of this name').waitFor();
    expect(await other.page.getByText('I hear you').count()).toBe(0);
    await other.close();
  });
});

interface Box {
  scrollTop: number;
  querySelector(selector: string): { textContent: string } | null;
  querySelectorAll(selector: string): { length: number };
}

/** Runs in the page: to the top again and again, as far as the message of a number. Returns the most rows there were. */
async function scrollBackTo(element: unknown, wanted: number): Promise<number> {
  const box = element as Box;
  let most = 0;
  const oldest = () => Number(/^message (\d+)$/.exec(box.querySelector('article p')?.textContent ?? '')?.[1]);
  while (!(oldest() <= wanted)) {
    box.scrollTop = 0;
    await new Promise((shown) => setTimeout(shown, 16));
    most = Math.max(most, box.querySelectorAll('li[data-index]').length);
  }
  return most;
}

it('of 10,000 messages has few rows in the page, and older ones come as one scrolls up', async () => {
  const name = 'long-memory';
  await linked.user.must('POST', '/api/instances', { name, environment: 'test' });
  const { body } = await linked.user.must('GET', `/api/instances/${name}`);
  const chat = `${CONTACT}@s.whatsapp.net`;
  const nowMs = Date.now();
  const memory = Array.from({ length: MANY }, (_, i) =>
    aMessage(body.data.id as string, {
      ...{ direction: 'received', chat, address: { remoteJid: chat }, party: { phone: CONTACT, lid: null } },
      ...{ authorName: 'Ann', text: `message ${i + 1}`, timestampMs: nowMs - (MANY - i) * 60_000 },
    }),
  );
  await storeMessages(gateway.dataDir, memory);
  const before = visit.requests.length;
  const older = () => visit.requests.slice(before).filter((url) => /messages\?.*cursor=/.test(url));
  await visit.go(chatPath(name, CONTACT));
  await bubble(`message ${MANY}`).waitFor();
  const rows = () => log().locator('li[data-index]').count();
  expect(await rows()).toBeLessThan(MAX_DOM_ROWS);
  expect(await bubble('message 9900').count()).toBe(0);
  // What came before the list is at its end would carry it away from there.
  expect(older()).toEqual([]);

  // In the page, so that each look does not wait for the way there and back.
  const most = await log().evaluate(scrollBackTo, 9_000);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(MAX_DOM_ROWS);
  expect(older().length).toBeGreaterThan(0);
  await visit.page.getByRole('button', { name: 'To the newest message' }).click();
  await bubble(`message ${MANY}`).waitFor();
}, 240_000);

it('goes with the keyboard, and asks nobody else', async () => {
  const { page } = visit;
  await visit.go(chatPath(linked.name, CONTACT));
  await page.getByRole('button', { name: 'Search this chat' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('search input:focus').waitFor();
  await page.keyboard.type('first');
  await page.getByText('1 of 1').waitFor();
  await page.locator('[class*=marked]').getByText('first line').waitFor();
  await page.keyboard.press('Escape');
  await bubble('first line').getByRole('button', { name: 'What to do with this message' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menu').locator('*:focus').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });
  expect(await visit.violations()).toEqual([]);
  expect(visit.strangers).toEqual([]);
  expect(visit.complaints).toEqual([]);
});

it('in a narrow window goes from the list to a conversation and back', async () => {
  const { page } = visit;
  await page.setViewportSize({ width: 360, height: 740 });
  await visit.go('/conversations');
  const row = page.getByRole('link', { name: /look here/ });
  await row.click();
  await bubble('look here').waitFor();
  expect(await row.isVisible()).toBe(false);
  expect(await visit.overflow()).toBe(0);
  await page.getByRole('link', { name: 'Back to the chats' }).click();
  await row.waitFor();
});
