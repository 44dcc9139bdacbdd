import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { proto } from '../../lib/baileys/index.ts';
import type { Chore } from '../../sandbox/chores.ts';
import { startSandbox } from '../../sandbox/index.ts';
import { Client, jid } from './support.ts';

let dataDir: string;
let children: ChildProcess[];
let clients: Client[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sandbox-state-'));
  children = [];
  clients = [];
});
afterEach(async () => {
  for (const client of clients) await client.kill();
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  await rm(dataDir, { recursive: true, force: true });
});

interface Remote {
  readonly child: ChildProcess;
  readonly url: string;
  readonly control: string;
}

/** The stand-alone sandbox as a process of its own. */
async function start(port = 0): Promise<Remote> {
  const entry = join(import.meta.dirname, '../../bin/sandbox.ts');
  const env = { ...process.env, SANDBOX_PORT: String(port), DATA_DIR: dataDir };
  const options = ['--disable-warning=ExperimentalWarning', entry];
  const child = spawn(process.execPath, options, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout! })) {
    const url = /ws:\/\/\S+/.exec(line)?.[0];
    if (url) return { child, url, control: url.replace('ws:', 'http:').replace('/ws/chat', '/control') };
  }
  throw new Error('the sandbox ended before it listened');
}

async function post<T>(remote: Remote, path: string, body: unknown): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${remote.control}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return (await response.json()) as T;
}

async function messages(remote: Remote, number: string, count: number): Promise<Array<{ id: string; text: string }>> {
  const found: Array<{ id: string; text: string }> = [];
  for (let after = 0; found.length < count; ) {
    const response = await fetch(`${remote.control}/phones/${number}/messages?after=${after}&waitMs=30000`);
    const page = (await response.json()) as { messages: typeof found; next: number };
    if (page.messages.length === 0) throw new Error(`only ${found.length} of ${count} messages came`);
    found.push(...page.messages);
    after = page.next;
  }
  return found;
}

const status = async (remote: Remote, number: string) =>
  (await (await fetch(`${remote.control}/phones/${number}`)).json()) as Record<string, unknown>;

async function link(remote: Remote, number: string): Promise<Client> {
  const client = new Client(remote.url);
  clients.push(client);
  client.start();
  await post(remote, 'scan', { qr: await client.qr(), phone: number });
  await client.open();
  await client.until('the app-state key', () => client.creds.myAppStateKeyId);
  return client;
}

async function reconnect(before: Client, remote: Remote): Promise<Client> {
  await before.kill();
  const client = new Client(remote.url, { creds: before.creds, keys: before.keys });
  for (const [id, message] of before.sent) client.sent.set(id, message);
  clients.push(client);
  client.start();
  await client.open();
  return client;
}

async function kill(remote: Remote): Promise<void> {
  remote.child.kill('SIGKILL');
  await once(remote.child, 'exit');
}

const CIPHERTEXT = proto.WebMessageInfo.StubType.CIPHERTEXT;
const alice = '491711110001';
const carol = '491711110002';

test('a killed sandbox goes on where it was: linked device, sessions, queue, groups', async () => {
  let remote = await start();
  let client = await link(remote, alice);
  const lidBefore = (await status(remote, carol)).lid;
  await client.send(jid(carol), { text: 'before' });
  await messages(remote, carol, 1);
  await post(remote, 'incoming', { from: carol, to: alice, text: 'answer before' });
  await client.text('answer before');
  const group = await client.sock.groupCreate('Kept', [jid(carol)]);
  await client.send(group.id, { text: 'group before' });
  await messages(remote, carol, 2);
  await client.kill();
  await post(remote, 'incoming', { from: carol, to: alice, text: 'waits in the queue' });
  await kill(remote);

  remote = await start();
  client = await reconnect(client, remote);
  await client.text('waits in the queue');
  await client.send(jid(carol), { text: 'after' });
  await post(remote, 'incoming', { from: carol, to: alice, text: 'answer after' });
  await client.text('answer after');
  expect((await client.sock.groupMetadata(group.id)).subject).toBe('Kept');
  await client.send(group.id, { text: 'group after' });
  await post(remote, 'incoming', { from: carol, to: group.id, text: 'group answer' });
  await client.text('group answer');
  const shown = await messages(remote, carol, 4);
  expect(shown.map(({ text }) => text)).toEqual(['before', 'group before', 'after', 'group after']);
  for (const number of [alice, carol]) {
    expect(await status(remote, number)).toMatchObject({ decryptErrors: [], retryRequests: 0, duplicates: 0 });
  }
  expect((await status(remote, carol)).lid).toBe(lidBefore);
});

