import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BinaryNode } from '../../lib/baileys/index.ts';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import { type LocalDynamo, startLocalDynamo } from '../../lib/core/adapters/local/dynamodb-process.ts';
import { OPERATION_NAMES, OPERATIONS, type OperationName } from '../../lib/core/catalogue/operations.ts';
import { PERMISSIONS } from '../../lib/core/model/account.ts';
import { type Command, isFinished } from '../../lib/core/model/command.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import { probe } from '../../runner/probe.ts';
import { type Sandbox, startSandbox } from '../../sandbox/index.ts';
import { type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { adaptersOf } from '../support/event-log.ts';
import { until } from '../support/families.ts';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts';
import { TestGateway } from '../support/gateway.ts';
import { type CaseWorld, type OperationCase, prepareCase } from '../support/operation-cases.ts';

/** Crashes; at each, a share of all operations is under way, within the minute that most of them have. */
const CRASHES = 3;
const REPLIES = 'switchboard-reply-crash';
/** Of the session itself, asked for by people: they have an instance of their own. */
const OF_SESSION = ['configure', 'disconnect', 'connect', 'restart', 'logout', 'remove'].map(
  (name) => `instance.${name}` as OperationName,
);
const rest = OPERATION_NAMES.filter((op) => !OF_SESSION.includes(op));
const waves = Array.from({ length: CRASHES }, (_, n) => rest.filter((_op, index) => index % CRASHES === n));

/** Tried with a connection that breaks, which takes a second each; with CRASH_ALL=1 it is every operation. */
const BROKEN_OFF: readonly OperationName[] = [
  ...(['group.create', 'community.create', 'community.createGroup', 'channel.create'] as const),
  ...(['group.leave', 'community.leave', 'community.linkGroup', 'community.unlinkGroup', 'channel.delete'] as const),
  ...(['message.sendText', 'message.sendImage', 'message.react', 'message.star', 'message.setDisappearing'] as const),
  ...(['label.create', 'chat.archive', 'contact.block', 'contact.check', 'contact.save'] as const),
  ...(['group.get', 'group.setSubject', 'group.addParticipants', 'group.acceptInvite', 'group.sendText'] as const),
  ...(['channel.update', 'channel.follow', 'channel.sendText', 'status.sendText', 'status.delete'] as const),
  ...(['profile.setName', 'privacy.set', 'business.profile'] as const),
];
/** Sent and never answered, or done without WhatsApp: there is no answer to lose. */
const WITHOUT_ANSWER: readonly OperationName[] = [
  ...(['message.markRead', 'message.typing', 'presence.set', 'presence.subscribe', 'call.reject'] as const),
  ...(['message.raw', 'media.download', 'media.convertVoice', 'media.convertVideo'] as const),
];

let sandbox: Sandbox;
let gateway: TestGateway;
let adapters: Adapters;
let world: CaseWorld;
let mine: Instance;
let spare: LinkedInstance;
let sqs: SQSClient;
let folder: string;
let database: LocalDynamo;
let dynamo: FaultProxy;

beforeAll(async () => {
  sandbox = await startSandbox({ readDelayMs: 20, echoDelayMs: 20 });
  folder = await mkdtemp(join(tmpdir(), 'switchboard-crash-'));
  database = await startLocalDynamo(folder);
  dynamo = await startFaultProxy(database.endpoint);
  gateway = await TestGateway.start({ SANDBOX_URL: sandbox.controlUrl, DYNAMODB_ENDPOINT: dynamo.url });
  world = { sandbox, gateway, mine: await linked(), host: await linked() };
  spare = await linked();
  attach();
  mine = await rowOf(world.mine);
}, 120_000);
afterAll(async () => {
  probe.at = () => undefined;
  sqs?.destroy();
  adapters?.close();
  await gateway?.stop();
  await sandbox?.close();
  await dynamo?.close();
  await database?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function linked(): Promise<LinkedInstance> {
  const instance = await linkInstance(await register(gateway.url), 'mine');
  const key = { name: 'all', permissions: [...PERMISSIONS], rateLimit: 1_000_000 };
  const made = await instance.user.must('POST', '/api/instances/mine/keys', key);
  return { ...instance, key: instance.user.as(made.body.data.key as string) };
}

async function rowOf({ user, name }: LinkedInstance): Promise<Instance> {
  const { id } = (await user.must('GET', `/api/instances/${name}`)).body.data;
  const tenantId = (await user.must('GET', '/api/subscription')).body.data.id;
  return (await adapters.instances.get(tenantId, id)) as Instance;
}

/** To the stores and queues of the gateway as it runs now. */
function attach(): void {
  adapters = adaptersOf(gateway.dataDir);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  sqs = new SQSClient({ region: 'us-east-1', endpoint: gateway.gateway.queues.endpoint, credentials });
}

async function restart(): Promise<void> {
  sqs.destroy();
  adapters.close();
  await gateway.restart();
  attach();
  for (const each of [world.mine, world.host, spare]) {
    Object.assign(each, { user: each.user.at(gateway.url), key: each.key.at(gateway.url) });
  }
}

async function ask({ op, input }: OperationCase, of = world.mine, more: object = {}): Promise<void> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: gateway.gateway.queues.intake }));
  const message = { apiKey: of.key.credential, operation: op, input, ...more };
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }));
}

