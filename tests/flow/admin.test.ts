import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type SpawnedEntry, spawnEntry } from '../../bin/spawn.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { ApiClient, register } from '../support/client.ts';

let dataDir: string;
let gateway: SpawnedEntry | undefined;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'switchboard-admin-'));
});
afterAll(async () => {
  await gateway?.kill();
  await rm(dataDir, { recursive: true, force: true });
});

interface Ended {
  code: number;
  out: string;
  err: string;
}

/** `npm run admin -- …`, without npm. */
function admin(...args: string[]): Promise<Ended> {
  const [, ...command] = packageJson.scripts.admin.split(' ');
  const options = { cwd: resolve(import.meta.dirname, '../..'), env: { ...process.env, DATA_DIR: dataDir } };
  return new Promise((done) => {
    const child = execFile(process.execPath, [...command, ...args], options, (_error, out, err) => {
      done({ code: child.exitCode ?? -1, out, err });
    });
  });
}

it('works beside a running gateway, and says so when none runs', async () => {
  const before = await admin('show', 'sub_1');
  expect([before.code, before.out]).toEqual([1, '']);
  expect(before.err).toMatch(/No gateway runs on .*npm start/);

  gateway = await spawnEntry('start', { PORT: '0', DATA_DIR: dataDir });
  const file = join(dataDir, 'admin.json');
  expect((await stat(file)).mode & 0o077).toBe(0);
  const secrets = (await readFile(join(dataDir, 'jwt-secrets'), 'utf8')).trim();
  expect(await readFile(file, 'utf8')).not.toContain(secrets);

  const user = await register(gateway.url);
  const { data } = (await user.must('GET', '/api/auth/me')).body;
  const changed = await admin('tier', data.user.email, 'pro');
  expect([changed.code, changed.err]).toEqual([0, '']);
  expect(JSON.parse(changed.out)).toMatchObject({ id: data.subscription.id, tier: 'PRO', maxInstances: 20 });
  expect((await user.get('/api/subscription')).body.data).toMatchObject({ tier: 'PRO', maxInstances: 20 });

  const reset = await admin('reset-password', data.user.email);
  const { temporaryPassword: password } = JSON.parse(reset.out);
  const login = await new ApiClient(gateway.url).post('/api/auth/login', { email: data.user.email, password });
  expect(login.body.mustChangePassword).toBe(true);

  const unknown = await admin('show', 'sub_none');
  expect([unknown.code, unknown.err.trim()]).toEqual([1, 'There is no such subscription.']);
  for (const wrong of [[], ['tier'], ['tier', 'a'], ['list'], ['show', 'a', 'b']]) {
    const { code, err } = await admin(...wrong);
    expect([wrong, code]).toEqual([wrong, 2]);
    expect(err).toContain('npm run admin -- COMMAND');
  }

  await gateway.stop();
  await expect(stat(file)).rejects.toThrow(/ENOENT/);
  expect((await admin('show', data.user.email)).err).toMatch(/No gateway runs/);
});

it('is not misled by what a killed gateway has left behind', async () => {
  gateway = await spawnEntry('start', { PORT: '0', DATA_DIR: dataDir });
  await gateway.kill();
  expect((await admin('show', 'sub_1')).err).toMatch(/No gateway runs/);
});
