import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBrowser, Visit } from '../support/browser.ts';
import { ApiClient, type LinkedInstance, linkInstance } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;
let browser: Browser;
let visit: Visit;
let linked: LinkedInstance;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([TestGateway.start(), startBrowser()]);
  visit = await Visit.open(browser, gateway.url);
  await visit.register();
  linked = await linkInstance(await visit.client());
});
afterAll(async () => {
  await visit?.close();
  await browser?.close();
  await gateway?.stop();
});

it('a key is made, works with what it may, gets a new secret, and is revoked', async () => {
  const { page } = visit;
  await visit.go('/keys');
  await page.getByRole('button', { name: 'New key' }).click();
  await page.getByLabel('Name').fill('Online shop');
  await page.getByRole('radio', { name: 'Read only' }).check();
  await page.getByLabel('Requests per hour').fill('250');
  await page.getByLabel('Only from these addresses').fill('127.0.0.0/8');
  await page.getByLabel('Last day').fill('2031-12-31');
  expect(await visit.violations()).toEqual([]);
  await page.getByRole('button', { name: 'Create key' }).click();
  const box = page.getByRole('region', { name: 'Key', exact: true });
  const first = new ApiClient(gateway.url, (await box.textContent()) as string);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  const info = (await first.must('GET', '/api/instance/info')).body.data;
  expect(info.apiKey).toMatchObject({ name: 'Online shop', rateLimit: 250 });
  expect(info.apiKey.permissions).toContain('message:read');
  expect((await first.post('/api/messages/text', { to: '15550109001', text: 'no' })).status).toBe(403);

  const row = page.getByRole('listitem').filter({ hasText: 'Online shop' });
  await row.getByText('from 127.0.0.0/8').waitFor();
  await page.getByRole('button', { name: 'More about Online shop' }).click();
  await page.getByRole('menuitem', { name: 'Rotate secret' }).click();
  await page.getByLabel('The old secret works on for').selectOption({ label: 'Ends at once' });
  await page.getByRole('button', { name: 'Rotate secret' }).click();
  const second = new ApiClient(gateway.url, (await box.textContent()) as string);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  expect((await second.get('/api/instance/info')).status).toBe(200);
  expect((await first.get('/api/instance/info')).status).toBe(401);

  await page.getByRole('button', { name: 'More about Online shop' }).click();
  await page.getByRole('menuitem', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('Online shop is revoked').waitFor();
  await second.until('/api/instance/info', ({ status }) => status === 401);
  expect(visit.complaints).toEqual([]);
});

it('a CSV is checked line by line and sent, and its results come as a CSV', async () => {
  const { page } = visit;
  await visit.go(`/bulk/${linked.name}`);
  await page.getByRole('link', { name: 'New bulk send' }).click();
  await page.getByLabel('CSV file').setInputFiles({
    ...{ name: 'people.csv', mimeType: 'text/csv' },
    buffer: Buffer.from('phone,name\n15550109011,Ann\nnobody,Bob\n15550109011,Eve\n15550109012,Joe\n'),
  });
  await page.getByLabel('Text', { exact: true }).fill('Hello ');
  await page.getByRole('button', { name: '{{name}}' }).click();
  await page.getByLabel('Messages per minute').fill('0');
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByText('4 lines: 2 can be sent, 2 cannot.').waitFor();
  const faults = page.getByRole('region', { name: 'Faulty lines' });
  expect(await faults.getByRole('listitem').allTextContents()).toEqual([
    'Line 3This is not a phone number: use country code and digits',
    'Line 4The same number as in line 2',
  ]);
  await page.getByText('Hello Joe').waitFor();
  expect(await page.getByRole('button', { name: 'Send to' }).count()).toBe(0);
  await page.getByRole('switch', { name: 'Leave out faulty lines' }).check();
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByRole('button', { name: 'Send to 2 people' }).click();

  await gateway.person('15550109012').sees(({ text }) => text === 'Hello Joe', 1, 60_000);
  await page.getByText('2 of 2').waitFor();
  await page.getByText('Done', { exact: true }).waitFor();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download as CSV' }).click(),
  ]);
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^2,15550109011,/);
  expect(visit.complaints).toEqual([]);
});

