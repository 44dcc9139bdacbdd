import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDynamo, type Dynamo } from '../../lib/core/adapters/dynamodb/client.ts';
import { type Adapters, createAdapters } from '../../lib/core/adapters/index.ts';
import { readRunnerConfig } from '../../lib/core/config.ts';
import type { RunnerBeat } from '../../lib/core/ports/index.ts';

const AT_ONCE = 32;
const CALLS = 100;
const BEAT: RunnerBeat = {
  ...{ id: 'runner_1', counter: 1, draining: false, releasing: [], load: 0, startedAtMs: 1, host: 'here:1' },
};

/** Calls that have arrived and have no answer yet. */
const open = new Set<ServerResponse>();
let most = 0;
let server: Server;
let endpoint: string;
let dynamo: Dynamo;
let vital: Dynamo;

beforeAll(async () => {
  server = createServer((request, response) => {
    open.add(response);
    most = Math.max(most, open.size);
    request.resume();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = { region: 'us-east-1', dynamoEndpoint: endpoint } as const;
  dynamo = createDynamo(config);
  vital = createDynamo(config, { isVital: true });
});
afterAll(() => {
  dynamo.destroy();
  vital.destroy();
  server.closeAllConnections();
  server.close();
});

const get = (client: Dynamo, n: number) => client.send(new GetCommand({ TableName: 'rows', Key: { pk: String(n) } }));

/** Answers the call that has waited longest. */
async function answerOne(): Promise<void> {
  await expect.poll(() => open.size, { interval: 5 }).toBeGreaterThan(0);
  const [response] = open as unknown as Iterable<ServerResponse>;
  open.delete(response as ServerResponse);
  response?.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{}');
}

it('asks for so much at a time, all in the end, and lets a heartbeat by', async () => {
  const answers = Promise.all(Array.from({ length: CALLS }, (_, n) => get(dynamo, n)));
  await expect.poll(() => open.size, { interval: 5 }).toBe(AT_ONCE);
  const beat = get(vital, 0);
  await expect.poll(() => open.size, { interval: 5 }).toBe(AT_ONCE + 1);
  for (let n = 0; n <= CALLS; n += 1) await answerOne();
  expect(await answers).toHaveLength(CALLS);
  await beat;
  expect(most).toBe(AT_ONCE + 1);
});

it.each<[string, (adapters: Adapters) => Promise<unknown>]>([
  ['heartbeats', ({ runners }) => runners.beat(BEAT)],
  ['who is there', ({ runners }) => runners.list()],
  ['who owns what', ({ shards }) => shards.list()],
  ['claims of shards', ({ shards }) => shards.claim(1, 'runner_1', 0)],
])('of a process that waits for its store: %s do not', async (_what, ask) => {
  const adapters = createAdapters(readRunnerConfig({ DYNAMODB_ENDPOINT: endpoint, SQS_ENDPOINT: endpoint }));
  const waiting = Promise.all(Array.from({ length: AT_ONCE + 1 }, (_, n) => adapters.commands.get('inst', `cmd_${n}`)));
  await expect.poll(() => open.size, { interval: 5 }).toBe(AT_ONCE);
  const vital = ask(adapters).catch((error: unknown) => error);
  await expect.poll(() => open.size, { interval: 5 }).toBe(AT_ONCE + 1);
  for (let n = 0; n < AT_ONCE + 2; n += 1) await answerOne();
  await Promise.all([waiting, vital]);
  adapters.close();
});
