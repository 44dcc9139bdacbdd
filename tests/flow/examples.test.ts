import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SpawnedEntry, spawnEntry } from '../../bin/spawn.ts';
import { ApiClient, freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { Person } from '../support/person.ts';

const ROOT = resolve(import.meta.dirname, '../..');

let dataDir: string;
let gateway: SpawnedEntry;
let endpoint: string;
let sqs: SQSClient;
let instance: LinkedInstance;
let user: ApiClient;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'switchboard-examples-'));
  await start();
  user = await register(gateway.url);
  instance = await linkInstance(user);
});
afterAll(async () => {
  sqs?.destroy();
  await gateway?.kill();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(): Promise<void> {
  gateway = await spawnEntry('start', { PORT: '0', DATA_DIR: dataDir, EVENT_TOPIC: 'on', LOG_LEVEL: 'debug' });
  const { env } = JSON.parse(await readFile(join(dataDir, 'admin.json'), 'utf8'));
  endpoint = env.SQS_ENDPOINT;
  sqs?.destroy();
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  sqs = new SQSClient({ region: 'us-east-1', endpoint, credentials });
  expect(env).toMatchObject({
    INTAKE_QUEUE: 'switchboard-intake',
    EVENT_TOPIC: expect.stringMatching(/^arn:aws:sns:/),
  });
}

async function runNode(args: string[], env: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } });
  return stdout;
}

const example = (name: string, env: Record<string, string>) => runNode([`examples/${name}/main.mjs`], env);
const admin = (...words: string[]) => runNode(['bin/admin.ts', ...words], { DATA_DIR: dataDir });
const person = (number: string) => {
  const control = /Sandbox:\s+(\S+)/.exec(gateway.output())?.[1] as string;
  return new Person(control, number);
};

async function put(message: object): Promise<void> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'switchboard-intake' }));
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
}

it('http-first-message: from nothing to an answer', async () => {
  const output = await example('http-first-message', { SWITCHBOARD_URL: gateway.url, CONTACT: freshNumber('9001') });
  expect(output).toMatch(/^linked: {3}\+\d+$/m);
  expect(output).toMatch(/^sent: {5}msg_3EB0[0-9A-F]{18} to \d+: SENT$/m);
  expect(output).toMatch(/^answer: {3}Echo: Hello from the example$/m);
});

it('bulk-from-csv: everybody gets their own words, and a file says what became of each', async () => {
  const [ann, bob] = [freshNumber(), freshNumber()];
  const file = join(dataDir, 'people.csv');
  const lines = [`${ann},Ann,4711`, '12,Nobody,0', `${freshNumber('9004')},Absent,1`, `${bob},"Bob, Jr.",4712`];
  await writeFile(file, ['phone,name,order', ...lines].join('\n'));
  const output = join(dataDir, 'results.csv');
  const env = {
    ...{ API_KEY: instance.key.credential as string, SWITCHBOARD_URL: gateway.url, PER_SECOND: '0' },
  };
  const said = await runNode(['examples/bulk-from-csv/main.mjs', file, output], env);
  expect(said).toMatch(/^line 3: to cannot be a phone number or WhatsApp address$/m);
  expect(said).toMatch(/^completed: 2 sent, 0 failed, 1 skipped$/m);
  expect((await person(bob).sees(({ own }) => !own))[0]?.text).toBe('Hello Bob, Jr., order 4712 is on its way.');
  const rows = (await readFile(output, 'utf8')).trim().split('\r\n').slice(1);
  expect(rows.map((row) => row.split(',')[1])).toEqual([ann, expect.stringMatching(/9004$/), bob]);
});

it('sqs-integration: reply and events come by queues', async () => {
  const contact = freshNumber('9001');
  const API_KEY = instance.key.credential as string;
  const output = await example('sqs-integration', { API_KEY, SQS_ENDPOINT: endpoint, CONTACT: contact });
  expect(output).toMatch(/^reply: {4}accepted\nreply: {4}finished$/m);
  expect(output).toMatch(/^event: {4}message\.sent$/m);
  expect(output).toMatch(/^event: {4}message\.read$/m);
  expect(output).toMatch(/^event: {4}message\.received: Echo: Hello from a queue$/m);
  const seen = await person(contact).messages();
  expect(seen.filter(({ text }) => text === 'Hello from a queue')).toHaveLength(1);
});

