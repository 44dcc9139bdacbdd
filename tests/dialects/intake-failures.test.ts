import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAdminHandler } from '../../functions/admin/lambda.ts';
import { createIntakeHandler } from '../../functions/intake/lambda.ts';
import { type IntakePorts, MAX_RECEIVES, takeDelivery } from '../../functions/intake/worker.ts';
import type { Ports } from '../../lib/core/ports/index.ts';
import type { Account, ApiRig } from '../support/api-rig.ts';
import { INTAKE_INPUTS } from '../support/intake-inputs.ts';
import { IntakeRig, type Reply } from '../support/intake-rig.ts';

let queue: IntakeRig;
let rig: ApiRig;
let ports: IntakePorts;
let john: Account;
let instanceId: string;
let key: string;
beforeAll(async () => {
  queue = await IntakeRig.start();
  ({ rig, ports, john, instanceId, key } = queue);
});
afterAll(() => queue?.stop());
beforeEach(() => queue.newReplies());

describe('a failure of ours', () => {
  const failing = (times: number): IntakePorts => {
    let left = times;
    const accept: Ports['commands']['accept'] = async (accepted) => {
      left -= 1;
      if (left >= 0) throw new Error('the table is away');
      return rig.ports.commands.accept(accepted);
    };
    return { ...ports, commands: { ...rig.ports.commands, accept }, intake: { ...ports.intake, postpone: atOnce } };
  };
  const atOnce = (receipt: string) => ports.intake.postpone(receipt, 0);

  it('is tried again, and then done once', async () => {
    const before = rig.runner.seen.length;
    expect(await queue.put(queue.text(), failing(2))).toEqual(['again', 'again', 'done']);
    expect((await queue.answers()).map(({ state }) => state)).toEqual(['accepted', 'finished']);
    expect(rig.runner.seen.length).toBe(before + 1);
  });

  it('is a dead letter after five tries, answered, and done when it is put back', async () => {
    expect(await queue.put(queue.text({ idempotencyKey: undefined }), failing(99))).toEqual([
      'again',
      'again',
      'again',
      'again',
      'done',
    ]);
    const [refused] = await queue.answers();
    expect(refused).toMatchObject({ state: 'refused', error: { code: 'INTERNAL_ERROR' } });
    const operator = createAdminHandler(() => rig.ports);
    const listed = (await operator({ command: 'dead-letters', action: 'list', queue: 'intake' })) as Reply;
    expect(listed.result.deadLetters).toMatchObject([{ reason: 'INTERNAL_ERROR', keyHint: key.slice(0, 7) }]);
    expect(JSON.stringify(listed)).not.toContain(key);
    expect(await operator({ command: 'dead-letters', action: 'list' })).toMatchObject({
      result: {
        queues: expect.arrayContaining([
          { queue: 'intake', count: 1 },
          { queue: 'events', count: 0 },
        ]),
      },
    });
    const before = rig.runner.seen.length;
    expect(await operator({ command: 'dead-letters', action: 'redrive', queue: 'intake' })).toEqual({
      ok: true,
      result: { queue: 'intake', moved: 1 },
    });
    expect(await queue.takeAll()).toEqual(['done']);
    const said = await queue.answers();
    expect(said.map(({ state }) => state)).toEqual(['accepted', 'finished']);
    expect(said[0].idempotencyKey).toBe(refused.idempotencyKey);
    expect(rig.runner.seen.length).toBe(before + 1);
    expect(await queue.deadLetters()).toEqual([]);
  });

  it('never lets a sealed key be used for another message', async () => {
    await queue.put({ ...queue.text({ apiKey: 'cs_wrong' }), replyTo: undefined });
    await queue.put(queue.text(), failing(99));
    const letter = (await queue.deadLetters()).at(-1);
    await queue.answers();
    const before = rig.runner.seen.length;
    await queue.put({ ...letter?.json, input: { to: '6281234567890', text: 'something else' } });
    expect((await queue.deadLetters()).map(({ notes }) => notes.Reason)).toEqual(['AUTHENTICATION_ERROR']);
    expect(rig.runner.seen.length).toBe(before);
  });

  it('to reply is no refusal: it is done once, and only the reply may be lost', async () => {
    const mute = (receiveCount: number): [IntakePorts, Parameters<typeof takeDelivery>[1]] => {
      const reply = async () => {
        throw new Error('the reply queue is away');
      };
      const body = JSON.stringify(queue.text({ idempotencyKey: 'mute' }));
      return [
        { ...ports, intake: { ...queue.deaf(), reply } },
        { messageId: 'm-mute', body, receipt: 'r', receiveCount },
      ];
    };
    const before = rig.runner.seen.length;
    expect(await takeDelivery(...mute(1))).toBe('again');
    expect(await takeDelivery(...mute(MAX_RECEIVES))).toBe('done');
    await queue.put(queue.text({ idempotencyKey: 'mute', input: { to: '6281234567890', text: 'Hello' } }));
    expect((await queue.answers()).map(({ state }) => state)).toEqual(['accepted', 'finished']);
    expect(rig.runner.seen.length).toBe(before + 1);
    expect(await queue.deadLetters()).toEqual([]);
  });

  it('or an end of the process while it waits leaves the message to its next delivery', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const output = { messageId: 'msg_1', to: 'x', timestampMs: 1 };
    rig.runner.behave(instanceId, 'message.sendLocation', async () => {
      await held;
      return { state: 'done', output };
    });
    const message = queue.text({ operation: 'message.sendLocation', input: INTAKE_INPUTS['message.sendLocation'] });
    const delivery = { messageId: 'm-held', body: JSON.stringify(message), receipt: 'r', receiveCount: 1 };
    const abort = new AbortController();
    const delays: number[] = [];
    const intake: IntakePorts['intake'] = {
      ...queue.deaf(),
      reply: async (url, reply) => {
        abort.abort();
        await ports.intake.reply(url, reply);
      },
      postpone: async (_receipt, seconds) => {
        delays.push(seconds);
      },
    };
    expect(await takeDelivery({ ...ports, intake }, delivery, abort.signal)).toBe('again');
    expect(delays).toEqual([0]);
    release();
    expect(await takeDelivery({ ...ports, intake: queue.deaf() }, delivery)).toBe('done');
    expect((await queue.answers()).map(({ state }) => state)).toEqual(['accepted', 'accepted', 'finished']);
  });

  it('that ends the process each time is a dead letter at the next delivery', async () => {
    const body = JSON.stringify(queue.text({ replyTo: undefined }));
    const delivery = { messageId: 'm-1', body, receipt: 'r', receiveCount: MAX_RECEIVES + 1 };
    expect(await takeDelivery({ ...ports, intake: queue.deaf() }, delivery)).toBe('done');
    expect((await queue.deadLetters()).map(({ notes }) => notes.Reason)).toEqual(['SERVICE_UNAVAILABLE']);
  });

  it('waits for the quota of the key, as long as the quota says', async () => {
    const { text: apiKey } = await rig.key(john, 'customer-service', ['message:send'], { rateLimit: 1 });
    const delays: number[] = [];
    const intake = {
      ...ports.intake,
      postpone: async (receipt: string, seconds: number) => {
        delays.push(seconds);
        await ports.intake.postpone(receipt, 1_000);
      },
    };
    await queue.put(queue.text({ apiKey }), { ...ports, intake });
    expect(await queue.put(queue.text({ apiKey }), { ...ports, intake })).toEqual(['again']);
    expect(delays).toEqual([900]);
    expect((await queue.answers()).map(({ state }) => state)).toEqual(['accepted', 'finished']);
  });
});

