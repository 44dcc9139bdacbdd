import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OperationName } from '../../lib/core/catalogue/operations.ts';
import { disconnect } from '../../sandbox/index.ts';
import { freshNumber } from '../support/client.ts';
import { type FleetInstance, type FleetRunner, until, useFleet } from '../support/runner-fleet.ts';

const fleet = useFleet(1, { answerTimeoutMs: 1_200 });
let ann: FleetRunner;
let of: FleetInstance;

beforeAll(async () => {
  ann = await fleet.start('ann', 1);
  of = await fleet.link(0);
}, 120_000);
afterEach(() => fleet.sandbox.network.faults.clear());

/** Which questions of the instance nobody answers, by namespace and how many were asked before. */
function unanswered(drops: (xmlns: string, before: number) => boolean) {
  const asked: string[] = [];
  const dropped: string[] = [];
  fleet.sandbox.network.faults.dropsAnswer = (number, { attrs }) => {
    // Pings, and what Baileys asks for itself, come at any time.
    if (number !== of.phone || attrs.xmlns === 'w:p') return false;
    const xmlns = attrs.xmlns as string;
    asked.push(xmlns);
    if (!drops(xmlns, asked.length - 1)) return false;
    dropped.push(xmlns);
    return true;
  };
  return { asked, dropped };
}

/** The first question of a namespace. */
function oneUnanswered(xmlns: string) {
  let left = 1;
  return unanswered((each) => each === xmlns && left-- > 0);
}

const run = async (operation: OperationName, input: unknown) => fleet.ended(await fleet.submit(of, operation, input));
const textsOf = async (number: string) => (await fleet.sandbox.phone(number).messages()).map(({ text }) => text);

describe('a connection that WhatsApp has ended and does not close', () => {
  it('takes no message: it waits for the next connection, and is sent there once', async () => {
    const [worker] = ann.runner.workers;
    const to = freshNumber();
    // Everything about the recipient is known: nothing but the socket stands in the way.
    expect(await fleet.ended(await fleet.send(of, to, 'before'))).toMatchObject({ state: 'done' });
    fleet.sandbox.network.faults.set({ ignoreCloses: 1, phones: [of.phone] });
    disconnect(fleet.sandbox.network, of.phone, 503);
    await until('a socket that is being closed', () => worker?.session?.isOpen === false || undefined);
    expect(worker?.session?.status).toBe('CONNECTED');
    const command = await fleet.send(of, to, 'meanwhile');
    expect(await fleet.ended(command)).toMatchObject({ state: 'done', attempt: 1 });
    await expect.poll(() => textsOf(to)).toEqual(['before', 'meanwhile']);
    expect(fleet.sandbox.phone(to).status()).toMatchObject({ duplicates: 0, decryptErrors: [] });
  });
});

describe('a question that WhatsApp does not answer', () => {
  it('is asked again, whichever of a first message it is, and the message arrives once', async () => {
    const { asked } = unanswered(() => false);
    expect(await fleet.ended(await fleet.send(of, freshNumber(), 'hello'))).toMatchObject({ state: 'done' });
    const questions = [...asked];
    expect(questions).toEqual(expect.arrayContaining(['usync', 'encrypt']));
    for (const [nth, xmlns] of questions.entries()) {
      const to = freshNumber();
      const { dropped } = unanswered((_xmlns, before) => before === nth);
      const sent = await fleet.ended(await fleet.send(of, to, `without ${nth}`));
      expect([nth, xmlns, sent.state, dropped.length]).toEqual([nth, xmlns, 'done', 1]);
      await expect.poll(() => textsOf(to)).toEqual([`without ${nth}`]);
    }
  });

  it('makes nobody absent from WhatsApp, neither now nor for the next message', async () => {
    const to = freshNumber();
    const { dropped } = unanswered((xmlns) => xmlns === 'usync');
    const command = await fleet.send(of, to, 'to nobody?');
    expect(await fleet.ended(command)).toMatchObject({ state: 'unknown', error: { code: 'COMMAND_TIMEOUT' } });
    expect(dropped.length).toBeGreaterThan(1);
    fleet.sandbox.network.faults.clear();
    expect(await fleet.ended(await fleet.send(of, to, 'to somebody'))).toMatchObject({ state: 'done' });
    await expect.poll(() => textsOf(to)).toEqual(['to somebody']);
  });

  const somebody = freshNumber();
  const shop = freshNumber();
  let groupId: string;
  beforeAll(async () => {
    const business = { description: 'Sells', category: 'Shop', email: 'a@shop.test', website: 'https://shop.test' };
    fleet.sandbox.phone(shop).account.record.business = { ...business, address: 'Here' };
    const made = await run('group.create', { subject: 'Ours', participants: [somebody] });
    groupId = (made.output as { group: { groupId: string } }).group.groupId;
    await run('channel.create', { name: 'News' });
    await run('contact.block', { jid: somebody });
  });

  it.each<[string, OperationName, () => unknown, string, () => unknown]>([
    [
      'a number',
      'contact.check',
      () => ({ numbers: [freshNumber()] }),
      'usync',
      () => ({ results: [{ exists: true }] }),
    ],
    ['who is blocked', 'contact.listBlocked', () => ({}), 'blocklist', () => ({ contacts: [{ phone: somebody }] })],
    ['a business', 'business.profile', () => ({ jid: shop }), 'w:biz', () => ({ category: 'Shop' })],
    ['the groups', 'group.list', () => ({}), 'w:g2', () => ({ groups: [{ groupId }] })],
    ['an invite', 'group.inviteCode', () => ({ groupId }), 'w:g2', () => ({ inviteCode: expect.any(String) })],
    ['the privacy', 'privacy.get', () => ({}), 'privacy', () => ({ lastSeen: 'all' })],
    ['the channels', 'channel.list', () => ({}), 'w:mex', () => ({ channels: [{ name: 'News' }] })],
    ['a chat', 'chat.pin', () => ({ chat: somebody }), 'w:sync:app:state', () => ({})],
  ])('about %s is asked again', async (_what, operation, input, xmlns, output) => {
    const { dropped } = oneUnanswered(xmlns);
    const { state, output: told } = await run(operation, input());
    expect([state, told, dropped]).toMatchObject(['done', output(), [xmlns]]);
  });

  it('is not the ack of a message, which may take longer', async () => {
    // An own phone's receipt would say that WhatsApp has the message.
    const late = { ackDelayMs: 1_500, inboundDelayMs: 10_000, phones: [of.phone] };
    fleet.sandbox.network.faults.set({ ...late, ackError: 420, ackErrorTimes: 1 });
    const command = await fleet.send(of, somebody, 'refused, later');
    expect(await fleet.ended(command)).toMatchObject({ state: 'failed', error: { details: { whatsappCode: 420 } } });
  });

  it('leaves in doubt what may not be done twice', async () => {
    oneUnanswered('w:g2');
    const made = await run('group.create', { subject: 'In doubt', participants: [] });
    expect(made).toMatchObject({ state: 'unknown', error: { code: 'COMMAND_TIMEOUT' } });
  });

  it('leaves a picture out of a profile, which says so', async () => {
    oneUnanswered('w:profile:picture');
    const { state, output } = await run('contact.profile', { jid: shop });
    expect([state, output]).toMatchObject([
      'done',
      { picture: null, business: { category: 'Shop' }, unanswered: ['picture'] },
    ]);
  });
});