it('a bulk is held, goes on, and is ended', async () => {
  const { page } = visit;
  const { body } = await linked.user.must('POST', `/api/instances/${linked.name}/bulk`, {
    ...{ title: 'Slow', message: { type: 'text', text: 'slow' }, pacing: { minDelayMs: 3_600_000 } },
    recipients: ['15550109021', '15550109022', '15550109023'],
  });
  await visit.go(`/bulk/${linked.name}/sends/${body.data.bulkId}`);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByText('Paused', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByText('Sending', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Cancel the send' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the send' }).click();
  await page.locator('h1 + p').getByText('Cancelled').waitFor();
  const path = `/api/instances/${linked.name}/bulk/${body.data.bulkId}`;
  expect((await linked.user.must('GET', path)).body.data.status).toBe('CANCELLED');
  expect(visit.complaints).toEqual([]);
});

it('a template is written, and a message that waits gets another text and does not go', async () => {
  const { page } = visit;
  await visit.go(`/bulk/${linked.name}/templates`);
  await page.getByRole('button', { name: 'New template' }).click();
  await page.getByLabel('Name').fill('greeting');
  await page.getByLabel('Text', { exact: true }).fill('Good day {{name}}');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('gaps: name').waitFor();

  const sendAt = new Date(Date.now() + 3_600_000).toISOString();
  await linked.key.must('POST', '/api/messages/text', { to: '15550109031', text: 'later', sendAt });
  await visit.go(`/bulk/${linked.name}/scheduled`);
  await page.getByRole('button', { name: /^Edit the message to 15550109031/ }).click();
  await page.getByLabel('Text', { exact: true }).fill('later, and better');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('later, and better').waitFor();
  await page.getByRole('button', { name: /^Do not send the message to 15550109031/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Do not send' }).click();
  await page.getByText('Nothing waits for its moment').waitFor();
  expect(visit.complaints).toEqual([]);
});

it('statistics come as a CSV', async () => {
  const { page } = visit;
  await visit.go('/statistics');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as CSV' }).click(),
  ]);
  const [header, ...lines] = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  expect(header).toBe('date,instance,sent,received,failed,delivered,read,failureRate,deliveryRate,readRate');
  expect(lines).toHaveLength(30);
  const today = lines.at(-1)?.split(',') as string[];
  expect([today[1], Number(today[2]) > 0]).toEqual([linked.name, true]);
  await page.getByRole('table', { name: 'Numbers by day' }).waitFor();
  expect(visit.complaints).toEqual([]);
});

it('an administrator lets somebody in, who sees only their own; the log says who did what', async () => {
  const { page } = visit;
  await visit.go('/admin');
  await page.getByRole('button', { name: 'Invite somebody' }).click();
  await page.getByLabel('Name').fill('Sarah Second');
  const email = `sarah-${visit.person?.email}`;
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('button', { name: 'Create user' }).click();
  const password = (await page.getByRole('region', { name: 'Temporary password' }).textContent()) as string;
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('tab', { name: 'Audit log' }).click();
  await page.getByRole('button', { name: 'Details: User created, Sarah Second' }).click();
  await page.getByRole('dialog').getByText(email).first().waitFor();
  expect(await visit.violations()).toEqual([]);
  expect(visit.complaints).toEqual([]);

  const sarah = await Visit.open(browser, gateway.url);
  await sarah.go('/admin');
  await sarah.signIn({ email, password });
  await sarah.page.getByLabel('Present password').fill(password);
  await sarah.page.getByLabel('New password', { exact: true }).fill('sarahs-own-password');
  await sarah.page.getByLabel('New password again').fill('sarahs-own-password');
  await sarah.page.getByRole('button', { name: 'Change password' }).click();
  await sarah.page.getByText('People and the audit log are for administrators.').waitFor();
  await sarah.page.getByText('Your subscription').waitFor();
  expect(await sarah.page.getByText(linked.name).count()).toBe(0);
  for (const path of ['/keys', '/statistics', '/bulk', '/webhooks']) {
    await sarah.go(path);
    expect([path, await sarah.page.getByText(linked.name).count(), sarah.complaints]).toEqual([path, 0, []]);
  }
  await sarah.close();
});
