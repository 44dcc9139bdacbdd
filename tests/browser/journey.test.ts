import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBrowser, Visit } from '../support/browser.ts';
import { linkInstance } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';
import { control } from '../support/person.ts';

let gateway: TestGateway;
let browser: Browser;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([TestGateway.start(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

const QR = { name: 'QR code to scan with WhatsApp' };
const LINKED = { name: 'Linked and connected' };

/** Makes a test instance through the dialog; ends on its linking page. */
async function create(visit: Visit, name: string): Promise<void> {
  const { page } = visit;
  await visit.go('/instances');
  await page.getByRole('button', { name: 'New instance' }).click();
  const dialog = page.getByRole('dialog', { name: 'New instance' });
  await dialog.getByLabel('Name').fill(name);
  await dialog.getByLabel('A simulated phone').check();
  await dialog.getByRole('button', { name: 'Create and link' }).click();
  await page.getByRole('img', QR).waitFor();
}

it('registers, creates a test instance, has it scanned, sees it connected live, and sends the first message', async () => {
  const visit = await Visit.open(browser, gateway.url);
  const { page } = visit;
  await visit.register();
  await create(visit, 'first');
  const board = await page.context().newPage();
  await board.goto(`${gateway.url}/instances`);
  const card = board.getByRole('article', { name: 'first' });
  await card.getByText('Waiting for the phone').waitFor();
  for (const one of [page, board]) await one.evaluate('window.sameDocument = true');

  await page.getByRole('button', { name: 'Scan with the simulated phone' }).click();
  await page.getByRole('heading', LINKED).waitFor();
  await card.getByText('Connected', { exact: true }).waitFor();
  for (const one of [page, board]) expect(await one.evaluate('window.sameDocument')).toBe(true);

  await page.getByRole('link', { name: 'Send the first message' }).click();
  await page.getByText('2 of 5 done').waitFor();
  await page.getByRole('button', { name: 'Create a key' }).click();
  const key = (await page.getByText(/^f_\w+$/).textContent()) as string;
  const command = page.getByRole('region', { name: 'curl' });
  expect(await command.textContent()).toContain(`curl ${gateway.url}/api/messages/text`);
  expect(await command.textContent()).toContain(`Bearer ${key}`);
  await page.getByRole('button', { name: 'Send it' }).click();
  await page.getByText(/^Accepted as msg_/).waitFor();
  await page.getByText('4 of 5 done').waitFor();
  // The simulated person answers: the board counts it while it is looked at.
  await card.getByText('Received today').locator('..').getByText('1', { exact: true }).waitFor();
  expect(visit.complaints).toEqual([]);
  await visit.close();
});

it('shows a new QR code when one has run out, by itself', async () => {
  const visit = await Visit.open(browser, gateway.url);
  const { page } = visit;
  await visit.register();
  await page.clock.install();
  await create(visit, 'waits');
  await page.getByText(/^New code in \d+ s$/).waitFor();
  const asked = page.waitForRequest(/\/api\/instances\/waits\/qr$/);
  await page.clock.fastForward(65_000);
  await page.getByText('Getting a new code…').first().waitFor();
  await page.clock.runFor(4_000);
  await asked;
  await visit.close();
});

it('shows a pairing code as the alternative, and the phone that types it is linked', async () => {
  const visit = await Visit.open(browser, gateway.url);
  const { page } = visit;
  await visit.register();
  await create(visit, 'typed');
  await page.getByRole('tab', { name: 'Code to type' }).click();
  await page.getByLabel('Phone number of the phone to link').fill('+62 812 9999 1234');
  await page.getByRole('button', { name: 'Get a code' }).click();
  await page.getByText(/^[A-Z0-9]{4}-[A-Z0-9]{4}$/).waitFor();
  await page.getByRole('button', { name: 'Scan with the simulated phone' }).click();
  await page.getByRole('heading', LINKED).waitFor();
  await page.getByText('+6281299991234').waitFor();
  await visit.close();
});

it('keeps settings, says in words what WhatsApp does not allow, logs out, and deletes only what was typed', async () => {
  const visit = await Visit.open(browser, gateway.url);
  const { page } = visit;
  await visit.register();
  const user = await visit.client();
  const { name, phone } = await linkInstance(user, 'phone-1');
  await visit.go(`/instances/${name}/settings`);
  await page.getByLabel('Reject incoming calls').check();
  await page.getByLabel('Written to whoever called').fill('Please write.');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await page.getByText('Settings saved').waitFor();
  const { settings } = (await user.must('GET', `/api/instances/${name}`)).body.data;
  expect(settings).toMatchObject({ rejectCalls: true, rejectCallsReply: 'Please write.' });

  const until = Math.floor(Date.now() / 1_000) + 3_600;
  await control(gateway.controlUrl, 'POST', '/control/account-limits', {
    phone,
    timeLockUntil: until,
    newChats: 'CAPPED',
  });
  const status = `/api/instances/${name}/status`;
  await user.until(status, ({ body }) => body.data.account.timeLock && body.data.account.newChats);
  await visit.go(`/instances/${name}/health`);
  await page.getByText('New chats should not be begun now.').waitFor();
  await page.getByText(/^WhatsApp takes no messages to new chats until /).waitFor();
  await page.getByText('All new chats of this period are used up.').waitFor();
  await page.getByRole('img', { name: /^Connected and not connected by turns/ }).waitFor();
  expect(await visit.violations()).toEqual([]);

  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByRole('button', { name: 'Log out of WhatsApp' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Log out of WhatsApp' }).click();
  await page.getByRole('link', { name: 'Link a phone' }).waitFor();

  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('dialog');
  const really = dialog.getByRole('button', { name: 'Delete' });
  await dialog.getByLabel(/Type/).fill('phone-2');
  expect(await really.isDisabled()).toBe(true);
  await dialog.getByLabel(/Type/).fill(name);
  await really.click();
  await page.getByRole('heading', { name: 'Link your first phone' }).waitFor();
  expect((await user.get(`/api/instances/${name}`)).status).toBe(404);
  await visit.close();
});

it('shows nothing of it to somebody of another subscription', async () => {
  const [mine, theirs] = [await Visit.open(browser, gateway.url), await Visit.open(browser, gateway.url)];
  await mine.register();
  await create(mine, 'secret-name');
  await theirs.register('Bob Example');
  await theirs.go('/instances');
  await theirs.page.getByRole('heading', { name: 'Link your first phone' }).waitFor();
  await theirs.go('/instances/secret-name');
  await theirs.page.getByRole('alert').getByText('This does not exist, or no longer.').waitFor();
  await Promise.all([mine.close(), theirs.close()]);
});
