import { createDynamo } from '../../lib/core/adapters/dynamodb/client.ts';
import { PREFIXES } from '../../lib/core/adapters/dynamodb/keys.ts';
import { queryAll, type Row } from '../../lib/core/adapters/dynamodb/rows.ts';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import { readAdminFile } from '../../lib/core/adapters/local/admin-file.ts';
import { readConfig } from '../../lib/core/config.ts';
import { isFinished } from '../../lib/core/model/command.ts';
import type { RecordedEvent } from '../../lib/core/ports/events.ts';
import { eventsOf, settled } from './event-log.ts';
import type { Fleet, RunnerUnderTest } from './fleet.ts';
import { scrape } from './metrics.ts';
import { Person, type SeenMessage } from './person.ts';
import { repeatUnanswered, type Talk } from './traffic.ts';

/** How long the fleet may take to come to rest after whatever was done to it. */
const REST_MS = 90_000;
const LOOK_AGAIN_MS = 250;
const ENDS = ['sentAtMs', 'failedAtMs', 'unknownAtMs'] as const;
/** What pino calls it. */
const FATAL = 60;
const SIGNAL_ERROR = /Bad MAC|MessageCounter|No (matching )?sessions?\b|old counter|Key used already/i;

/**
 * Waits until everything that was asked for has come to its end, then says what is not as it must be; [] when all is:
 *
 *   out     each accepted message has one end, and its contact has it once, in the order of acceptance
 *   in      each message that was written is one stored message and one event
 *   events  numbers without gaps, nothing told twice
 *   owners  one per epoch, of each shard and of each instance
 *   runners none died of an error of its own
 *   keys    no phone and no runner failed to decrypt anything, and nobody had to ask again
 */
export async function violations(fleet: Fleet, talks: readonly Talk[]): Promise<string[]> {
  const config = readConfig({ ...readAdminFile(fleet.dataDir)?.env, JWT_SECRETS: 'x'.repeat(32) });
  const dynamo = createDynamo(config);
  const { adapters } = fleet;
  const place = { dynamo, table: config.mainTable, clock: Date.now };
  const rowsOf = (instanceId: string) => queryAll(place, PREFIXES.instanceData(instanceId));
  try {
    for (const talk of talks) await repeatUnanswered(talk);
    const found: string[] = [];
    const endMs = performance.now() + REST_MS;
    for (const talk of talks) {
      const look = async () => [
        ...wrongMessages(talk, await rowsOf(talk.instanceId), await talk.contact.messages()),
        ...(await wrongEventsOf(adapters, talk, await queryAll(place, PREFIXES.events(talk.instanceId)))),
      ];
      let wrong = await look();
      while (wrong.length > 0 && performance.now() < endMs) {
        await new Promise((wake) => setTimeout(wake, LOOK_AGAIN_MS));
        wrong = await look();
      }
      found.push(...wrong.map((text) => `${talk.instance.name}: ${text}`));
    }
    found.push(...wrongOwners(fleet.all), ...(await signalErrors(fleet, talks)));
    return found;
  } finally {
    dynamo.destroy();
  }
}

/** What is wrong with the messages of a talk. `rows`: of its instance; `phone`: what the contact's phone shows. */
export function wrongMessages(
  { sent, written }: Pick<Talk, 'sent' | 'written'>,
  rows: readonly Row[],
  phone: readonly Pick<SeenMessage, 'id' | 'own'>[],
): string[] {
  const wrong: string[] = [];
  const asked = sent.map(({ messageId }) => messageId?.slice('msg_'.length) ?? 'no answer');
  const commands = rows.filter((row) => row.operation === 'message.sendText');
  const open = commands.filter((row) => !isFinished(row.state as never));
  if (open.length > 0) wrong.push(`${open.length} commands have no end: ${open.map(describe).join(', ')}`);
  for (const [epoch, ones] of Map.groupBy(commands, (row) => row.epoch as number)) {
    const names = new Set(ones.map((row) => row.owner as string));
    if (names.size > 1) wrong.push(`epoch ${epoch} had the owners ${[...names].join(', ')}`);
  }
  const messages = rows.filter((row) => row.direction !== undefined);
  for (const row of messages.filter(({ direction }) => direction === 'sent')) {
    const ends = ENDS.filter((name) => row[name] !== undefined);
    if (ends.length !== 1 || ends[0] !== 'sentAtMs') wrong.push(`${String(row.id)} has the ends [${ends.join(', ')}]`);
  }
  const seen = phone.filter((message) => !message.own).map(({ id }) => id);
  wrong.push(...differences('messages at the contact', seen, asked));
  const received = messages.flatMap((row) => (row.direction === 'received' ? (row.id as string) : []));
  wrong.push(...differences('stored received messages', received.sort(), written.toSorted()));
  return wrong;
}

