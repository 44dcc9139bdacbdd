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
    const context = await browser.newContext({ locale: 'en-GB', viewport, ...options });
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
