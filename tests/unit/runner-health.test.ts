import { describe, expect, it } from 'vitest';
import { judgeHealth, type Vitals } from '../../runner/health.ts';
import { decryptFailureOf } from '../../runner/metrics.ts';

describe('the health of a runner', () => {
  const well: Vitals = { state: 'running', heartbeatAgeMs: 2_000, lagMs: 20 };

  it.each<[string, Partial<Vitals>, boolean, boolean]>([
    ['all is well', {}, true, true],
    ['it starts', { state: 'starting' }, true, false],
    ['it drains', { state: 'draining' }, true, false],
    ['it has stopped', { state: 'stopped' }, false, false],
    ['its heartbeat is just young enough', { heartbeatAgeMs: 6_999 }, true, true],
    ['its heartbeat is too old', { heartbeatAgeMs: 7_000 }, false, false],
    ['it is fenced', { state: 'fenced', heartbeatAgeMs: 9_000 }, false, false],
    ['its event loop was late', { lagMs: 1_000 }, false, false],
  ])('%s', (_name, change, healthy, ready) => {
    expect(judgeHealth({ ...well, ...change })).toMatchObject({ healthy, ready });
  });
});

describe('why a message could not be decrypted', () => {
  const named = (name: string, message: string, cause?: Error) =>
    Object.assign(new Error(message, { cause }), { name });

  it.each([
    [new Error('Bad MAC'), 'bad_mac'],
    [named('SessionError', 'No matching sessions found for message', new Error('Bad MAC')), 'bad_mac'],
    [named('MessageCounterError', 'Key used already or never filled'), 'counter'],
    [new Error('Received message with old counter: 3, 1'), 'counter'],
    [named('SessionError', 'No session record'), 'no_session'],
    [named('SessionError', 'No sessions available'), 'no_session'],
    [named('PreKeyError', 'Invalid PreKey ID'), 'no_session'],
    [new Error('No SenderKeyRecord found for decryption'), 'no_session'],
    [new Error('InvalidMessageException'), 'other'],
    ['text', 'other'],
  ])('%s is %s', (error, kind) => {
    expect(decryptFailureOf(error)).toBe(kind);
  });
});
