import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SmokeError, smoke } from '../../bin/smoke-steps.ts';
import { TestGateway } from '../support/gateway.ts';
import { Receiver } from '../support/receiver.ts';

let gateway: TestGateway;
let receiver: Receiver;
beforeAll(async () => {
  [gateway, receiver] = await Promise.all([TestGateway.start(), Receiver.start()]);
});
afterAll(() => Promise.all([gateway.stop(), receiver.stop()]));

it('plays the whole story by npm run smoke, and says that it works', async () => {
  const run = promisify(execFile)(process.execPath, [join(import.meta.dirname, '../../bin/smoke.ts'), gateway.url], {
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  const { stdout } = await run;
  const steps = ['health', 'account', 'instance', 'QR code', 'linked', 'sent', 'delivered', 'webhook', 'cleaned up'];
  for (const step of steps) expect(stdout).toMatch(new RegExp(`^${step} `, 'm'));
  expect(stdout).toMatch(/^webhook .*answered 404 by the gateway itself/m);
  expect(stdout.trimEnd().endsWith('VERDICT: works.')).toBe(true);
}, 120_000);

it('works with an account and an endpoint that are given, and says what is wrong otherwise', async () => {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const account = { email: 'ops@example.com', password: 'a-long-password' };
  const registered = await fetch(`${gateway.url}/api/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...account, name: 'Ops' }),
  });
  expect(registered.status).toBe(201);
  const webhook = receiver.url('smoke');
  await receiver.set('smoke', { status: 204 });
  await smoke(gateway.url, { ...account, webhook, say });
  expect(said.find((line) => line.startsWith('webhook'))).toMatch(/answered 204$/);
  expect((await receiver.hits('smoke')).length).toBeGreaterThan(0);
  await expect(smoke('http://127.0.0.1:9', { say })).rejects.toThrow(SmokeError);
  await expect(smoke(gateway.url, { say, email: 'x@example.com', password: 'wrong-password' })).rejects.toThrow(
    'POST /api/auth/login answered 401',
  );
}, 120_000);