/** Runs each of them; the runner dies when WhatsApp has answered, before it is written down. Returns the commands. */
async function lost(instance: Instance, work: readonly (() => Promise<unknown>)[]): Promise<string[]> {
  let count = 0;
  probe.at = (point) => {
    if (point !== 'finishing') return;
    count += 1;
    throw new Error('The runner dies here.');
  };
  try {
    for (const [index, begin] of work.entries()) {
      await begin();
      await until(() => count > index);
    }
  } finally {
    probe.at = () => undefined;
  }
  const pending = await adapters.commands.listPending(instance.shard, instance.id);
  expect(pending).toHaveLength(work.length);
  return pending.map(({ commandId }) => commandId);
}

function ended(instanceId: string, commandId: string): Promise<Command> {
  return until(async () => {
    const command = await adapters.commands.get(instanceId, commandId);
    return command && isFinished(command.state) ? command : undefined;
  });
}

/** What the catalogue promises of a command whose first run ended in the dark. */
function promised(op: OperationName, attempt: number): object {
  const state = OPERATIONS[op].onAmbiguity === 'report' ? 'unknown' : 'done';
  return { op, state, attempt, error: null, isOutput: state === 'done', times: timesMeant(op) };
}

async function outcomeOf(each: OperationCase, command: Command, of = world.mine): Promise<object> {
  const { op } = each;
  const { state, attempt } = command;
  return {
    ...{ op, state, attempt, error: state === 'failed' ? command.error : null },
    isOutput: OPERATIONS[op].output.safeParse(command.output).success,
    times: await timesSeen(each, of),
  };
}

const TRAVELS: readonly OperationName[] = [
  ...(['message.react', 'message.edit', 'message.delete', 'message.pin', 'message.vote'] as const),
  ...(['message.setDisappearing', 'status.delete'] as const),
];

/** How often the world shows what was asked for once; 0 where there is nothing to count. */
function timesMeant(op: OperationName): number {
  if (op === 'message.sendAlbum') return 3;
  if (op === 'label.create') return 1;
  const { sendsMessage, onAmbiguity } = OPERATIONS[op];
  return sendsMessage || onAmbiguity === 'report' || TRAVELS.includes(op) ? 1 : 0;
}

async function timesSeen({ op, input, contact, mark, shownBefore }: OperationCase, of = world.mine): Promise<number> {
  const { groups, newsletters } = sandbox.network;
  const { account } = sandbox.phone(of.phone);
  if (op === 'label.create') return (await labelsNamed(mark)).length;
  if (op === 'channel.create') return newsletters.of(account).filter(({ record }) => record.name === mark).length;
  if (OPERATIONS[op].onAmbiguity === 'report') {
    const isMade = op === 'community.create';
    return groups.all().filter(({ record }) => record.subject === mark && Boolean(record.isCommunity) === isMade)
      .length;
  }
  if (op.startsWith('channel.send')) return newsletters.get(input.to as string)?.record.posts.length ?? 0;
  if (timesMeant(op) > 0) await until(async () => (await gateway.person(contact).messages()).length > shownBefore);
  return (await gateway.person(contact).messages()).length - shownBefore;
}

