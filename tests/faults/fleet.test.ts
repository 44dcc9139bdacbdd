import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fleet } from '../support/fleet.ts';
import { violations } from '../support/invariants.ts';
import { startTalks, type Talk, Traffic } from '../support/traffic.ts';

let fleet: Fleet;
let talks: Talk[];

beforeAll(async () => {
  fleet = await Fleet.start(1);
  talks = await startTalks(fleet.gateway.url, fleet.sandbox.url, 30);
}, 120_000);
afterAll(() => fleet?.stop());

describe('a fleet', () => {
  it('does all of it right when nothing goes wrong', async () => {
    const traffic = new Traffic(talks, 2_000);
    await new Promise((wake) => setTimeout(wake, 10_000));
    await traffic.stop();
    expect(await violations(fleet, talks)).toEqual([]);
  });
});
