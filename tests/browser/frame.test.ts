import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBrowser, Visit } from '../support/browser.ts';
import { TestGateway } from '../support/gateway.ts';
import { type Furniture, furnish, PAGES } from '../support/pages.ts';

/** For whoever looks at every page, on a busy machine. */
const ALL_PAGES_MS = PAGES.length * 10_000;

let gateway: TestGateway;
let browser: Browser;
beforeAll(async () => {
  [gateway, browser] = await Promise.all([TestGateway.start(), startBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await gateway?.stop();
});

describe('a session', () => {
  it('begins with the registration, outlives a reload, keeps nothing that a script could take, and ends', async () => {
    const visit = await Visit.open(browser, gateway.url);
    const person = await visit.register();
    await visit.page.reload();
    await visit.page.getByRole('button', { name: 'Sign out' }).waitFor();
    const stored = (await visit.page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    )) as string;
    expect(JSON.parse(stored)).toEqual([{ 'switchboard.session': '1' }, {}, '']);
    const [cookie] = await visit.page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/api/auth/session' });

    await visit.page.getByRole('button', { name: 'Sign out' }).click();
    await visit.page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    expect(await visit.page.context().cookies()).toEqual([]);
    await visit.signIn(person);
    await visit.page.getByRole('button', { name: 'Sign out' }).waitFor();
    expect(visit.complaints).toEqual([]);
    await visit.close();
  });

  it('ends in every browser at once', async () => {
    const [here, elsewhere] = [await Visit.open(browser, gateway.url), await Visit.open(browser, gateway.url)];
    const person = await here.register();
    await elsewhere.go('/account');
    await elsewhere.signIn(person);
    await elsewhere.page.getByRole('heading', { name: 'My account' }).waitFor();
    await here.go('/account');
    await here.page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await here.page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
    await here.page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await elsewhere.page.reload();
    await elsewhere.page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await Promise.all([here.close(), elsewhere.close()]);
  });

  it('says what is wrong when it cannot begin', async () => {
    const visit = await Visit.open(browser, gateway.url);
    await visit.go('/');
    await visit.signIn({ email: 'nobody@example.com', password: 'wrong-password' });
    await visit.page.getByRole('alert').getByText('E-mail or password is wrong.').waitFor();
    await visit.close();
  });

  it('of a user with a temporary password begins with a password of their own', async () => {
    const [administrator, visit] = [await Visit.open(browser, gateway.url), await Visit.open(browser, gateway.url)];
    const { email, password } = await administrator.register();
    const call = async (path: string, body: object, token?: string) => {
      const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
      const answer = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await answer.json()) as { data: { token: string; temporaryPassword: string } };
    };
    const { data } = await call('/api/auth/login', { email, password });
    const sarah = { email: `sarah-${email}`, name: 'Sarah', role: 'USER' };
    const { temporaryPassword } = (await call('/api/users', sarah, data.token)).data;
    await visit.go('/');
    await visit.signIn({ email: sarah.email, password: temporaryPassword });
    await visit.page.getByRole('heading', { name: 'Choose a password of your own' }).waitFor();
    await visit.page.getByLabel('Present password').fill(temporaryPassword);
    await visit.page.getByLabel('New password', { exact: true }).fill('sarahs-own-password');
    await visit.page.getByLabel('New password again').fill('sarahs-own-password');
    await visit.page.getByRole('button', { name: 'Change password' }).click();
    await visit.page.getByRole('navigation', { name: 'Main' }).waitFor();
    expect(visit.complaints).toEqual([]);
    await Promise.all([administrator.close(), visit.close()]);
  });
});

describe('every page', () => {
  let made: Furniture;
  let state: Awaited<ReturnType<BrowserContext['storageState']>>;
  beforeAll(async () => {
    const visit = await Visit.open(browser, gateway.url);
    await visit.register();
    made = await furnish(visit);
    state = await visit.page.context().storageState();
    await visit.close();
  });
  /** In a new browser that is signed in; the session goes on in the next one. */
  const visiting = async (options: Parameters<typeof Visit.open>[2], look: (visit: Visit) => Promise<void>) => {
    const visit = await Visit.open(browser, gateway.url, { ...options, storageState: state });
    await look(visit);
    state = await visit.page.context().storageState();
    await visit.close();
  };

  it.each(['light', 'dark'] as const)(
    'in %s has no violation of accessibility, asks nobody else, and complains of nothing',
    async (colorScheme) => {
      await visiting({ colorScheme }, async (visit) => {
        for (const { name, path } of PAGES) {
          await visit.go(path(made));
          expect([name, await visit.violations()]).toEqual([name, []]);
        }
        expect(visit.strangers).toEqual([]);
        expect(visit.complaints).toEqual([]);
      });
    },
    ALL_PAGES_MS,
  );

  it(
    'fits 360 pixels, and the menu opens there',
    async () => {
      await visiting({ narrow: true }, async (visit) => {
        for (const { name, path } of PAGES) {
          await visit.go(path(made));
          expect([name, await visit.overflow(), await visit.cutOff()]).toEqual([name, 0, []]);
        }
        await visit.page.getByRole('button', { name: 'Menu' }).click();
        await visit.page.getByRole('link', { name: 'Webhooks' }).click();
        await visit.page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
      });
    },
    ALL_PAGES_MS,
  );
});