/** Ids of the labels of a name that all devices of the account agree on; ids are given one after the other. */
async function labelsNamed(name: string): Promise<string[]> {
  const found: string[] = [];
  const { appState } = sandbox.phone(world.mine.phone);
  for (let id = 1; ; id += 1) {
    const label = (await appState.get('label_edit', String(id)))?.labelEditAction;
    if (!label) return found;
    if (label.name === name && !label.deleted) found.push(String(id));
  }
}

/** The phone speaks of a label, so that the gateway knows of it before it is made again. */
async function showsLabel(name: string): Promise<void> {
  const [id = ''] = await labelsNamed(name);
  await sandbox.phone(world.mine.phone).appState.change({ addLabel: { id, name, color: 0 } }, '');
  await until(async () => (await adapters.chats.listLabels(mine.id)).some((label) => label.name === name));
}

it.each(waves.map((wave, n) => [n + 1, wave] as const))(
  'an operation whose runner died ends as the catalogue says: crash %i',
  { timeout: 180_000 },
  async (_n, wave) => {
    const cases: OperationCase[] = [];
    for (const op of wave) cases.push(await prepareCase(world, op));
    const commands = await lost(
      mine,
      cases.map((each) => () => ask(each)),
    );
    for (const { op, mark } of cases) if (op === 'label.create') await showsLabel(mark);
    await restart();
    const outcomes: object[] = [];
    for (const [index, each] of cases.entries()) {
      outcomes.push(await outcomeOf(each, await ended(mine.id, commands[index] as string)));
    }
    expect(outcomes).toEqual(wave.map((op) => promised(op, 2)));
  },
);

it('what was asked of a session whose runner died is done by the next one', { timeout: 180_000 }, async () => {
  const { user, name, phone } = spare;
  const instance = await rowOf(spare);
  const at = `/api/instances/${name}`;
  const [session] = (await user.must('GET', '/api/sessions')).body.data;
  const send = (method: string, path: string, body?: object) => async () => {
    const { status } = await user.call(method, path, body, { prefer: 'respond-async' });
    expect(status).toBeLessThan(300);
  };
  const commands = await lost(instance, [
    send('PUT', at, { settings: { readReceipts: false } }),
    send('POST', `/api/sessions/${session.id}/disconnect`),
    send('POST', `/api/sessions/${session.id}/connect`),
    send('POST', `${at}/restart`, {}),
    async () => {
      // Only an open connection can say goodbye to the phone.
      await user.until(`${at}/status`, ({ body }) => body.data.status === 'CONNECTED');
      await send('POST', `${at}/logout`, {})();
    },
    send('DELETE', at),
  ]);
  await restart();
  const outcomes: object[] = [];
  for (const commandId of commands.slice(0, -1)) {
    const { operation, state, attempt } = await ended(instance.id, commandId);
    outcomes.push({ operation, state, attempt });
  }
  expect(outcomes).toEqual(OF_SESSION.slice(0, -1).map((operation) => ({ operation, state: 'done', attempt: 2 })));
  await until(async () => !(await adapters.instances.get(instance.tenantId, instance.id)));
  expect(sandbox.phone(phone).status().linkedDevices).toEqual([]);
});

