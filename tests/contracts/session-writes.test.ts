import { expect, it } from 'vitest';
import { buildUpdate } from '../../lib/core/adapters/dynamodb/expression.ts';
import { mergeSessionWrites } from '../../lib/core/adapters/dynamodb/session-writes.ts';
import type { SessionWrite } from '../../lib/core/ports/session-store.ts';

const value = (n: number) => Uint8Array.of(n);

it.each<{ what: string; writes: SessionWrite[]; merged: SessionWrite[] }>([
  {
    what: 'of a key the last value counts, a deletion too',
    writes: [
      { kind: 'key', key: 'a', value: value(1) },
      { kind: 'key', key: 'b', value: value(2) },
      { kind: 'key', key: 'a', value: null },
    ],
    merged: [
      { kind: 'key', key: 'a', value: null },
      { kind: 'key', key: 'b', value: value(2) },
    ],
  },
  {
    what: 'of a message, set takes the later and once the earlier field',
    writes: [
      { kind: 'message', id: 'm', scope: 'out', set: { text: 'a', type: 'text' }, once: { sentAtMs: 1 } },
      { kind: 'message', id: 'm', scope: 'out', set: { text: 'b' }, once: { sentAtMs: 2, readAtMs: 3 } },
    ],
    merged: [
      { kind: 'message', id: 'm', scope: 'out', set: { text: 'b', type: 'text' }, once: { sentAtMs: 1, readAtMs: 3 } },
    ],
  },
  {
    what: 'a field that is undefined, or a moment that is null, takes nothing away',
    writes: [
      { kind: 'message', id: 'm', scope: 'out', set: { text: 'a' }, once: { sentAtMs: null } },
      { kind: 'message', id: 'm', scope: 'out', set: { text: undefined as never }, once: { sentAtMs: 2 } },
    ],
    merged: [{ kind: 'message', id: 'm', scope: 'out', set: { text: 'a' }, once: { sentAtMs: 2 } }],
  },
  {
    what: 'messages of one id in two scopes are two rows',
    writes: [
      { kind: 'message', id: 'm', scope: 'out', once: { sentAtMs: 1 } },
      { kind: 'message', id: 'm', scope: 'abc', once: { sentAtMs: 2 } },
    ],
    merged: [
      { kind: 'message', id: 'm', scope: 'out', once: { sentAtMs: 1 } },
      { kind: 'message', id: 'm', scope: 'abc', once: { sentAtMs: 2 } },
    ],
  },
  {
    what: 'a chat, a contact and a sent protobuf of one id are three rows',
    writes: [
      { kind: 'chat', id: 'x', set: { unread: 1 } },
      { kind: 'contact', id: 'x', set: { phone: '1' } },
      { kind: 'sentProto', id: 'x', value: value(1), ttlSeconds: 1 },
      { kind: 'contact', id: 'x', set: { lid: '2' } },
    ],
    merged: [
      { kind: 'chat', id: 'x', set: { unread: 1 } },
      { kind: 'contact', id: 'x', set: { phone: '1', lid: '2' } },
      { kind: 'sentProto', id: 'x', value: value(1), ttlSeconds: 1 },
    ],
  },
  {
    what: 'states merge field by field, null included',
    writes: [
      { kind: 'state', set: { status: 'CONNECTING', lastError: 'x' } },
      { kind: 'state', set: { status: 'CONNECTED', lastError: null } },
    ],
    merged: [{ kind: 'state', set: { status: 'CONNECTED', lastError: null } }],
  },
  {
    what: 'of a command the last end counts',
    writes: [
      { kind: 'finish', commandId: 'c', shard: 1, outcome: { state: 'done', output: 1 }, finishedAtMs: 1 },
      { kind: 'finish', commandId: 'c', shard: 1, outcome: { state: 'done', output: 2 }, finishedAtMs: 2 },
    ],
    merged: [{ kind: 'finish', commandId: 'c', shard: 1, outcome: { state: 'done', output: 2 }, finishedAtMs: 2 }],
  },
])('$what', ({ writes, merged }) => {
  expect(mergeSessionWrites(writes)).toEqual(merged);
});

it('builds one expression of what is set, set once, removed and added', () => {
  const parts = buildUpdate(
    { set: { name: 'a', gone: null, skipped: undefined }, once: { first: 1, nothing: null }, add: { count: 2 } },
    { names: { '#c': 'state' }, values: { ':c': 'x' } },
  );
  expect(parts).toEqual({
    UpdateExpression: 'SET #u0 = :u0, #u2 = if_not_exists(#u2, :u2) REMOVE #u1 ADD #u3 :u3',
    ExpressionAttributeNames: { '#u0': 'name', '#u1': 'gone', '#u2': 'first', '#u3': 'count', '#c': 'state' },
    ExpressionAttributeValues: { ':u0': 'a', ':u2': 1, ':u3': 2, ':c': 'x' },
  });
  expect(() => buildUpdate({ set: { a: undefined } })).toThrow('must change something');
});
