import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PERMISSIONS } from '../../lib/core/model/account.ts';
import { type ApiClient, freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';
import type { Person } from '../support/person.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SCOPES = ['messages:send', 'messages:read', 'devices:read', 'contacts:read', 'webhooks:manage'];

let gateway: TestGateway;
let user: ApiClient;
let shop: LinkedInstance;
let second: LinkedInstance;
let session: string;
/** Of document D, for test devices. */
let testKey: string;
/** Of the account, as document B's clients have it. */
let accountKey: string;
const programs: Program[] = [];

beforeAll(async () => {
  gateway = await TestGateway.start();
  user = await register(gateway.url);
  shop = await linkInstance(user, 'shop');
  second = await linkInstance(user, 'second');
  const made = { name: 'example', environment: 'test', scopes: SCOPES, rate_limit: 1_000 };
  testKey = (await user.must('POST', '/api/v1/api-keys', made)).body.data.key;
  const wide = { name: 'example', permissions: PERMISSIONS, rateLimit: 10_000 };
  accountKey = (await user.must('POST', '/api/keys', wide)).body.data.key;
  const { sessions } = (await user.must('GET', '/api/sessions')).body;
  session = sessions.find(({ phone }: { phone: string }) => phone === shop.phone).id;
});
afterEach(async () => {
  for (const program of programs.splice(0)) await program.stop();
});
afterAll(() => gateway?.stop());

/** An example, as its user starts it. */
class Program {
  output = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #lines = new Set<() => void>();

  constructor(name: string, key: string, env: Record<string, string>) {
    this.#child = spawn(process.execPath, [`examples/${name}/main.mjs`], {
      cwd: ROOT,
      env: { ...process.env, SWITCHBOARD_URL: gateway.url, SWITCHBOARD_KEY: key, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream as NodeJS.ReadableStream }).on('line', (line) => {
        this.output += `${line}\n`;
        for (const look of [...this.#lines]) look();
      });
    }
    programs.push(this);
  }

  /** Resolves once it has printed that. */
  async prints(text: string | RegExp, withinMs = 45_000): Promise<void> {
    const isThere = () => (typeof text === 'string' ? this.output.includes(text) : text.test(this.output));
    if (isThere()) return;
    await new Promise<void>((found, failed) => {
      const timer = setTimeout(() => failed(new Error(`no ${text} in:\n${this.output}`)), withinMs);
      const look = () => {
        if (!isThere()) return;
        clearTimeout(timer);
        this.#lines.delete(look);
        found();
      };
      this.#lines.add(look);
    });
  }

  /** What it printed, once it has ended well. */
  async end(): Promise<string> {
    const [code] = (await this.#ended) as [number | null];
    if (code !== 0) throw new Error(`it ended with ${code}:\n${this.output}`);
    return this.output;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

const person = (suffix?: string): Person => gateway.person(freshNumber(suffix));
const texts = async (who: Person) => (await who.messages()).map(({ text }) => text);

it('every example is in the list, and in a test', () => {
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
  const list = read('examples/README.md');
  const tests = ['integrations', 'examples'].map((name) => read(`tests/flow/${name}.test.ts`)).join('\n');
  const names = readdirSync(join(ROOT, 'examples')).filter((name) =>
    existsSync(join(ROOT, 'examples', name, 'main.mjs')),
  );
  expect(names.length).toBeGreaterThanOrEqual(11);
  for (const name of names) {
    expect([name, list.includes(`[${name}](${name}`)]).toEqual([name, true]);
    expect([name, tests.includes(`it('${name}: `)]).toEqual([name, true]);
  }
});

describe('examples of document D', () => {
  it('invoice-reminder: each invoice once a day, and only to who is there', async () => {
    const [ann, gone] = [person(), freshNumber('9004')];
    const invoice = { customer: 'Ann', amount: '120.00 EUR', due: '2024-01-01' };
    const invoices = [
      { ...invoice, number: 'A1', phone: `+${ann.number}` },
      { ...invoice, number: 'A2', phone: `+${gone}` },
      { ...invoice, number: 'A3', phone: `+${ann.number}`, due: '2999-01-01' },
    ];
    const env = { INVOICES: JSON.stringify(invoices) };
    for (let run = 0; run < 2; run += 1) {
      const output = await new Program('invoice-reminder', testKey, env).end();
      expect(output).toMatch(/^A1: sent as msg_3EB0[0-9A-F]{18}$/m);
      expect(output).toContain(`A2: +${gone} is not on WhatsApp`);
      expect(output).toContain('A3: not due');
    }
    await ann.sees(({ text }) => text?.includes('invoice A1') === true);
    expect(await texts(ann)).toHaveLength(1);
  });

  it('order-updates: sees that the customer got it', async () => {
    const ann = person();
    const env = { ORDER: '17', PHONE: `+${ann.number}` };
    const output = await new Program('order-updates', testKey, env).end();
    expect(output).toMatch(/^confirmed: (delivered|read)\nshipped: (delivered|read)$/m);
    expect(await texts(ann)).toEqual([
      'Thank you! We have your order 17.',
      'Your order 17 is on its way: https://track.example.com/17',
    ]);
  });

  it('ticket-system: opens, adds, answers, closes', async () => {
    const program = new Program('ticket-system', testKey, {});
    await program.prints('ready on http');
    const ann = person();
    await ann.writes(shop.phone, 'My printer is on fire');
    await ann.sees(({ text }) => text?.includes('ticket #1001') === true);
    await ann.writes(shop.phone, 'It is out again');
    await program.prints('added:    #1001: It is out again');
    await ann.writes(shop.phone, 'Close');
    await ann.sees(({ text }) => text === 'Ticket #1001 is closed.');
    await program.prints('closed:   #1001 after 2 messages');
  });

  it('crm-sync: a lead with the conversation', async () => {
    const program = new Program('crm-sync', testKey, {});
    await program.prints('ready on http');
    const ann = person();
    await ann.writes(shop.phone, 'Do you ship to Norway?');
    await program.prints(`message:  +${ann.number}: Do you ship to Norway?`);
    expect(program.output).toContain(`lead:     +${ann.number}`);
    const body = { phone_number: ann.number, message: 'We do.' };
    const sent = await user.as(testKey).must('POST', '/api/public/v1/messages/send', body);
    await program.prints(`sent:     +${ann.number}: ${sent.body.data.message_id}`);
  });
});

describe('examples of document B', () => {
  const start = (name: string, env: Record<string, string>) =>
    new Program(name, accountKey, { SESSION: session, ...env });

  it('bulk-with-validation: only to numbers that are there', async () => {
    const [ann, bob, gone] = [person(), person(), freshNumber('9004')];
    const env = { NUMBERS: [ann.number, gone, bob.number].join(','), TEXT: 'We open again.' };
    const output = await start('bulk-with-validation', env).end();
    expect(output).toContain(`${gone}: not on WhatsApp`);
    expect(output).toContain('sent to 2 of 2');
    for (const one of [ann, bob]) await one.sees(({ text }) => text === 'We open again.');
  });

  it('broadcast-to-groups: all of them, or those that we administer', async () => {
    const ann = person();
    const key = user.as(accountKey);
    const group = (subject: string, by: string, participants: string[]) =>
      key.must('POST', `/api/instances/${by}/groups`, { subject, participants });
    await group('Ours', 'shop', [ann.number]);
    await group('Theirs', 'second', [ann.number, shop.phone]);
    await key.until(`/api/sessions/${session}/groups`, ({ body }) => body.count === 2);
    const few = await start('broadcast-to-groups', { ADMIN_ONLY: 'true', TEXT: 'To ours' }).end();
    expect(few).toBe('Ours: sent to 1 people\n1 of 2 groups\n');
    const all = await start('broadcast-to-groups', { TEXT: 'To all', RUN: '2' }).end();
    expect(all).toContain('2 of 2 groups');
    await ann.sees(({ text }) => text === 'To all', 2);
    expect((await texts(ann)).filter((text) => text === 'To ours')).toHaveLength(1);
  });

  it('load-balancing: by turns', async () => {
    const people = [person(), person(), person(), person()];
    const env = { NUMBERS: people.map(({ number }) => number).join(','), TEXT: 'Balanced' };
    const output = await start('load-balancing', env).end();
    const senders = [];
    for (const one of people) senders.push((await one.sees(({ text }) => text === 'Balanced'))[0]?.from);
    for (const { phone } of [shop, second]) {
      expect(output.match(new RegExp(`by ${phone}$`, 'gm'))).toHaveLength(2);
      expect(senders.filter((from) => from?.includes(phone))).toHaveLength(2);
    }
  });

  it('auto-reply-bot: answers the question, quoting it', async () => {
    const program = start('auto-reply-bot', {});
    await program.prints('ready on http');
    const ann = person();
    const question = await ann.writes(shop.phone, 'When are you open?');
    const [reply] = await ann.sees(({ text }) => text === 'We are open from 9 to 17, Monday to Friday.');
    expect(reply?.content).toMatchObject({ extendedTextMessage: { contextInfo: { stanzaId: question } } });
    await ann.writes(shop.phone, 'Something else');
    await program.prints('person:   Something else');
  });

  it('status-monitor: says when a session is lost and when it is back', async () => {
    const program = start('status-monitor', { EVERY_MS: '50' });
    await program.prints(/total 2, connected 2, logged in 2$/m);
    await user.must('POST', `/api/sessions/${session}/disconnect`);
    await program.prints('LOST: shop');
    await program.prints(/total 2, connected 1, logged in 2$/m);
    await user.must('POST', `/api/sessions/${session}/connect`);
    await program.prints('back: shop', 60_000);
  }, 120_000);
});
