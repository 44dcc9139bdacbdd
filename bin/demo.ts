/**
 * `npm run demo`: the whole story in the terminal, over HTTP alone. Starts a gateway in a folder of its own, links a
 * simulated phone, sends, is answered, restarts, and finds everything again.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import QRCode from 'qrcode';
import { type SpawnedEntry, spawnEntry } from './spawn.ts';

/** Ends in 9001: this contact of the sandbox answers by itself (sandbox/README.md). */
const CONTACT = '15550109001';

interface Answer {
  status: number;
  body: { success: boolean; data?: Record<string, unknown>; message?: string } & Record<string, unknown>;
}

const started = performance.now();
let steps = 0;

function say(text: string): void {
  steps += 1;
  console.log(`\n${String(steps).padStart(2)}. ${text}`);
}

function detail(text: string): void {
  console.log(`    ${text}`);
}

function startGateway(dataDir: string): Promise<SpawnedEntry> {
  return spawnEntry('start', { PORT: '0', DATA_DIR: dataDir });
}

async function call(url: string, method: string, path: string, credential?: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(credential ? { authorization: `Bearer ${credential}` } : {}),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer = { status: response.status, body: text ? JSON.parse(text) : { success: true } } as Answer;
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${answer.body.message ?? text}`);
  return answer;
}

/** Asks again until `accept` likes the answer; gives up after 15 s. */
async function until(ask: () => Promise<Answer>, accept: (data: Record<string, unknown>) => boolean): Promise<Answer> {
  const endMs = performance.now() + 15_000;
  for (;;) {
    const answer = await ask();
    if (accept(answer.body.data ?? {})) return answer;
    if (performance.now() > endMs) throw new Error(`it did not happen: ${JSON.stringify(answer.body.data)}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

async function story(dataDir: string): Promise<void> {
  say('A gateway starts, with nothing else installed');
  let gateway = await startGateway(dataDir);
  let { url } = gateway;
  detail(url);
  try {
    say('A customer registers');
    const account = await call(url, 'POST', '/api/auth/register', undefined, {
      email: 'demo@example.com',
      password: 'a-long-demo-password',
      name: 'Demo Person',
    });
    const token = account.body.token as string;

    say('An instance is created in the test environment: it lives on the simulated WhatsApp network');
    await call(url, 'POST', '/api/instances', token, { name: 'customer-service', environment: 'test' });

    say('Its QR code, as a phone would scan it');
    const qr = await call(url, 'GET', '/api/instances/customer-service/qr', token);
    console.log(await QRCode.toString(qr.body.data?.qr as string, { type: 'utf8' }));

    say('A simulated phone scans it; a real Baileys socket pairs, restarts and logs in');
    const scanned = await call(url, 'POST', '/api/test/instances/customer-service/scan', token, {});
    const status = () => call(url, 'GET', '/api/instances/customer-service/status', token);
    const online = await until(status, (data) => data.status === 'CONNECTED');
    detail(`CONNECTED as ${String(online.body.data?.phone ?? scanned.body.data?.phone)}`);

    say('An API key for the program that sends');
    const key = await call(url, 'POST', '/api/instances/customer-service/keys', token, {
      name: 'Demo key',
      permissions: ['message:send', 'message:read', 'contact:check'],
    });
    const apiKey = key.body.data?.key as string;
    detail(`${apiKey.slice(0, 8)}…`);

    say(`A text to ${CONTACT}`);
    const sent = await call(url, 'POST', '/api/messages/text', apiKey, {
      to: CONTACT,
      text: 'Hello! Welcome to our customer service.',
    });
    const messageId = sent.body.data?.messageId as string;
    detail(`${sent.status} ${String(sent.body.data?.status)} ${messageId}`);
    for (const want of ['DELIVERED', 'READ']) {
      const read = () => call(url, 'GET', `/api/messages/${messageId}/status`, apiKey);
      await until(read, (data) => data.status === want || data.status === 'READ');
      detail(want);
    }

    say('The contact answers');
    const received = () => call(url, 'GET', '/api/messages?direction=received', apiKey);
    const list = (data: Record<string, unknown>) => (data.messages ?? data.items ?? []) as { text: string }[];
    const answered = await until(received, (data) => list(data).length > 0);
    detail(`“${list(answered.body.data as Record<string, unknown>)[0]?.text}”`);

    say('The gateway is stopped and started again: the session logs in by itself');
    await gateway.stop();
    gateway = await startGateway(dataDir);
    url = gateway.url;
    await until(status, (data) => data.status === 'CONNECTED');
    const after = await call(url, 'GET', `/api/messages/${messageId}/status`, apiKey);
    const again = await call(url, 'POST', '/api/messages/text', apiKey, { to: CONTACT, text: 'Still here.' });
    detail(`first message: ${String(after.body.data?.status)}, a new one: ${String(again.body.data?.status)}`);
    if (after.body.data?.status !== 'READ' || again.body.data?.status !== 'SENT') throw new Error('not as before');
  } finally {
    await gateway.stop();
  }
}

const dataDir = await mkdtemp(join(tmpdir(), 'switchboard-demo-'));
try {
  await story(dataDir);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`\nVERDICT: works. Linked, sent, read, answered, restarted, found again, in ${seconds} s.`);
} catch (error) {
  console.log(`\nVERDICT: broken at step ${steps}: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