describe('with the keyboard alone', () => {
  let visit: Visit;
  let made: Furniture;
  beforeAll(async () => {
    visit = await Visit.open(browser, gateway.url);
    await visit.register();
    made = await furnish(visit);
  });
  afterAll(() => visit?.close());

  const MAIN_PAGES = [
    ...['start', 'instances', 'instance-overview', 'instance-settings', 'link', 'conversation', 'bulk-new', 'keys'],
    ...['webhook-deliveries', 'webhook-settings', 'reference', 'statistics', 'admin-audit', 'account'],
  ];

  it.each(MAIN_PAGES)('everything on %s is reached, in its order, and seen', async (name) => {
    await visit.go(PAGES.find((one) => one.name === name)?.path(made) as string);
    const { inOrder, missed, hidden } = await visit.tabThrough();
    expect({ inOrder, missed, hidden }).toEqual({ inOrder: true, missed: [], hidden: [] });
  });

  it.each([
    ['/instances', 'New instance'],
    ['/keys', 'New key'],
    ['/webhooks', 'New webhook'],
    ['/bulk/customer-service/templates', 'New template'],
    ['/bulk/customer-service/scheduled', /^Edit the message/],
    ['/admin', 'Invite somebody'],
    ['/conversations/customer-service', 'New chat'],
    ['/account', 'Sign out everywhere'],
  ])('on %s a dialog keeps the focus, and Escape brings it back to %s', async (path, opener) => {
    const { page } = visit;
    await visit.go(path);
    await page.getByRole('button', { name: opener }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    const inside = await page.getByRole('dialog').locator('button, input, select, textarea').count();
    for (let presses = 0; presses < inside + 3; presses += 1) {
      await page.keyboard.press('Tab');
      // Between two rounds the focus is at the browser's own buttons: on nothing of the page.
      const place = await page.evaluate('document.activeElement.closest("dialog, header, main, body").localName');
      expect(['dialog', 'body']).toContain(place);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect.poll(() => page.getByRole('button', { name: opener }).evaluate(isFocused)).toBe(true);
  });

  it('a menu opens, is walked through, and gives the focus back', async () => {
    const { page } = visit;
    await visit.go('/keys');
    const opener = page.getByRole('button', { name: 'More about test key' });
    await opener.focus();
    // A key that follows at once must find it: whether the first item has the focus when it comes into the page.
    await page.evaluate(`window.begun = new Promise((told) => {
      const look = () => {
        const item = document.querySelector('[role=menuitem]');
        if (item) told(item === document.activeElement);
      };
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    }); true`);
    await page.keyboard.press('Enter');
    expect(await page.evaluate('window.begun')).toBe(true);
    for (const item of ['Rotate secret', 'Revoke']) {
      await page.keyboard.press('ArrowDown');
      // Radix moves the focus by a timer, which a key that waits already would overtake.
      await expect.poll(() => page.getByRole('menuitem', { name: item }).evaluate(isFocused)).toBe(true);
    }
    await page.keyboard.press('Escape');
    await page.getByRole('menu').waitFor({ state: 'detached' });
    await expect.poll(() => opener.evaluate(isFocused)).toBe(true);
  });
});

/** Runs in the page. */
const isFocused = (element: unknown) =>
  element === (globalThis as unknown as { document: { activeElement: unknown } }).document.activeElement;

describe('before somebody is signed in', () => {
  it.each(['light', 'dark'] as const)('a page has no violation of accessibility in %s', async (colorScheme) => {
    const visit = await Visit.open(browser, gateway.url, { colorScheme, narrow: colorScheme === 'dark' });
    for (const path of ['/sign-in', '/register']) {
      await visit.go(path);
      expect([path, await visit.violations(), await visit.overflow()]).toEqual([path, [], 0]);
    }
    expect([visit.strangers, visit.complaints]).toEqual([[], []]);
    await visit.close();
  });
});

it('goes with the keyboard alone: past the menu to the content, and the focus follows to the new page', async () => {
  const visit = await Visit.open(browser, gateway.url);
  await visit.register();
  await visit.go('/keys');
  const focused = () => visit.page.evaluate('document.activeElement.textContent || document.activeElement.id');
  await visit.page.keyboard.press('Tab');
  expect(await focused()).toBe('Skip to the content');
  await visit.page.keyboard.press('Enter');
  expect(await visit.page.evaluate('document.activeElement.id')).toBe('main');
  await visit.page.getByRole('link', { name: 'Statistics' }).focus();
  await visit.page.keyboard.press('Enter');
  await visit.page.getByRole('heading', { name: 'Statistics' }).waitFor();
  await expect.poll(focused).toBe('Statistics');
  await expect.poll(() => visit.page.title()).toBe('Statistics · Switchboard');
  await visit.close();
});

it('speaks five languages, and remembers which', async () => {
  const visit = await Visit.open(browser, gateway.url, { locale: 'de-AT' });
  await visit.go('/register');
  expect(await visit.page.locator('html').getAttribute('lang')).toBe('de');
  for (const [code, title] of [
    ['en', 'Create your account'],
    ['es', 'Cree su cuenta'],
    ['pt', 'Crie sua conta'],
    ['id', 'Buat akun Anda'],
    ['de', 'Konto anlegen'],
  ] as const) {
    await visit.page.locator('select').first().selectOption(code);
    await visit.page.getByRole('heading', { name: title }).waitFor();
  }
  await visit.page.locator('select').first().selectOption('id');
  await visit.page.reload();
  await visit.page.getByRole('heading', { name: 'Buat akun Anda' }).waitFor();
  await visit.close();
});
