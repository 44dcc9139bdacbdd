import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { createAdapters } from '../../lib/core/adapters/index.ts';
import { startLocalDynamo } from '../../lib/core/adapters/local/dynamodb-process.ts';
import { type Embedded, startEmbedded } from '../../lib/core/adapters/local/start-embedded.ts';
import { bellQueueName, createSqsClient } from '../../lib/core/adapters/sqs/bells.ts';
import { ENV, readConfig } from '../../lib/core/config.ts';

const CHILD = resolve(import.meta.dirname, '../support/embedded-child.ts');
const BELL = { v: 1, instanceId: 'inst_1', commandId: 'cmd_1' } as const;

const started: Embedded[] = [];
afterEach(async () => {
  for (const services of started.splice(0)) await services.stop();
});

function aDataDir(): string {
  const dataDir = mkdtempSync(join(tmpdir(), 'switchboard-embedded-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  return dataDir;
}

async function start(dataDir: string): Promise<Embedded> {
  const services = await startEmbedded({ dataDir, shardCount: 1 });
  started.push(services);
  return services;
}

function storesOf(env: Record<string, string>) {
  const adapters = createAdapters(readConfig(env));
  onTestFinished(() => adapters.close());
  return adapters;
}

/** Writes a key and rings a bell: one thing in each service. */
async function leaveTraces(env: Record<string, string>): Promise<void> {
  const { sessions, bells } = storesOf(env);
  const { fence } = await sessions.takeFence('sub_1', 'inst_1', 'runner_1');
  await sessions.commit(fence, [{ kind: 'key', key: 'creds|', value: Uint8Array.of(1, 2, 3) }]);
  await bells.ring(0, BELL);
}

async function expectTraces(env: Record<string, string>): Promise<void> {
  const { sessions, bells } = storesOf(env);
  expect(await sessions.loadKeys('inst_1')).toEqual([{ key: 'creds|', value: Uint8Array.of(1, 2, 3) }]);
  expect((await bells.receive(0, 10)).map(({ bell }) => bell)).toEqual([BELL]);
}

async function startChild(dataDir: string): Promise<{ child: ChildProcess; env: Record<string, string> }> {
  const child = spawn(process.execPath, [CHILD, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(createInterface(child.stdout as NonNullable<typeof child.stdout>), 'line')) as [string];
  return { child, env: JSON.parse(line) };
}

/** Processes whose command line names `text`. */
function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    })
    .map(Number);
}

it('keeps data over a restart, and its secrets with them', async () => {
  const dataDir = aDataDir();
  const first = await start(dataDir);
  await leaveTraces(first.env);
  const context = { tenantId: 'sub_1', instanceId: 'inst_1' };
  const { plain, wrapped } = await first.keyWrapper.generate(context);
  await first.stop();
  const second = await start(dataDir);
  await expectTraces(second.env);
  expect(second.env[ENV.jwtSecrets]).toBe(first.env[ENV.jwtSecrets]);
  expect(Buffer.from(await second.keyWrapper.unwrap(wrapped, context))).toEqual(Buffer.from(plain));
});

it('keeps data over kill -9, leaves no database behind, and starts again on them', async () => {
  const dataDir = aDataDir();
  const { child, env } = await startChild(dataDir);
  await leaveTraces(env);
  const database = join(dataDir, 'dynamodb.db');
  expect(processesNaming(database).length).toBeGreaterThan(0);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  await vi.waitFor(() => expect(processesNaming(database)).toEqual([]), { timeout: 30_000, interval: 10 });
  const again = await start(dataDir);
  await expectTraces(again.env);
});

it('leaves no process behind when it is stopped', async () => {
  const dataDir = aDataDir();
  const services = await start(dataDir);
  await services.stop();
  expect(processesNaming(dataDir)).toEqual([]);
});

