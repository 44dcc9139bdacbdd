import { afterAll, beforeAll, expect, it } from 'vitest';
import { nativeDialect } from '../../functions/dialects/native/index.ts';
import type { Adapters } from '../../lib/core/adapters/index.ts';
import { OPERATION_NAMES } from '../../lib/core/catalogue/operations.ts';
import { PERMISSIONS } from '../../lib/core/model/account.ts';
import type { Instance } from '../../lib/core/model/instance.ts';
import { freshNumber } from '../support/client.ts';
import { adaptersOf } from '../support/event-log.ts';
import { type FamilyInstance, familyInstance, until } from '../support/families.ts';
import { FUZZ_RUNS, FUZZ_SEED, failureOf, requestOf } from '../support/fuzz.ts';
import { TestGateway } from '../support/gateway.ts';
import { png } from '../support/sample-files.ts';

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
  const message = { type: 'text', text: 'Hello {{name}}' };
  await mine.user.must('POST', '/api/templates', { name: 'hello', message });
  known = {
    template: ['hello', 'none'],
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

it(`no input is our failure, and no command hangs (FUZZ_SEED=${FUZZ_SEED})`, { timeout: 240_000 }, async () => {
  process.stdout.write(`fuzz: FUZZ_SEED=${FUZZ_SEED} FUZZ_RUNS=${FUZZ_RUNS}, ${rows.length} routes\n`);
  const statuses = new Map<number, number>();
  const failures: unknown[] = [];
  for (const row of rows) {
    const caller = row.credential === 'user' ? mine.user : mine.key;
    const failure = await failureOf(requestOf(row, known, { name: mine.name }), async ({ path, body: given }) => {
      const { status, body } = await caller.call(row.method, path, given);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      // 501: of what needs ffmpeg.
      if ((status >= 500 && status !== 501) || body.error === 'INTERNAL_ERROR') {
        throw new Error(`${row.op}: ${status} ${JSON.stringify(body)}`);
      }
    });
    if (failure) failures.push(failure);
  }
  expect(failures).toEqual([]);
  process.stdout.write(`fuzz: answers ${JSON.stringify(Object.fromEntries(statuses))}\n`);
  // Most inputs fit, so the runner has had its share.
  const good = [200, 201, 202].reduce((sum, status) => sum + (statuses.get(status) ?? 0), 0);
  expect(good).toBeGreaterThan(rows.length);
  await until(async () => (await adapters.commands.listPending(instance.shard, instance.id)).length === 0);
});