/** What runners have said they own or did, where two of them say so of one epoch. */
export function wrongOwners(runners: readonly Pick<RunnerUnderTest, 'id' | 'lines'>[]): string[] {
  const owners = new Map<string, Set<string>>();
  for (const { id, lines } of runners) {
    for (const { msg, shard, instanceId, epoch } of lines) {
      const what = OWNED[msg]?.({ shard, instanceId });
      if (!what || epoch === undefined) continue;
      const name = `${what} in epoch ${epoch}`;
      owners.set(name, (owners.get(name) ?? new Set()).add(id));
    }
  }
  return [...owners]
    .filter(([, ids]) => ids.size > 1)
    .map(([what, ids]) => `${what} had the owners ${[...ids].join(', ')}`);
}

/** Lines that only an owner writes, and of what. */
const OWNED: Record<string, (line: { shard: unknown; instanceId: unknown }) => string> = {
  'shard claimed': ({ shard }) => `shard ${String(shard)}`,
  'command finished': ({ instanceId }) => `instance ${String(instanceId)}`,
};

async function wrongEventsOf(adapters: Adapters, talk: Talk, rows: readonly Row[]): Promise<string[]> {
  // What is told twice after a crash is told apart when it is settled; it may come at any time until then.
  await settled(adapters, talk.instanceId, 1, REST_MS);
  const { events } = await eventsOf(adapters, talk.instanceId);
  const numbers = rows.map((row) => row.seq as number);
  return wrongEvents(talk, events, numbers);
}

/** What is wrong with the events of a talk. `numbers`: of every row of the stream, repeats too. */
export function wrongEvents(
  { written }: Pick<Talk, 'written'>,
  events: readonly Pick<RecordedEvent, 'id' | 'type' | 'data'>[],
  numbers: readonly number[],
): string[] {
  const inbound = events.flatMap(({ type, data }) =>
    type === 'message.received' ? (data as unknown as { messageId: string }).messageId.replace('msg_', '') : [],
  );
  return [
    ...differences('events of received messages', inbound.sort(), written.toSorted()),
    ...differences(
      'numbers of events',
      numbers,
      numbers.map((_, n) => n + 1),
    ),
    ...twice(
      'events',
      events.map(({ id }) => id),
    ),
  ];
}

/** Signal errors in what runners said, and errors of their own that they died of. */
export function wrongLines(runners: readonly Pick<RunnerUnderTest, 'id' | 'lines'>[]): string[] {
  const found: string[] = [];
  for (const { id, lines } of runners) {
    const bad = lines.filter((line) => SIGNAL_ERROR.test(JSON.stringify(line)));
    if (bad.length > 0) found.push(`${id} logged ${JSON.stringify(bad.slice(0, 3))}`);
    const fatal = lines.filter(({ level }) => level >= FATAL);
    if (fatal.length > 0) found.push(`${id} died of ${JSON.stringify(fatal)}`);
  }
  return found;
}

async function signalErrors(fleet: Fleet, talks: readonly Talk[]): Promise<string[]> {
  const found: string[] = [];
  for (const { instance, contact, writer } of talks) {
    for (const person of [contact, writer, new Person(fleet.sandbox.url, instance.phone)]) {
      const { decryptErrors, retryRequests } = await person.facts();
      if (decryptErrors.length > 0) found.push(`${person.number} could not decrypt: ${JSON.stringify(decryptErrors)}`);
      if (retryRequests > 0) found.push(`${person.number} asked ${retryRequests} times for a message again`);
    }
  }
  found.push(...wrongLines(fleet.all));
  if (SIGNAL_ERROR.test(fleet.gateway.output())) found.push('the gateway logged a Signal error');
  for (const { id, url } of fleet.runners) {
    for (const [name, value] of await scrape(url)) {
      const counts = /^switchboard_(decrypt_failures|retry_receipts)_total/.test(name);
      if (counts && value > 0) found.push(`${id}: ${name} is ${value}`);
    }
  }
  return found;
}

/** What the lists differ in, at most three of each kind; their order counts. */
function differences<T>(what: string, actual: readonly T[], expected: readonly T[]): string[] {
  if (actual.length === expected.length && actual.every((value, n) => value === expected[n])) return [];
  const missing = expected.filter((value) => !actual.includes(value));
  const extra = actual.filter((value) => !expected.includes(value));
  const facts = `${actual.length} of ${expected.length}, missing [${missing.slice(0, 3)}], too many [${extra.slice(0, 3)}]`;
  return [
    `${what}: ${facts}${missing.length + extra.length === 0 ? ', order or repeats' : ''}`,
    ...twice(what, actual),
  ];
}

function twice<T>(what: string, values: readonly T[]): string[] {
  const repeats = values.filter((value, n) => values.indexOf(value) !== n);
  return repeats.length > 0 ? [`${what}: twice [${repeats.slice(0, 3)}]`] : [];
}

function describe(row: Row): string {
  return `${String(row.id)} ${String(row.state)} attempt ${Number(row.attempt ?? 0)} epoch ${Number(row.epoch ?? 0)}`;
}
