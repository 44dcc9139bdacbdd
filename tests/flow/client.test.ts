import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { freshNumber } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';

/** The client as it is published: generated, built, and used by its own example under its own name. */
const ROOT = resolve(import.meta.dirname, '../..');
const FOLDER = join(ROOT, 'clients/typescript');
const run = async (args: string[], env: Record<string, string> = {}) => {
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } });
  return stdout;
};

let gateway: TestGateway;
let built: string;
beforeAll(async () => {
  [gateway, built] = await Promise.all([TestGateway.start(), run(['bin/client.ts'])]);
}, 180_000);
afterAll(() => gateway?.stop());

it('has a function for every operation of the API document', () => {
  const { paths } = JSON.parse(readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8'));
  const operations = Object.values(paths as Record<string, object>).flatMap((methods) => Object.keys(methods));
  expect(built).toContain(`clients/typescript: ${operations.length} operations`);
});

it('is published at the version of the gateway, with what it needs pinned as here', () => {
  const own = JSON.parse(readFileSync(join(FOLDER, 'package.json'), 'utf8'));
  expect(own.version).toBe(packageJson.version);
  const pinned = packageJson.devDependencies as Record<string, string>;
  for (const [name, version] of Object.entries(own.dependencies)) expect([name, version]).toEqual([name, pinned[name]]);
});

it('is typed, registers, links, sends, and verifies the webhook of the answer', async () => {
  await run([join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', join(FOLDER, 'examples')]);
  const env = { SWITCHBOARD_URL: gateway.url, CONTACT: freshNumber('9001') };
  const output = await run([join(FOLDER, 'examples/first-message.ts')], env);
  expect(output).toMatch(/^sent: {5}msg_3EB0[0-9A-F]{18} SENT$/m);
  expect(output).toMatch(/^webhook: {2}message\.received: Echo: Hello, typed \(signed\)$/m);
  expect(output).toMatch(/^forged: {3}401$/m);
  expect(output).toMatch(/^error: {4}400 INVALID_PHONE_NUMBER$/m);
}, 120_000);
