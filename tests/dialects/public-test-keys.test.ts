import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../lib/core/model/command.ts';
import { type ApiRig, LINKED } from '../support/api-rig.ts';
import { ROUTES } from '../support/faces.ts';
import { PublicFace } from '../support/public-face.ts';
import { bodyOf, pathOf } from '../support/route-calls.ts';

let face: PublicFace;
let rig: ApiRig;
let live: string;
let sandbox: string;
let testKey: string;
beforeAll(async () => {
  face = await PublicFace.start();
  ({ rig, live, sandbox, testKey } = face);
});
afterAll(() => face?.stop());

describe('a test key', () => {
  it('sends from a sandbox device', async () => {
    const sent = await face.send({}, testKey);
    expect([sent.status, sent.body.data.device_id]).toEqual([200, sandbox]);
  });

  it('reaches no live instance through any row of any face, and has no command run on one', async () => {
    const wide = await face.makeKey({ environment: 'test', rate_limit: 1_000 });
    const started = new Set(rig.runner.seen);
    const rows = ROUTES.filter(({ row }) => row.credential === 'key' || row.credential === 'any');
    expect(rows.length).toBeGreaterThan(30);
    for (const { row, name } of rows) {
      for (const naming of [live, 'shop']) {
        const ids = { instanceId: naming, name: naming, id: live };
        const named = { instanceId: live, device_id: live, session_id: naming, phone: '6281234567890' };
        const body = row.body && { ...bodyOf(row), ...named };
        const separator = pathOf(row, ids).includes('?') ? '&' : '?';
        const path = row.body ? pathOf(row, ids) : `${pathOf(row, ids)}${separator}instanceId=${live}`;
        const answer = await rig.call(row.method, path, body, { as: wide.key, headers: { prefer: 'respond-async' } });
        expect([name, answer.text.includes(live)]).toEqual([name, false]);
        expect([name, answer.text.includes('6281234567890')]).toEqual([name, false]);
      }
    }
    const run: Command[] = rig.runner.seen.filter((command) => !started.has(command));
    const ofLive = run.filter(({ instanceId }) => instanceId === live);
    expect(ofLive.map(({ operation }) => operation)).toEqual([]);
    const left = await face.asUser('GET', '/api/instances/shop');
    expect(left.body.data.status).toBe('CONNECTED');
  }, 120_000);

  it('does not reach a live one as the only instance of the account either', async () => {
    const own = await rig.register();
    await rig.instance(own, 'only', LINKED);
    const { key } = await face.makeKey({ environment: 'test' }, own);
    const body = { to: '6281234567890', text: 'x' };
    expect((await rig.call('POST', '/api/messages/text', body, { as: key })).status).toBe(404);
    const viaC = { to: '6281234567890', message: 'x' };
    expect((await rig.call('POST', '/api/message/send/text', viaC, { as: key })).status).toBe(404);
    const viaD = await face.send({}, key);
    expect([viaD.status, viaD.body.code]).toEqual([409, 'INSTANCE_NOT_CONNECTED']);
  });

  it('makes test instances only', async () => {
    const { key } = await face.makeKey({ environment: 'test' });
    const live = await rig.call('POST', '/api/instance/create', { name: 'L', environment: 'live' }, { as: key });
    expect([live.status, live.body.code]).toEqual([403, 'PERMISSION_DENIED']);
  });
});