describe('the Lambda', () => {
  const record = (messageId: string, body: unknown, receiveCount = 1) => ({
    messageId,
    receiptHandle: `receipt-${messageId}`,
    body: JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: '1767225600000',
      SenderId: 'AIDAEXAMPLE',
      ApproximateFirstReceiveTimestamp: '1767225600001',
    },
    messageAttributes: {},
    md5OfBody: 'd41d8cd98f00b204e9800998ecf8427e',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:switchboard-intake',
    awsRegion: 'us-east-1',
  });

  it('reports only what is to be delivered again', async () => {
    const bad = { ...queue.text(), input: { to: '6281234567890', text: 'table away' } };
    const accept: Ports['commands']['accept'] = async (accepted) => {
      if ((accepted.command.input as { text: string }).text === 'table away') throw new Error('the table is away');
      return rig.ports.commands.accept(accepted);
    };
    const handle = createIntakeHandler(() => ({
      ...ports,
      commands: { ...rig.ports.commands, accept },
      intake: queue.deaf(),
    }));
    const Records = [
      record('l-1', queue.text()),
      record('l-2', bad),
      record('l-3', { nonsense: true }),
      record('l-4', bad, 5),
    ];
    expect(await handle({ Records })).toEqual({ batchItemFailures: [{ itemIdentifier: 'l-2' }] });
    const states = (await queue.answers()).map(({ requestId, state }) => `${requestId} ${state}`).sort();
    expect(states).toEqual(['l-1 accepted', 'l-1 finished', 'l-4 refused']);
    expect((await queue.deadLetters()).map(({ notes }) => notes.Reason).sort()).toEqual([
      'INTERNAL_ERROR',
      'VALIDATION_ERROR',
    ]);
  });
});