it('what WhatsApp cannot have heard of is done after all, also where a repeat is not allowed', async () => {
  const prepared = await prepareCase(world, 'group.create');
  const { faults } = sandbox.network;
  const device = sandbox.phone(world.mine.phone).account.companions[0];
  const points: string[] = [];
  probe.at = (point) => {
    if (point !== 'claiming' && point !== 'claimed') return;
    points.push(point);
    if (points.length === 1) {
      // The connection is gone, and stays so, when the claim has its answer.
      dynamo.set({ kind: 'delay', calls: /UpdateItem/, ms: 500 });
      faults.set({ rejectUpgrade: true });
      device?.connection?.terminate();
    } else if (points.length === 2) {
      dynamo.set();
      setImmediate(() => faults.clear());
    }
  };
  try {
    await ask(prepared);
    await until(() => points.includes('claiming'));
    const [pending] = await adapters.commands.listPending(mine.shard, mine.id);
    const command = await ended(mine.id, pending?.commandId as string);
    expect(points.slice(0, 2)).toEqual(['claiming', 'claimed']);
    expect(await outcomeOf(prepared, command)).toEqual({
      ...promised('group.create', 1),
      state: 'done',
      isOutput: true,
    });
  } finally {
    probe.at = () => undefined;
    dynamo.set();
    faults.clear();
  }
});

it('an operation whose connection broke before its answer ends as the catalogue says', {
  timeout: 300_000,
}, async () => {
  const tried = process.env.CRASH_ALL ? rest : BROKEN_OFF;
  await sqs.send(new CreateQueueCommand({ QueueName: REPLIES }));
  const { id } = await rowOf(world.mine);
  const outcomes: object[] = [];
  // One after the other: what the next one needs is made over a connection that nothing breaks.
  for (const op of tried) {
    const prepared = await prepareCase(world, op);
    const isBroken = breakAt(world.mine.phone, (stanza) => isActOf(prepared, stanza));
    await ask(prepared, world.mine, { replyTo: REPLIES, idempotencyKey: prepared.mark });
    const command = await ended(id, await acceptedAs(prepared.mark));
    outcomes.push({ ...(await outcomeOf(prepared, command, world.mine)), isBroken: isBroken() });
    breaks.delete(world.mine.phone);
  }
  const byName = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  expect(outcomes.sort(byName)).toEqual(
    tried.map((op) => ({ ...promised(op, 1), isBroken: !WITHOUT_ANSWER.includes(op) })).sort(byName),
  );
});

/** By phone: which stanza is not answered any more. */
const breaks = new Map<string, (stanza: BinaryNode) => boolean>();

/** Breaks the connection of the phone's device once. Returns whether it broke. */
function breakAt(phone: string, accept: (stanza: BinaryNode) => boolean): () => boolean {
  let isBroken = false;
  breaks.set(phone, (stanza) => {
    if (isBroken || !accept(stanza)) return false;
    isBroken = true;
    return true;
  });
  sandbox.network.faults.losesAnswer = (number, stanza) => breaks.get(number)?.(stanza) ?? false;
  return () => isBroken;
}

/** Of the session itself, whatever it is asked. */
const CHORES = new Set(['w:p', 'passive', 'encrypt', 'w:m', 'urn:xmpp:whatsapp:dirty']);

function isActOf({ op, mark }: OperationCase, stanza: BinaryNode): boolean {
  const { tag, attrs } = stanza;
  if (OPERATIONS[op].onAmbiguity === 'report') return mentions(stanza, mark);
  if (tag === 'iq' && CHORES.has(attrs.xmlns as string)) return false;
  if (OPERATIONS[op].kind === 'query') return tag === 'iq' && attrs.type === 'get';
  return tag === 'message' || (tag === 'iq' && attrs.type === 'set') || (tag === 'iq' && attrs.xmlns === 'w:mex');
}

function mentions({ attrs, content }: BinaryNode, text: string): boolean {
  if (Object.values(attrs).includes(text)) return true;
  if (Array.isArray(content)) return content.some((each) => mentions(each, text));
  return content !== undefined && Buffer.from(content).includes(text);
}

const accepted = new Map<string, string>();

/** The id of the command that was accepted under the key. */
async function acceptedAs(idempotencyKey: string): Promise<string> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: REPLIES }));
  return until(async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    for (const { Body } of Messages) {
      const reply = JSON.parse(Body as string);
      if (reply.state === 'refused') throw new Error(Body);
      accepted.set(reply.idempotencyKey, reply.commandId);
    }
    return accepted.get(idempotencyKey);
  });
}