it('refuses a second gateway on the same data, and leaves the first one alone', async () => {
  const dataDir = aDataDir();
  const first = await start(dataDir);
  await expect(startEmbedded({ dataDir, shardCount: 1 })).rejects.toThrow(
    `Another gateway (process ${process.pid}) runs on ${dataDir}.`,
  );
  const child = spawn(process.execPath, [CHILD, dataDir], { stdio: ['pipe', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  const said = await text(child.stderr);
  const [code] = await ended;
  expect([code, said]).toEqual([1, expect.stringContaining('Another gateway')]);
  await leaveTraces(first.env);
  await expectTraces(first.env);
});

it('takes over the lock of a process whose number another one has now', async () => {
  const dataDir = aDataDir();
  writeFileSync(join(dataDir, 'gateway.lock'), `${process.ppid} 1`);
  await start(dataDir);
  expect(readFileSync(join(dataDir, 'gateway.lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
});

it('tells when the database has died', async () => {
  const dataDir = aDataDir();
  const services = await start(dataDir);
  const [pid] = processesNaming(join(dataDir, 'dynamodb.db')).filter((id) => commandOf(id) === 'dynoxide');
  process.kill(pid as number, 'SIGKILL');
  await services.dynamoExited;
});

it('writes its secrets for the owner only', async () => {
  const dataDir = aDataDir();
  await start(dataDir);
  for (const file of ['master.key', 'jwt-secrets']) {
    expect(statSync(join(dataDir, file)).mode & 0o777, file).toBe(0o600);
  }
});

it('listens on loopback only, and refuses what a browser or anything but SQS and SNS sends', async () => {
  const { env } = await start(aDataDir());
  for (const name of [ENV.sqsEndpoint, ENV.dynamoEndpoint]) {
    const { port } = new URL(env[name] as string);
    expect(listeningAddresses(Number(port))).toEqual(['127.0.0.1']);
  }
  const endpoint = env[ENV.sqsEndpoint] as string;
  const target = { 'x-amz-target': 'AmazonSQS.ListQueues', 'content-type': 'application/x-amz-json-1.0' };
  const status = async (path: string, init: RequestInit) => (await fetch(`${endpoint}${path}`, init)).status;
  expect(await status('/', { method: 'POST', headers: target, body: '{}' })).toBe(200);
  const fromBrowser = { ...target, origin: 'https://example.org' };
  expect(await status('/', { method: 'POST', headers: fromBrowser, body: '{}' })).toBe(403);
  const sns = (headers: Record<string, string>) =>
    status('/', { method: 'POST', headers, body: new URLSearchParams({ Action: 'ListTopics' }).toString() });
  const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const signed = { ...form, authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sns/aws4_request' };
  expect(await sns(signed)).toBe(200);
  expect(await sns(form)).toBe(403);
  expect(await sns({ ...signed, origin: 'https://example.org' })).toBe(403);
  expect(await status('/_fauxqs/queues', {})).toBe(403);
  expect(await status('/bucket/key', { method: 'PUT', body: 'x' })).toBe(403);
});

it('keeps a topic and its subscriptions over a restart, each once', async () => {
  const dataDir = aDataDir();
  const publish = async ({ env }: Embedded, isFirst: boolean) => {
    const config = readConfig(env);
    const sqs = createSqsClient(config);
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    const sns = new SNSClient({ region: config.region, endpoint: config.sqsEndpoint as string, credentials });
    onTestFinished(() => sqs.destroy());
    onTestFinished(() => sns.destroy());
    const queue = bellQueueName(config.queuePrefix, 0);
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: 'news' }));
    const Endpoint = `arn:aws:sqs:${config.region}:000000000000:${queue}`;
    if (isFirst) await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint }));
    await sns.send(new PublishCommand({ TopicArn, Message: isFirst ? 'first' : 'second' }));
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 10 }),
    );
    return Messages.map(({ Body }) => JSON.parse(Body as string).Message);
  };
  const first = await start(dataDir);
  expect(await publish(first, true)).toEqual(['first']);
  await first.stop();
  started.length = 0;
  expect(await publish(await start(dataDir), false)).toEqual(['second']);
});

it('gives a message back at once, also after a restart, and goes on counting', async () => {
  const dataDir = aDataDir();
  const receiveOnce = async ({ env }: Embedded, send: boolean) => {
    const config = readConfig(env);
    const client = createSqsClient(config);
    const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: bellQueueName(config.queuePrefix, 0) }));
    expect(QueueUrl).toMatch(new RegExp(`^${env[ENV.sqsEndpoint]}/`));
    if (send) await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'x' }));
    const { Messages } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ['ApproximateReceiveCount'] }),
    );
    const { ReceiptHandle, Attributes } = Messages?.[0] ?? {};
    await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    client.destroy();
    return Attributes?.ApproximateReceiveCount;
  };
  const first = await start(dataDir);
  expect(await receiveOnce(first, true)).toBe('1');
  expect(await receiveOnce(first, false)).toBe('2');
  await first.stop();
  expect(await receiveOnce(await start(dataDir), false)).toBe('3');
});

it('names the variable to set where there is no database for the platform', async () => {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;
  Object.defineProperty(process, 'platform', { ...platform, value: 'darwin' });
  onTestFinished(() => void Object.defineProperty(process, 'platform', platform));
  await expect(startLocalDynamo(aDataDir())).rejects.toThrow(/darwin-.*Set DYNAMODB_ENDPOINT/);
});

it('uses another DynamoDB when told to, and leaves it running', async () => {
  const own = await start(aDataDir());
  const dynamoEndpoint = own.env[ENV.dynamoEndpoint] as string;
  const other = await startEmbedded({ dataDir: aDataDir(), shardCount: 1, dynamoEndpoint });
  expect(other.env[ENV.dynamoEndpoint]).toBe(dynamoEndpoint);
  await other.stop();
  const socket = connect(Number(new URL(dynamoEndpoint).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
});

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

/** IPv4 and IPv6 addresses that something listens on with this port. */
function listeningAddresses(port: number): string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => state === '0A' && local?.endsWith(`:${hexPort}`))
      .map(([, local]) => (local?.startsWith('0100007F:') ? '127.0.0.1' : (local as string))),
  );
}
