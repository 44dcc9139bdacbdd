import { describe, expect, it } from 'vitest';
import { newId } from '../../lib/core/model/ids.ts';
import type { PendingCommand } from '../../lib/core/ports/index.ts';
import { abreast, Claims, inTurn } from '../../runner/claims.ts';
import { aCommand, anInstance, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();

describe('the commands of one instance', () => {
  /** Some queued ones, and how their runner takes them; `lose` carries out a call of the store and loses its answer. */
  async function begin(count: number) {
    const { commands } = embedded.adapters();
    const instance = anInstance(newId('sub'));
    for (let i = 0; i < count; i += 1) {
      await commands.accept({ command: aCommand(instance, { bulkId: 'bulk_1' }), message: null, idempotency: null });
    }
    const store = { ...commands };
    const lose = (call: 'claim' | 'claimAll') => {
      store[call] = async (...args: never[]) => {
        await (commands[call] as (...args: never[]) => Promise<unknown>)(...args);
        store[call] = commands[call] as never;
        throw new Error('the answer is lost');
      };
    };
    const claims = new Claims({ commands: store, owner: 'runner', clock: () => 111 }, instance.id);
    const list = () => commands.listPending(instance.shard, instance.id);
    return { claims, commands, entries: await list(), list, lose };
  }

  it('are taken together, once', async () => {
    const { claims, entries } = await begin(3);
    const taken = await claims.take(1, entries);
    expect(taken.map(({ id, attempt }) => [id, attempt])).toEqual(entries.map(({ commandId }) => [commandId, 1]));
    expect(await claims.take(1, entries)).toEqual([]);
  });

  it('are taken one by one when one of them is held: the others go', async () => {
    const { claims, commands, entries } = await begin(3);
    const [first, second, third] = entries as [PendingCommand, PendingCommand, PendingCommand];
    await commands.claim(second.instanceId, second.commandId, 'another', 9, 5);
    const taken = await claims.take(1, entries);
    expect(taken.map(({ id }) => id)).toEqual([first.commandId, third.commandId]);
  });

  it.each(['claim', 'claimAll'] as const)('are run when the answer to %s was lost', async (call) => {
    const { claims, entries, lose } = await begin(call === 'claim' ? 1 : 3);
    lose(call);
    await expect(claims.take(1, entries)).rejects.toThrow('the answer is lost');
    const taken = await claims.take(1, entries);
    expect(taken.map(({ id, attempt }) => [id, attempt])).toEqual(entries.map(({ commandId }) => [commandId, 1]));
    expect(await claims.take(1, entries)).toEqual([]);
  });

  it('are not looked at again once they have ended, unless what says so was not stored', async () => {
    const { claims, entries, list } = await begin(2);
    const [first, second] = entries as [PendingCommand, PendingCommand];
    claims.ended(first.commandId);
    expect(claims.unended(await list())).toEqual([second]);
    claims.forget();
    expect(claims.unended(await list())).toEqual(entries);
  });
});

describe('side by side run', () => {
  const entry = (to: string, fields: Partial<PendingCommand> = {}) => ({
    ...{ instanceId: 'inst_1', tenantId: 'sub_1', commandId: `cmd_${to}`, operation: 'message.sendText' },
    ...{ acceptedAtMs: 1, notAfterMs: 2, to, bulkId: 'bulk_1' },
    ...fields,
  });
  const tos = (entries: readonly PendingCommand[]) => abreast(entries).map(({ to }) => to);

  it('messages of one bulk to different people', () => {
    expect(tos([entry('a'), entry('b'), entry('c')])).toEqual(['a', 'b', 'c']);
  });

  it.each<[string, Partial<PendingCommand>]>([
    ['another bulk', { bulkId: 'bulk_2' }],
    ['the same chat', { to: 'a' }],
  ])('none of %s', (_what, fields) => {
    expect(tos([entry('a'), entry('b'), entry('c', fields), entry('d')])).toEqual(['a', 'b']);
  });

  it('neither what is of no bulk nor what carries a file', () => {
    const { bulkId: _bulkId, ...alone } = entry('a');
    expect(tos([alone, entry('b')])).toEqual(['a']);
    expect(tos([entry('a'), { ...alone, to: 'b' }])).toEqual(['a']);
    const picture = { operation: 'message.sendImage' };
    expect(tos([entry('a', picture), entry('b', picture)])).toEqual(['a']);
    expect(tos([entry('a', { operation: 'something else' }), entry('b')])).toEqual(['a']);
  });

  it('in their order, also when one in the middle ends before the first has left', async () => {
    const order: number[] = [];
    const turns = inTurn(3);
    const all = turns.map(({ come }, i) => come.then(() => order.push(i)));
    turns[1]?.leave();
    await all[0];
    expect(order).toEqual([0]);
    turns[0]?.leave();
    await Promise.all(all);
    expect(order).toEqual([0, 1, 2]);
  });
});
