import { expect, it } from 'vitest';
import { useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();

it('gives a free shard to one of many who claim it at once', async () => {
  const { shards } = embedded.adapters();
  expect(await shards.get(10)).toBeUndefined();
  const owners = ['a', 'b', 'c', 'd', 'e'];
  const claims = await Promise.all(owners.map((owner) => shards.claim(10, owner, 0)));
  const won = claims.filter((claim) => claim !== undefined);
  expect(won).toEqual([{ shard: 10, owner: owners[claims.findIndex((claim) => claim)], epoch: 1 }]);
  expect(await shards.get(10)).toEqual(won[0]);
});

it('changes hands only from the epoch that the claimer has seen', async () => {
  const { shards } = embedded.adapters();
  await shards.claim(11, 'a', 0);
  expect(await shards.claim(11, 'b', 0)).toBeUndefined();
  expect(await shards.claim(11, 'b', 2)).toBeUndefined();
  expect(await shards.claim(11, 'b', 1)).toEqual({ shard: 11, owner: 'b', epoch: 2 });
  expect(await shards.claim(11, 'a', 1)).toBeUndefined();
  expect(await shards.get(11)).toEqual({ shard: 11, owner: 'b', epoch: 2 });
  expect(await shards.get(12)).toBeUndefined();
});
