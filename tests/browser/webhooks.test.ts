import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startBrowser, Visit } from '../support/browser.ts';
import { linkInstance } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';
import { Receiver } from '../support/receiver.ts';

let gateway: TestGateway;
let browser: Browser;
let receiver: Receiver;
beforeAll(async () => {
  [gateway, browser, receiver] = await Promise.all([TestGateway.start(), startBrowser(), Receiver.start()]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
  await receiver?.stop();
});

it('an endpoint fails, why is seen, it is mended and sent again; nobody else sees any of it', async () => {
  const visit = await Visit.open(browser, gateway.url);
  const { page } = visit;
  await visit.register();
  const { key } = await linkInstance(await visit.client());
  await receiver.set('shop', { status: 500 });

  await visit.go('/webhooks');
  await page.getByRole('button', { name: 'New webhook' }).click();
  await page.getByLabel('Address').fill(receiver.url('shop'));
  await page.getByRole('radio', { name: 'Chosen events' }).check();
  await page.getByRole('button', { name: 'Create webhook' }).click();
  await page.getByText('Choose at least one event').waitFor();
  await page.getByRole('checkbox', { name: 'message.sent' }).check();
  expect(await visit.violations()).toEqual([]);
  await page.getByRole('button', { name: 'Create webhook' }).click();
  const secret = (await page.getByRole('region', { name: 'Signing secret' }).textContent()) as string;
  expect(secret).toMatch(/^whsec_/);
  await receiver.set('shop', { secret });
  await page.getByRole('button', { name: 'I have kept it' }).click();

  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('Your program broke (500)').first().waitFor();
  await page.getByText('the receiving program: its log', { exact: false }).first().waitFor();
  await page.getByText('no thank you').first().waitFor();

  await key.must('POST', '/api/messages/text', { to: '15550109001', text: 'Hello!' });
  const [failed] = await receiver.until('shop', (hits) => hits.filter(isSent).length > 0).then(sent);
  await page.reload();
  await page.getByRole('button', { name: 'Details of message.sent, Waiting' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('Your program broke (500)').waitFor();
  await dialog.getByText(`webhook-id: ${failed?.id}`).first().waitFor();
  await dialog.getByText('no thank you').first().waitFor();
  expect(await visit.violations()).toEqual([]);

  await receiver.set('shop', { status: 200 });
  await dialog.getByRole('button', { name: 'Send again' }).click();
  const hits = await receiver.until('shop', (all) => sent(all).some(({ status }) => status === 200)).then(sent);
  expect(hits.find(({ status }) => status === 200)).toMatchObject({ id: failed?.id, verified: true });
  await dialog.getByText('thank you', { exact: true }).waitFor();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('button', { name: 'Details of message.sent, Delivered' }).waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();
  await page.getByText('The test arrived.').waitFor();
  expect(visit.complaints).toEqual([]);

  const { pathname } = new URL(page.url());
  const stranger = await Visit.open(browser, gateway.url);
  await stranger.register('Bob Stranger');
  await stranger.go('/webhooks');
  await stranger.page.getByRole('heading', { name: 'Tell your program what happens' }).waitFor();
  await stranger.go(pathname);
  await stranger.page.getByText('This does not exist, or no longer.').first().waitFor();
  expect(await stranger.page.getByText(receiver.url('shop')).count()).toBe(0);
  await Promise.all([visit.close(), stranger.close()]);
});

it('a webhook gets other events and chats, and a secret that takes the place of the old one', async () => {
  const visit = await Visit.open(browser, gateway.url);
  const { page } = visit;
  await visit.register();
  const { key, user } = await linkInstance(await visit.client());
  const made = await user.must('POST', '/api/webhooks', { url: receiver.url('desk'), events: ['*'] });
  const { id } = made.body.data;
  await visit.go(`/webhooks/${id}/settings`);
  await page.getByLabel('Name').fill('The desk');
  await page.getByRole('radio', { name: 'Chosen events' }).check();
  await page.getByRole('checkbox', { name: 'message.read' }).check();
  await page.getByLabel('Chats', { exact: true }).selectOption({ label: 'Only people' });
  await page.getByLabel('Headers').fill('X-Desk: 7');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await page.getByText('Set now: X-Desk', { exact: false }).waitFor();
  const saved = (await user.must('GET', `/api/webhooks/${id}`)).body.data;
  expect(saved).toMatchObject({ events: ['message.read'], chatTypes: ['user'], description: 'The desk' });

  await page.getByRole('button', { name: 'New secret' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'New secret' }).click();
  const shown = page.getByRole('dialog', { name: 'The new secret' }).getByRole('region');
  const secret = (await shown.textContent()) as string;
  expect(secret).toMatch(/^whsec_/);
  expect(secret).not.toBe(made.body.data.secret);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByText('The old secret signs too until', { exact: false }).waitFor();
  await receiver.set('desk', { secret, status: 200 });
  await key.must('POST', '/api/messages/text', { to: '15550109107', text: 'Hello!' });
  const hits = await receiver.until('desk', (all) => all.some(({ body }) => body.type === 'message.read'));
  expect(hits.find(({ body }) => body.type === 'message.read')).toMatchObject({
    ...{ verified: true, headers: { 'x-desk': '7' } },
  });
  expect(hits.some(({ body, verified }) => body.type === 'message.sent' && verified)).toBe(false);
  expect(visit.complaints).toEqual([]);
  await visit.close();
});

type Hits = Awaited<ReturnType<Receiver['hits']>>;
const isSent = ({ body }: Hits[number]) => body.type === 'message.sent';
const sent = (hits: Hits) => hits.filter(isSent);