test('killed again and again in the middle of traffic, it loses nothing that it acknowledged', {
  timeout: 120_000,
}, async () => {
  let remote = await start();
  let client = await link(remote, alice);
  const acknowledged: string[] = [];
  const written: string[] = [];
  for (const round of [1, 2, 3]) {
    const running = remote;
    const traffic = Array.from({ length: 20 }, async (_, index) => {
      const { key } = await client.send(jid(carol), { text: `out ${round}.${index}` });
      await client.ack(key.id ?? '');
      acknowledged.push(key.id ?? '');
    });
    const incoming = Array.from({ length: 20 }, async (_, index) => {
      const { id } = await post<{ id: string }>(running, 'incoming', {
        from: carol,
        to: alice,
        text: `in ${round}.${index}`,
      });
      written.push(id);
    });
    const settled = Promise.allSettled([...traffic, ...incoming]);
    const target = round * 6;
    await client.until('some traffic', () => client.acks.length >= target || client.upserts.length >= target);
    await kill(running);
    const known = client;
    // What was still under way fails; nobody waits for an ack of a dead server.
    await Promise.race([settled, known.until('the end', () => known.closes.includes(428))]);
    remote = await start();
    client = await reconnect(client, remote);
    client.upserts.push(...known.upserts);
    client.acks.push(...known.acks);
    client.arrivals.push(...known.arrivals);
  }
  const { key } = await client.send(jid(carol), { text: 'the last one' });
  const { id } = await post<{ id: string }>(remote, 'incoming', { from: carol, to: alice, text: 'the last answer' });
  await client.text('the last answer');
  written.push(id);
  // On the wire, because plain Baileys forgets a message when its socket dies between decryption and receipt.
  const arrivals = client.arrivals;
  expect(arrivals).toEqual(expect.arrayContaining(written));
  const undecryptable = client.upserts.filter((message) => message.messageStubType === CIPHERTEXT);
  for (const { key: failed } of undecryptable) {
    expect(arrivals.filter((arrival) => arrival === failed.id).length).toBeGreaterThan(1);
  }
  const shown = await messages(remote, carol, acknowledged.length + 1);
  const ids = shown.map((message) => message.id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(expect.arrayContaining([...acknowledged, key.id]));
  for (const number of [alice, carol]) {
    expect(await status(remote, number)).toMatchObject({ decryptErrors: [], duplicates: 0 });
  }
});

test('an answer that a contact owed when the sandbox was killed comes after the restart, once', async () => {
  const echo = '491711119001';
  let sandbox = await startSandbox({ dataDir, media: false, echoDelayMs: 60_000 });
  let client = await new Client(sandbox.url).link(sandbox.phone(alice));
  clients.push(client);
  await client.send(jid(echo), { text: 'remember me' });
  await sandbox.phone(echo).messages(0, 45_000);
  await client.kill();
  await sandbox.close();
  sandbox = await startSandbox({ dataDir, media: false });
  const planned = sandbox.network.state.entries<Chore>('chore').find(([, chore]) => chore.kind === 'echo');
  expect(planned).toBeDefined();
  sandbox.network.state.put('chore', planned![0], { ...planned![1], dueAt: 0 });
  await sandbox.close();

  sandbox = await startSandbox({ dataDir, media: false });
  client = new Client(sandbox.url, { creds: client.creds, keys: client.keys });
  clients.push(client);
  client.start();
  await client.text('Echo: remember me');
  const left = sandbox.network.state.entries<Chore>('chore').filter(([, chore]) => chore.kind === 'echo');
  expect(left).toEqual([]);
  await client.kill();
  await sandbox.close();
});

test('the data are for the owner only', async () => {
  const sandbox = await startSandbox({ dataDir });
  await sandbox.close();
  for (const file of ['sandbox.sqlite', 'media-key.pem']) {
    expect((await stat(join(dataDir, file))).mode & 0o077).toBe(0);
  }
});

test('media of before can be fetched after a restart, from the same URL', async () => {
  let sandbox = await startSandbox({ dataDir });
  const { media } = sandbox.network.options;
  media?.store('kept', Buffer.from('still here'));
  const url = media?.urlOf('kept');
  await sandbox.close();
  sandbox = await startSandbox({ dataDir });
  expect(sandbox.network.options.media?.urlOf('kept')).toBe(url);
  expect(sandbox.network.options.media?.read('/v/kept')?.toString()).toBe('still here');
  await sandbox.close();
});
