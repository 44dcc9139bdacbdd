import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as z from 'zod';
import type { Route } from '../../functions/dialects/dialect.ts';
import { nativeDialect } from '../../functions/dialects/native/index.ts';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import { OPERATION_NAMES } from '../../lib/core/catalogue/operations.ts';
import { PERMISSIONS } from '../../lib/core/model/account.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import { arbitraryOf } from '../support/arbitrary.ts';
import { freshNumber } from '../support/client.ts';
import { adaptersOf } from '../support/event-log.ts';
import { type FamilyInstance, familyInstance, until } from '../support/families.ts';
import { TestGateway } from '../support/gateway.ts';
import { png } from '../support/sample-files.ts';

/** Of each route. `FUZZ_RUNS=200` digs deeper, another `FUZZ_SEED` elsewhere; the default is the same every time. */
const RUNS = Number(process.env.FUZZ_RUNS ?? 4);
const SEED = Number(process.env.FUZZ_SEED ?? 20_260_501);
/** What takes the group, the channel or the session away comes last. */
const ENDS = /\.(leave|deactivate|delete|logout|remove|restart|disconnect|unlinkGroup)$/;
/** Of the session itself; no row is the operation alone. */
const WITHOUT_ROUTE = OPERATION_NAMES.filter((name) => name.startsWith('instance.'));

let gateway: TestGateway;
let adapters: Adapters;
let mine: FamilyInstance;
let instance: Instance;
let known: Record<string, readonly unknown[]>;

beforeAll(async () => {
  gateway = await TestGateway.start();
  adapters = adaptersOf(gateway.dataDir);
  mine = await familyInstance(gateway, [...PERMISSIONS]);
  const key = { name: 'fuzz', permissions: [...PERMISSIONS], rateLimit: 1_000_000 };
  const made = await mine.user.must('POST', `/api/instances/${mine.name}/keys`, key);
  mine.key = mine.user.as(made.body.data.key as string);
  const { id } = (await mine.user.must('GET', `/api/instances/${mine.name}`)).body.data;
  const tenantId = (await mine.user.must('GET', '/api/subscription')).body.data.id as string;
  instance = (await adapters.instances.get(tenantId, id as string)) as Instance;
  const contact = freshNumber();
  const sent = (await mine.key.must('POST', '/api/messages/text', { to: contact, text: 'first' })).body.data;
  const received = `msg_${await gateway.person(contact).writes(mine.phone, 'hello')}`;
  await until(async () => (await mine.key.get(`/api/messages/${received}`)).status === 200);
  const at = (path: string) => `/api/instances/${mine.name}${path}`;
  const post = async (path: string, body: object) => (await mine.key.must('POST', at(path), body)).body.data;
  const { groupId } = (await post('/groups', { subject: 'Group', participants: [contact] })).group;
  const people = [contact, `${contact}@s.whatsapp.net`, freshNumber('9004'), '12'];
  const file = `data:image/png;base64,${png().toString('base64')}`;
  known = {
    ...{ to: [...people, groupId], chat: [...people, groupId], jid: people, phone: people, from: people },
    ...{ participants: people, numbers: people, audience: people, mentions: people },
    ...{ messageId: [sent.messageId, received, 'msg_3EB0ABCDEF'], quotedMessageId: [received, 'msg_3EB0ABCDEF'] },
    ...{ groupId: [groupId, '120363041234567890@g.us'], communityId: [groupId, '120363041234567890@g.us'] },
    ...{ channelId: ['120363041234567890@newsletter'], serverId: ['101'], labelId: ['1', '99'], labelIds: ['1', '99'] },
    ...{ inviteCode: ['L7hVb1pQw2eR5tY8uI0oPa'], url: ['https://example.com/', 'http://169.254.169.254/', 'x:'] },
    ...{
      image: [file, 'eA==', 'ftp://x'],
      video: [file],
      audio: [file],
      voice: [file],
      document: [file],
      file: [file],
    },
    ...{ sticker: [file], mediaId: ['none'], name: ['Name', '\u{1f469}\u200d\u{1f680}'], lid: [mine.lid] },
  };
});
afterAll(async () => {
  adapters?.close();
  await gateway?.stop();
});

const rows = nativeDialect.routes
  .filter(({ op }) => op !== undefined)
  .sort((a, b) => Number(ENDS.test(a.op as string)) - Number(ENDS.test(b.op as string)));

it('every operation has a route that is tried here', () => {
  const tried = new Set(rows.map(({ op }) => op));
  expect(OPERATION_NAMES.filter((name) => !tried.has(name))).toEqual(WITHOUT_ROUTE);
});

it(`no input is our failure, and no command hangs (FUZZ_SEED=${SEED})`, { timeout: 240_000 }, async () => {
  process.stdout.write(`fuzz: FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}, ${rows.length} routes\n`);
  const statuses = new Map<number, number>();
  const failures: unknown[] = [];
  for (const row of rows) {
    const property = fc.asyncProperty(requestOf(row), async (request) => {
      const { status, body } = await send(row, request);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // 501: of what needs ffmpeg.
      if ((status >= 500 && status !== 501) || body.error === 'INTERNAL_ERROR') {
        throw new Error(`${row.op}: ${status} ${JSON.stringify(body)}`);
      }
    });
    const { failed, counterexample, errorInstance } = await fc.check(property, {
      seed: SEED,
      numRuns: RUNS,
      endOnFailure: true,
    });
    if (failed)
      failures.push({ why: (errorInstance as Error).message, of: JSON.stringify(counterexample).slice(0, 2_000) });
  }
  expect(failures).toEqual([]);
  process.stdout.write(`fuzz: answers ${JSON.stringify(Object.fromEntries(statuses))}\n`);
  // Most inputs fit, so the runner has had its share.
  const good = [200, 201, 202].reduce((sum, status) => sum + (statuses.get(status) ?? 0), 0);
  expect(good).toBeGreaterThan(rows.length);
  await until(async () => (await adapters.commands.listPending(instance.shard, instance.id)).length === 0);
});

interface Sent {
  params: Record<string, unknown>;
  query: Record<string, unknown>;
  body: unknown;
}

function requestOf(row: Route): fc.Arbitrary<Sent> {
  const of = (schema: z.ZodType | undefined) =>
    schema ? (arbitraryOf(schema, known) as fc.Arbitrary<Record<string, unknown>>) : fc.constant({});
  return fc.record({
    params: of(row.params),
    query: of(row.query),
    body: row.body ? of(row.body) : fc.constant(undefined),
  });
}

/** The request as it stands: strange parameters are written into the path, strange bodies sent as they are. */
function send(row: Route, { params, query, body }: Sent) {
  const path = row.path.replace(/:(\w+)/g, (_all, field: string) => {
    if (field === 'name') return mine.name;
    const value = (params as Record<string, unknown> | null)?.[field] ?? known[field]?.[0] ?? 'none';
    return (
      encodeURIComponent(wellFormed(typeof value === 'string' ? value.slice(0, 500) : JSON.stringify(value))) || '-'
    );
  });
  const search = new URLSearchParams(
    Object.entries(query ?? {}).map(([name, value]): [string, string] => [
      name,
      wellFormed(String(value)).slice(0, 500),
    ]),
  );
  const caller = row.credential === 'user' ? mine.user : mine.key;
  return caller.call(
    row.method,
    `${path}${search.size > 0 ? `?${search}` : ''}`,
    row.method === 'GET' ? undefined : body,
  );
}

function wellFormed(text: string): string {
  return text.toWellFormed();
}
