import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IntakePorts, takeDelivery } from '../../functions/intake/worker.ts';
import type { WebhookLoop } from '../../functions/webhooks/loop.ts';
import { callerInput } from '../../lib/core/catalogue/caller-input.ts';
import { OPERATION_NAMES, type OperationName } from '../../lib/core/catalogue/operations.ts';
import { ERROR_CODES, type ErrorCode } from '../../lib/core/errors.ts';
import { PERMISSIONS } from '../../lib/core/model/account.ts';
import { sessionNumber } from '../../lib/core/model/instance.ts';
import { type Account, ApiRig, LINKED } from '../support/api-rig.ts';
import { arbitraryOf } from '../support/arbitrary.ts';
import { credentialFor, ROUTES } from '../support/faces.ts';
import { FUZZ_SEED, failureOf, requestOf } from '../support/fuzz.ts';
import { startStubWebhooks } from '../support/webhooks.ts';

/** Rows whose work ends what the others need. */
const ENDS = /logout|\/stop|\/restart|disconnect|password|refresh|DELETE|PUT \/api\/instances\/:name$|PUT \/api\/users/;

let rig: ApiRig;
let webhooks: WebhookLoop;
let known: Record<string, readonly unknown[]>;

beforeAll(async () => {
  rig = await ApiRig.start();
  webhooks = startStubWebhooks(rig, () => ({ status: 200 }));
  const people = ['6281234567890', '6281234567890@s.whatsapp.net', '12'];
  const media = ['https://files.example/a.png', 'data:image/png;base64,eA==', 'ftp://x', 'http://169.254.169.254/'];
  const urls = ['https://hooks.example/x', 'http://169.254.169.254/', 'x:'];
  known = {
    ...{ to: people, chat: people, chatId: people, jid: people, phone: people, phoneNumber: people, from: people },
    ...{ recipient: people, number: people, phone_number: people, participants: people, numbers: people },
    ...{ instanceId: ['mine', 'nobody'], session_id: ['mine'], instanceName: ['mine', 'nobody'] },
    ...{ image: media, video: media, audio: media, file: media, document: media, filePath: media },
    ...{ url: urls, webhookUrl: urls, webhook_url: urls, webhook: urls, image_url: media, document_url: media },
    ...{ messageId: ['msg_3EB0ABCDEF'], message_id: ['msg_3EB0ABCDEF'], name: ['Name', '\u{1f469}\u200d\u{1f680}'] },
    ...{ groupId: ['120363041234567890@g.us'], channelId: ['120363041234567890@newsletter'], labelId: ['1'] },
  };
});
afterAll(async () => {
  await webhooks.stop();
  await rig.stop();
});

/** An account with a linked instance and a key of every permission: what is done to one harms no other. */
async function fresh(): Promise<{ account: Account; instanceId: string; key: string }> {
  const account = await rig.register();
  const instanceId = await rig.instance(account, 'mine', LINKED);
  const output = { mediaId: 'med_1', mimetype: 'audio/ogg', size: 5, sha256: 'ab', seconds: 2 };
  for (const name of ['media.convertVoice', 'media.convertVideo']) {
    rig.runner.behave(instanceId, name, () => ({ state: 'done', output }));
  }
  const body = { name: 'k', permissions: [...PERMISSIONS], rateLimit: 1_000_000 };
  const made = await rig.call('POST', '/api/keys', body, { as: account.token });
  return { account, instanceId, key: made.body.data.key };
}

/** The native operations are tried on a real runner: tests/flow/fuzz.test.ts. */
const tried = ROUTES.filter(({ face, row }) => face !== 'native' || row.op === undefined);
const faces = [...new Set(tried.map(({ face }) => face))];

describe.each(faces)('the face %s', (face) => {
  const rows = tried
    .filter((route) => route.face === face)
    .sort((a, b) => Number(ENDS.test(a.name)) - Number(ENDS.test(b.name)));

  it(`has no input that is our failure (FUZZ_SEED=${FUZZ_SEED})`, { timeout: 240_000 }, async () => {
    const { account, instanceId, key } = await fresh();
    const fixed: Record<string, string> = { name: 'mine', instanceId: 'mine' };
    if (face === 'sessions') fixed.id = String(sessionNumber(instanceId));
    const failures: unknown[] = [];
    const statuses = new Map<number, number>();
    for (const { row, name } of rows) {
      const as = credentialFor(row, { user: account.token, key });
      const failure = await failureOf(requestOf(row, known, fixed), async ({ path, body }) => {
        const options = { ...(as && { as }), headers: { prefer: 'wait=2' } };
        const answer = await rig.call(row.method, path, body, options);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        // 501: files in the request, where there is no store for them.
        if (answer.status >= 500 && answer.status !== 501) {
          throw new Error(`${name}: ${answer.status} ${answer.text}`);
        }
      });
      if (failure) failures.push(failure);
    }
    expect(failures).toEqual([]);
    process.stdout.write(`fuzz: ${face} ${JSON.stringify(Object.fromEntries(statuses))}\n`);
    // Many inputs fit, so that the work behind has had its share.
    const good = [200, 201, 202, 204].reduce((sum, status) => sum + (statuses.get(status) ?? 0), 0);
    expect(good).toBeGreaterThan(rows.length / 2);
    const left = () => rig.adapters.commands.listPending(0, instanceId);
    await expect.poll(left).toEqual([]);
  });
});

it('no message of the intake queue is our failure, or comes for ever', { timeout: 120_000 }, async () => {
  const { instanceId, key } = await fresh();
  const buried: string[] = [];
  const intake: IntakePorts['intake'] = {
    ...rig.adapters.intake,
    // Deliveries are made up here.
    acknowledge: async () => undefined,
    bury: async ({ reason }) => void buried.push(reason),
  };
  const messages = (operation: OperationName) => {
    const input = arbitraryOf(callerInput(operation), known);
    const good: fc.Arbitrary<unknown> = input.map((given) => ({
      apiKey: key,
      operation,
      input: given,
      instanceName: 'mine',
    }));
    const strange = fc.record({ apiKey: fc.constant(key), operation: fc.jsonValue(), input: fc.jsonValue() });
    return fc.oneof(
      { arbitrary: good, weight: 12 },
      { arbitrary: strange, weight: 1 },
      { arbitrary: fc.jsonValue(), weight: 1 },
    );
  };
  const failures: unknown[] = [];
  let count = 0;
  for (const operation of OPERATION_NAMES) {
    const failure = await failureOf<unknown>(messages(operation), async (message) => {
      count += 1;
      const body = JSON.stringify(message);
      const delivery = { messageId: `fuzz-${count}`, receipt: 'r', receiveCount: 1, body };
      expect(await takeDelivery({ ...rig.ports, intake }, delivery)).toBe('done');
    });
    if (failure) failures.push(failure);
  }
  expect(failures).toEqual([]);
  // INTERNAL_ERROR, and what is to be tried again, would be ours.
  expect(buried).not.toContain('INTERNAL_ERROR');
  expect(buried.filter((reason) => ERROR_CODES[reason as ErrorCode].status > 501)).toEqual([]);
  const accepted = rig.logs.filter(({ message }) => message === 'a queue message was accepted');
  expect(accepted.length + buried.length).toBe(count);
  expect(accepted.length).toBeGreaterThan(OPERATION_NAMES.length);
  const left = () => rig.adapters.commands.listPending(0, instanceId);
  await expect.poll(left).toEqual([]);
});
