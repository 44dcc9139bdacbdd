import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBrowser, Visit } from '../support/browser.ts';
import { ApiClient, type LinkedInstance, linkInstance } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';

/** A PNG of one pixel. */
const PICTURE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

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
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  const edit = page.getByRole('dialog', { name: 'Edit Online shop' });
  expect(await edit.getByLabel('Last day').inputValue()).toBe('2031-12-31');
  await edit.getByLabel('Name').fill('Web shop');
  await edit.getByRole('radio', { name: 'Send and read messages' }).check();
  await edit.getByLabel('Requests per hour').fill('300');
  await edit.getByRole('button', { name: 'Save changes' }).click();
  await page.getByRole('listitem').filter({ hasText: 'Web shop' }).getByText('300 per hour').waitFor();
  const sends = await second.until('/api/instance/info', ({ body }) => body.data.apiKey.name === 'Web shop');
  expect(sends.body.data.apiKey).toMatchObject({ rateLimit: 300 });
  expect(sends.body.data.apiKey.permissions).toContain('message:send');

  await page.getByRole('button', { name: 'More about Web shop' }).click();
  await page.getByRole('menuitem', { name: 'Revoke' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('Web shop is revoked').waitFor();
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
  expect(lines[2]).toMatch(/^5,15550109012,/);
  expect(visit.complaints).toEqual([]);
});

it('a picture goes to many, uploaded or by its address, with words for each', async () => {
  const { page } = visit;
  await visit.go(`/bulk/${linked.name}/new`);
  await page.getByLabel('Recipients as CSV').fill('phone,name\n15550109041,Ann\n');
  await page.getByLabel('Kind of message').selectOption({ label: 'Picture' });
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByText('Give an address, or choose a file').waitFor();
  await page.getByLabel('Address of the file').fill('https://shop.invalid/{{name}}.png');
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByText('https://shop.invalid/Ann.png').waitFor();

  const png = Buffer.from(PICTURE, 'base64');
  await page.getByLabel('Or a file from here').setInputFiles({ name: 'dot.png', mimeType: 'image/png', buffer: png });
  await page.getByText('dot.png is uploaded').waitFor();
  await page.getByLabel('Words with it').fill('Only for you, ');
  await page.getByRole('button', { name: '{{name}}' }).click();
  expect(await visit.violations()).toEqual([]);
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByText('Only for you, Ann').waitFor();
  await page.getByRole('button', { name: 'Send to 1 person' }).click();
  const [picture] = await gateway.person('15550109041').sees(({ type }) => type === 'image', 1, 60_000);
  expect(JSON.stringify(picture?.content)).toContain('Only for you, Ann');
  expect(picture?.sha256).toBe(createHash('sha256').update(png).digest('hex'));
  await page.getByText('1 of 1').waitFor();
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
  await page.getByRole('button', { name: 'Edit greeting' }).click();
  const edit = page.getByRole('dialog', { name: 'Edit greeting' });
  await edit.getByLabel('Text', { exact: true }).fill('Good day {{name}}, your {{thing}}');
  await edit.getByRole('button', { name: 'Save' }).click();
  await page.getByText('gaps: name, thing').waitFor();
  const { message } = (await linked.user.must('GET', '/api/templates/greeting')).body.data;
  expect(message).toEqual({ type: 'text', text: 'Good day {{name}}, your {{thing}}' });

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
  // No receipt comes between the file and what it is compared with.
  await linked.user.until(`/api/instances/${linked.name}/stats?period=30days`, ({ body }) => {
    const { sent, delivered, read } = body.data.daily.at(-1);
    return sent > 0 && delivered === sent && read === sent;
  });
  await visit.go('/statistics');
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export as CSV' }).click(),
  ]);
  const [header, ...lines] = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  expect(header).toBe('date,instance,sent,received,failed,delivered,read,failureRate,deliveryRate,readRate');
  expect(lines).toHaveLength(30);
  const { daily } = (await linked.user.must('GET', `/api/instances/${linked.name}/stats?period=30days`)).body.data;
  const counted = daily.map((day: Record<string, number>) =>
    [day.date, linked.name, day.sent, day.received, day.failed, day.delivered, day.read].join(','),
  );
  expect(lines.map((line) => line.split(',').slice(0, 7).join(','))).toEqual(counted);
  expect(Number(lines.at(-1)?.split(',')[2])).toBeGreaterThan(0);
  const scroller = page.getByRole('table', { name: 'Numbers by day' }).locator('..');
  const cut = (box: unknown) => {
    const { scrollWidth, clientWidth } = box as { scrollWidth: number; clientWidth: number };
    return scrollWidth - clientWidth;
  };
  expect(await scroller.evaluate(cut)).toBe(0);
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

  await visit.go('/admin');
  await page.getByRole('button', { name: 'More about Sarah Second' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  const edit = page.getByRole('dialog', { name: 'Edit Sarah Second' });
  await edit.getByLabel('Name').fill('Sarah First');
  await edit.getByRole('radio', { name: 'Administrator' }).check();
  await edit.getByRole('button', { name: 'Save changes' }).click();
  const row = page.getByRole('listitem').filter({ hasText: email });
  await row.getByText('Sarah First').waitFor();
  await row.getByText('Administrator').waitFor();
  const users = (await linked.user.must('GET', '/api/users')).body.data.users;
  expect(users.find((user: { email: string }) => user.email === email)).toMatchObject({
    ...{ name: 'Sarah First', role: 'ADMINISTRATOR' },
  });
});