describe('the programs of document C, unchanged but for URL and key', () => {
  const FOLDER = join(ROOT, 'examples/document-c');
  /** The document's recipient. */
  const RECIPIENT = '6281234567890';
  let key: string;
  beforeAll(async () => {
    await linkInstance(user, 'my-instance');
    key = (await user.must('POST', '/api/auth/generate-key', { name: 'My API Key' })).body.data.apiKey;
  });

  const has = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;

  /** Its output. */
  async function runs(command: string, file: string): Promise<string> {
    const program = await readFile(join(FOLDER, file), 'utf8');
    const path = join(dataDir, file);
    await writeFile(path, program.replaceAll('http://localhost:3000', gateway.url).replaceAll('your-api-key', key));
    const env = { ...process.env, NODE_PATH: join(FOLDER, 'modules') };
    return (await promisify(execFile)(command, [path], { env })).stdout;
  }
  const answers = async (file: string) =>
    (await runs('bash', file))
      .replaceAll('}{', '}\n{')
      .split('\n')
      .map((line) => JSON.parse(line));
  const arrives = (text: string, count: number) => person(RECIPIENT).sees((message) => message.text === text, count);

  it('JavaScript', async () => {
    expect(await runs(process.execPath, 'send-message.js')).toMatch(/^Success: \{\n {2}success: true,/);
    await arrives('Hello!', 1);
  });

  it.skipIf(!has('python3', '-c', 'import requests'))('Python', async () => {
    const before = (await person(RECIPIENT).messages()).length;
    expect(await runs('python3', 'send-message.py')).toMatch(/^\{'success': True, 'data': \{'messageId': 'msg_3EB0/);
    expect((await person(RECIPIENT).messages(before, 30_000)).map(({ text }) => text)).toEqual(['Hello!']);
  });

  it.skipIf(!has('php', '-m'))('PHP', async () => {
    const before = (await person(RECIPIENT).messages()).length;
    expect(await runs('php', 'send-message.php')).toContain('[success] => 1');
    expect((await person(RECIPIENT).messages(before, 30_000)).map(({ text }) => text)).toEqual(['Hello!']);
  });

  it('curl', async () => {
    const [sent, status, health] = await answers('requests.sh');
    expect(sent).toMatchObject({ success: true, data: { status: 'sent', to: `${RECIPIENT}@s.whatsapp.net` } });
    expect(status).toMatchObject({ success: true, data: { status: 'connected' } });
    expect(health).toMatchObject({ success: true, data: { status: 'healthy' } });
    await arrives('Hello from cURL!', 1);
    const [made] = await answers('create-instance.sh');
    expect(made).toMatchObject({ success: true, data: { name: 'My First Instance', status: 'disconnected' } });
    const looked = await answers('look-after.sh');
    expect(looked.map(({ success }) => success)).toEqual([true, true, expect.any(Boolean), true, true, true]);
  });
});

it('a message that is put twice, before and after kill -9, reaches the phone once', async () => {
  const contact = freshNumber();
  const message = (text: string, idempotencyKey: string) => ({
    ...{ apiKey: instance.key.credential, operation: 'message.sendText', idempotencyKey },
    input: { to: contact, text },
  });
  for (let n = 0; n < 3; n += 1) await put(message('only once', 'k-1'));
  await person(contact).sees(({ text }) => text === 'only once');
  await put(message('after the crash', 'k-2'));
  await gateway.kill();
  await start();
  await put(message('after the crash', 'k-2'));
  await put(message('only once', 'k-1'));
  await put(message('the last', 'k-3'));
  // Queues keep no order.
  for (const last of ['the last', 'after the crash']) {
    await person(contact).sees(({ text }) => text === last, 1, 90_000);
  }
  const texts = (await person(contact).messages()).map(({ text }) => text);
  expect([...texts].sort()).toEqual(['after the crash', 'only once', 'the last']);
});

it('what is refused lies in the dead letters, without its key, and is done when it is put back', async () => {
  const here = new ApiClient(gateway.url, user.credential);
  const made = await here.must('POST', '/api/keys', { name: 'account', permissions: ['message:send'] });
  const key = made.body.data.key as string;
  const contact = freshNumber();
  const input = { to: contact, text: 'later' };
  await put({ apiKey: key, operation: 'message.sendText', input, instanceName: 'not-made-yet' });
  const listed = () => admin('dead-letters', 'list', 'intake').then((text) => JSON.parse(text).deadLetters);
  await expect.poll(async () => (await listed()).length, { interval: 100 }).toBe(1);
  expect(await listed()).toMatchObject([
    { reason: 'RESOURCE_NOT_FOUND', keyHint: 'account_'.concat(key.slice(8, 12)) },
  ]);

  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'switchboard-intake-dlq' }));
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 }));
  expect(JSON.parse(Messages[0]?.Body as string)).toMatchObject({ instanceName: 'not-made-yet', input });
  expect(JSON.stringify(Messages)).not.toContain(key);

  await linkInstance(here, 'not-made-yet');
  expect(JSON.parse(await admin('dead-letters', 'redrive', 'intake'))).toEqual({ queue: 'intake', moved: 1 });
  await person(contact).sees(({ text }) => text === 'later');
  expect(await listed()).toEqual([]);
  expect(gateway.output()).not.toContain(key);

  await expect(admin('dead-letters', 'redrive')).rejects.toMatchObject({ code: 1 });
  await expect(admin('dead-letters', 'redrive', 'none')).rejects.toMatchObject({ code: 1 });
  const { queues } = JSON.parse(await admin('dead-letters', 'list'));
  expect(queues).toEqual(
    expect.arrayContaining([
      { queue: 'events', count: 0 },
      { queue: 'intake', count: 0 },
    ]),
  );
});
