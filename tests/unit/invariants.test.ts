import { describe, expect, it } from 'vitest';
import { wrongEvents, wrongLines, wrongMessages, wrongOwners } from '../support/invariants.ts';

/** What the fault tests find nothing wrong with: two messages out, two in. */
const talk = {
  sent: [1, 2].map((n) => ({ text: `out ${n}`, key: `k${n}`, messageId: `msg_OUT${n}` })),
  written: ['IN2', 'IN1'],
};
const command = (n: number, fields: object = {}) => ({
  ...{ id: `cmd_${n}`, operation: 'message.sendText', state: 'done', owner: 'ann', epoch: 1, attempt: 1, ...fields },
});
const message = (id: string, fields: object = {}) => ({ id, direction: 'sent', sentAtMs: 1, ...fields });
const received = (id: string) => ({ id, direction: 'received' });
const rows = [command(1), command(2), message('OUT1'), message('OUT2'), received('IN1'), received('IN2')];
const phone = ['OUT1', 'OUT2'].map((id) => ({ id, own: false }));
const [first, second] = rows as [object, object];
const without = (id: string) => rows.filter((row) => row.id !== id);

describe('what the fault tests look at, made wrong', () => {
  it.each<[string, object[], object[], RegExp | undefined]>([
    ['as it should be', rows, phone, undefined],
    ['what a phone has written itself is not of the gateway', rows, [...phone, { id: 'X', own: true }], undefined],
    ['a command without an end', [{ ...first, state: 'running' }, ...rows.slice(1)], phone, /1 commands have no end/],
    [
      'two owners in one epoch',
      [first, { ...second, owner: 'bob' }, ...rows.slice(2)],
      phone,
      /epoch 1 had the owners/,
    ],
    ['a message with two ends', [...without('OUT1'), message('OUT1', { failedAtMs: 2 })], phone, /OUT1 has the ends/],
    [
      'a message that failed',
      [...without('OUT1'), message('OUT1', { sentAtMs: undefined, failedAtMs: 2 })],
      phone,
      /OUT1/,
    ],
    ['a message that never came', rows, phone.slice(1), /at the contact: 1 of 2, missing \[OUT1\]/],
    ['a message that came twice', rows, [...phone, ...phone.slice(1)], /at the contact: twice \[OUT2\]/],
    ['messages in the wrong order', rows, phone.toReversed(), /order or repeats/],
    ['a message of nobody', rows, [...phone, { id: 'X', own: false }], /too many \[X\]/],
    ['a written message that is not stored', without('IN1'), phone, /stored received messages.*missing \[IN1\]/],
    ['a written message that is stored twice', [...rows, received('IN1')], phone, /received messages: twice/],
  ])('%s', (_what, ofInstance, seen, wrong) => {
    const found = wrongMessages(talk, ofInstance as never, seen as never);
    expect(found.join('; ')).toMatch(wrong ?? /^$/);
  });

  it('a message without an answer', () => {
    const unanswered = { ...talk, sent: [...talk.sent, { text: 'x', key: 'k3', messageId: undefined }] };
    expect(wrongMessages(unanswered, rows as never, phone).join()).toMatch(/missing \[no answer\]/);
  });

  const told = (n: number, id = `evt_${n}`) => ({ id, type: 'message.received', data: { messageId: `msg_IN${n}` } });
  it.each<[string, object[], number[], RegExp | undefined]>([
    ['as it should be', [told(1), told(2)], [1, 2, 3], undefined],
    ['a message that nobody was told of', [told(1)], [1, 2], /events of received messages.*missing \[IN2\]/],
    [
      'a message that was told as two events',
      [told(1), told(2), told(2, 'evt_3')],
      [1, 2, 3],
      /events of received.*twice/,
    ],
    [
      'an event that is told twice',
      [told(1), told(2), { ...told(2), type: 'other' }],
      [1, 2],
      /events: twice \[evt_2\]/,
    ],
    ['a gap in the numbers', [told(1), told(2)], [1, 3], /numbers of events/],
    ['a number twice', [told(1), told(2)], [1, 2, 2], /numbers of events/],
  ])('events: %s', (_what, events, numbers, wrong) => {
    expect(wrongEvents(talk, events as never, numbers).join('; ')).toMatch(wrong ?? /^$/);
  });

  const says = (id: string, ...lines: object[]) => ({ id, lines: lines as never });
  const claims = (shard: number, epoch: number) => ({ level: 30, msg: 'shard claimed', shard, epoch });
  const runs = (instanceId: string, epoch: number) => ({
    level: 30,
    msg: 'command finished',
    instanceId,
    shard: 1,
    epoch,
  });
  it('owners: two runners of one epoch of a shard, or of an instance', () => {
    expect(
      wrongOwners([says('ann', claims(1, 1), runs('i', 1), runs('i', 1)), says('bob', claims(1, 2), runs('i', 2))]),
    ).toEqual([]);
    expect(wrongOwners([says('ann', claims(1, 1)), says('bob', claims(1, 1))])).toEqual([
      'shard 1 in epoch 1 had the owners ann, bob',
    ]);
    expect(wrongOwners([says('ann', runs('i', 3)), says('bob', runs('i', 3))])).toHaveLength(1);
  });

  it.each(['Bad MAC', 'MessageCounterError: Key used already or never filled', 'No session record', 'old counter: 3'])(
    'logs: %s',
    (text) => {
      expect(wrongLines([says('ann', { level: 40, msg: 'failed', err: { message: text } })])).toHaveLength(1);
      expect(wrongLines([says('ann', { level: 40, msg: 'a session did not end in order' })])).toEqual([]);
    },
  );

  it('logs: an error that a runner died of', () => {
    expect(wrongLines([says('ann', { level: 60, msg: 'x' })])).toHaveLength(1);
  });
});
