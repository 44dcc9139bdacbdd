import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { ApiClient } from './client.ts';

/** Debian's and other distributions' names. `CHROMIUM` says another one. */
const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const NARROW = { width: 360, height: 740 };
const PASSWORD = 'a-long-password';
let people = 0;

/** Headless Chromium. @throws Error where there is none: `apt-get install chromium` */
export async function startBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? PATHS.find((path) => existsSync(path));
  if (!executablePath) throw new Error('There is no Chromium: apt-get install chromium, or CHROMIUM=path');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}

/** One person's browser on the dashboard: notes every request, and everything that a console should not say. */
export class Visit {
  readonly page: Page;
  readonly url: string;
  /** Of requests and WebSockets, to anywhere. */
  readonly requests: string[] = [];
  /** Errors of the console, refusals of the policy and exceptions. Empty when all is well. */
  readonly complaints: string[] = [];
  /** Who has registered here. */
  person: { email: string; password: string } | undefined;

  private constructor(page: Page, url: string) {
    this.page = page;
    this.url = url;
    page.on('request', (request) => this.requests.push(request.url()));
    page.on('websocket', (socket) => this.requests.push(socket.url()));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.complaints.push(message.text());
    });
  }

  static async open(
    browser: Browser,
    url: string,
    { narrow = false, ...options }: BrowserContextOptions & { narrow?: boolean } = {},
  ): Promise<Visit> {
    const viewport = narrow ? NARROW : { width: 1280, height: 860 };
    // Nothing is looked at halfway between two of its colours or places.
    const still = { reducedMotion: 'reduce' } as const;
    const context = await browser.newContext({ locale: 'en-GB', viewport, ...still, ...options });
    context.setDefaultTimeout(30_000);
    return new Visit(await context.newPage(), url);
  }

  /** Opens a page of the dashboard and waits until it shows itself. */
  async go(path: string): Promise<void> {
    await this.page.goto(`${this.url}${path}`);
    await this.settled();
  }

  /** A title is there, and nothing is being loaded. */
  async settled(): Promise<void> {
    await this.page.locator('h1').first().waitFor();
    await this.page.locator('body:not(:has([role=status] .visually-hidden:has-text("Loading")))').waitFor();
  }

  /** Through the form, as a new tenant. */
  async register(name = 'Ann Example'): Promise<{ email: string; password: string }> {
    people += 1;
    const email = `person-${people}-${process.pid}@example.com`;
    await this.go('/register');
    await this.page.getByLabel('Your name').fill(name);
    await this.page.getByLabel('E-mail').fill(email);
    await this.page.getByLabel('Password').fill(PASSWORD);
    await this.page.getByRole('button', { name: 'Create account' }).click();
    await this.page.locator('#main').waitFor();
    await this.settled();
    this.person = { email, password: PASSWORD };
    return this.person;
  }

  /** The same person as a program. */
  async client(): Promise<ApiClient> {
    const client = new ApiClient(this.url);
    const { body } = await client.must('POST', '/api/auth/login', this.person);
    return client.as(body.data.token as string);
  }

  async signIn({ email, password }: { email: string; password: string }): Promise<void> {
    await this.page.getByLabel('E-mail').fill(email);
    await this.page.getByLabel('Password').fill(password);
    await this.page.getByRole('button', { name: 'Sign in' }).click();
  }

  /** What axe says of the page as it stands: rule and place of each violation. */
  async violations(): Promise<string[]> {
    const isThere = await this.page.evaluate('typeof axe === "object"');
    if (!isThere) await this.page.evaluate(AXE);
    const results = (await this.page.evaluate(
      'axe.run(document, { resultTypes: ["violations"], rules: { "color-contrast": { enabled: true } } })',
    )) as { violations: { id: string; nodes: { target: string[]; failureSummary?: string }[] }[] };
    return results.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`),
    );
  }

  /** By how many pixels the page is wider than the window. */
  async overflow(): Promise<number> {
    return (await this.page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    )) as number;
  }

  /** What can be used but sticks out of the page's margin, by its words; what scrolls by itself is left out. */
  async cutOff(): Promise<string[]> {
    return (await this.page.evaluate(`[...document.querySelectorAll('main :is(button, input, select, textarea, a)')]
      .filter((one) => {
        const { right, left, width } = one.getBoundingClientRect();
        if (width === 0 || one.closest('.visually-hidden')) return false;
        for (let up = one.parentElement; up.id !== 'main'; up = up.parentElement) {
          if (getComputedStyle(up).overflowX !== 'visible') return false;
        }
        return left < 8 || right > innerWidth - 8;
      })
      .map((one) => one.textContent || one.name || one.type)`)) as string[];
  }

  /**
   * Presses Tab from the beginning of the content to its end. What can be used there, by its words: whether it came in
   * its order, what never came, and what had the focus without showing it.
   */
  async tabThrough(): Promise<{ inOrder: boolean; missed: string[]; hidden: string[] }> {
    const count = (await this.page.evaluate(`{
      // Of several that the arrow keys choose from, one is a stop; their list hands the focus on to it.
      const isMember = (one) => one.tabIndex < 0 || one.role === 'tablist' || (one.type === 'radio' && !one.checked);
      window.stops = [...document.querySelectorAll('main :is(button, input, select, textarea, a[href], summary, [tabindex])')]
        .filter((one) => !one.disabled && !isMember(one) && one.checkVisibility({ visibilityProperty: true }));
      document.getElementById('main').focus();
      window.stops.length;
    }`)) as number;
    const seen: number[] = [];
    const hidden: string[] = [];
    for (let presses = 0; presses < count * 8; presses += 1) {
      await this.page.keyboard.press('Tab');
      const [index, ring, words] = (await this.page.evaluate(`{
        const one = document.activeElement;
        const { outlineStyle, boxShadow } = getComputedStyle(one);
        const near = one.closest('label, article, li') ?? one;
        const shown = [one, near, near.firstElementChild].some((any) => any && getComputedStyle(any).outlineStyle !== 'none');
        [window.stops.indexOf(one), shown || boxShadow !== 'none' || outlineStyle !== 'none', one.textContent || one.name || one.type];
      }`)) as [number, boolean, string];
      // Parts of a date are stops of their own within one field.
      if (index === seen.at(-1)) continue;
      if (index < 0) {
        const isInside = await this.page.evaluate('document.activeElement.closest("main") !== null');
        if (!isInside) break;
        continue;
      }
      seen.push(index);
      if (!ring) hidden.push(words);
      if (index === count - 1) break;
    }
    const missed = (await this.page.evaluate(
      `window.stops.filter((_, index) => !${JSON.stringify(seen)}.includes(index)).map((one) => one.textContent || one.name || one.type)`,
    )) as string[];
    return { inOrder: seen.every((index, i) => i === 0 || index > (seen[i - 1] as number)), missed, hidden };
  }

  /** Requests that went anywhere but to the gateway. */
  get strangers(): string[] {
    const { host } = new URL(this.url);
    return this.requests.filter((address) => {
      const { protocol, host: asked } = new URL(address);
      return protocol !== 'data:' && protocol !== 'blob:' && asked !== host;
    });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
