import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { toJsonString, toPhp, toPythonHttp } from 'curlconverter';
import { convert } from 'insomnia-importers';
import { generate } from 'orval';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CURL_ORIGIN, curlOf } from '../../functions/docs/curl.ts';
import { type OpenApiDocument, operationsOf } from '../../functions/docs/openapi.ts';
import { freshNumber, type LinkedInstance, linkInstance, register } from '../support/client.ts';
import { TestGateway } from '../support/gateway.ts';

/** Calls by what others generate from the API document or import from it; `client.test.ts` has the client of this project. */
const ROOT = resolve(import.meta.dirname, '../..');
const DOCUMENT = join(ROOT, 'docs/openapi.json');
const document = JSON.parse(readFileSync(DOCUMENT, 'utf8')) as OpenApiDocument;

let gateway: TestGateway;
let instance: LinkedInstance;
let folder: string;
/** The document as Insomnia imports it. */
let resources: Imported[];
beforeAll(async () => {
  // It takes seconds without a pause: the gateway of this process would let its open connections go meanwhile.
  ({ resources } = (await convert(readFileSync(DOCUMENT, 'utf8'))).data as unknown as { resources: Imported[] });
  gateway = await TestGateway.start();
  folder = await mkdtemp(join(tmpdir(), 'switchboard-generated-'));
  instance = await linkInstance(await register(gateway.url), 'generated');
}, 120_000);
afterAll(async () => {
  await gateway?.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = async (command: string, ...args: string[]) =>
  (await promisify(execFile)(command, args, { cwd: folder })).stdout.trim();
const texts = async (number: string) => (await gateway.person(number).sees(({ own }) => !own)).map(({ text }) => text);

/** Written against the types that the generator made. */
const PROGRAM = `
import { getInstancesByNameQr, getInstancesByNameStatus, getMessagesByMessageIdStatus, postAuthRegister, postInstances,
  postInstancesByNameKeys, postMessagesText, postTestInstancesByNameScan } from './api.ts';
const [email, contact] = process.argv.slice(2) as [string, string];
const as = (credential: string) => ({ headers: { authorization: \`Bearer \${credential}\` } });
const registered = await postAuthRegister({ email, password: 'a-long-password', name: 'Generated' });
if (registered.status !== 201) throw new Error(registered.data.message);
const user = as(registered.data.data.token);
const made = await postInstances({ name: 'second', environment: 'test' }, user);
if (made.status !== 201) throw new Error(made.data.message);
while ((await getInstancesByNameQr('second', user)).status === 504);
await postTestInstancesByNameScan('second', {}, user);
let status: string | undefined;
while (status !== 'CONNECTED') {
  const answer = await getInstancesByNameStatus('second', user);
  if (answer.status !== 200) throw new Error(answer.data.message);
  status = answer.data.data.status;
  await new Promise((wake) => setTimeout(wake, 50));
}
const key = await postInstancesByNameKeys('second', { name: 'all', permissions: ['message:send', 'message:read'] }, user);
if (key.status !== 201) throw new Error(key.data.message);
const sent = await postMessagesText({ to: contact, text: 'Hello, generated' }, as(key.data.data.key));
if (sent.status !== 201) throw new Error(JSON.stringify(sent.data));
const told = await getMessagesByMessageIdStatus(sent.data.data.messageId, as(key.data.data.key));
if (told.status !== 200) throw new Error(told.data.message);
const refused = await postMessagesText({ to: 'nobody', text: 'x' }, as(key.data.data.key));
console.log(status, told.data.data.messageId === sent.data.data.messageId, refused.status,
  refused.status === 400 && refused.data.error);
`;

it('orval: its client is typed, registers, links, sends and reads the status', async () => {
  const target = join(folder, 'api.ts');
  const output = { target, client: 'fetch', mode: 'single', baseUrl: gateway.url, clean: false } as const;
  await generate({ input: { target: DOCUMENT }, output }, folder, { verbose: false } as never);
  const program = join(folder, 'program.ts');
  await writeFile(program, PROGRAM);
  const compilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, erasableSyntaxOnly: true },
    ...{ target: 'esnext', module: 'nodenext', lib: ['esnext', 'dom', 'dom.iterable'] },
    ...{ types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] },
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await run(process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', folder);
  const contact = freshNumber();
  const said = await run(process.execPath, program, `orval-${contact}@example.com`, contact);
  expect(said).toBe('CONNECTED true 400 INVALID_PHONE_NUMBER');
  expect(await texts(contact)).toEqual(['Hello, generated']);
}, 180_000);

describe('the cURL lines of the page, in other languages', () => {
  /** The line of an operation, with the address, the credential, the names and the body of somebody who uses it. */
  function lineOf(method: string, path: string, body?: object): string {
    const found = operationsOf(document).find((one) => one.method === method && one.path === path);
    if (!found) throw new Error(`${method} ${path} is not documented`);
    const { operation } = found;
    const content = { 'application/json': { schema: {}, example: body } };
    const filled = body ? { ...operation, requestBody: { required: true, content } } : operation;
    return curlOf(document, { ...found, operation: filled })
      .replace(CURL_ORIGIN, gateway.url)
      .replace('TOKEN', instance.user.credential as string)
      .replace('API_KEY', instance.key.credential as string)
      .replace('customer-service', instance.name);
  }

  /** As n8n's HTTP node sends what its import of a line has filled in. */
  async function asN8n(line: string): Promise<string> {
    const { url, method, headers, data, queries = {} } = JSON.parse(toJsonString(line));
    const query = new URLSearchParams(queries).toString();
    const body = data === undefined ? {} : { body: JSON.stringify(data) };
    return (await fetch(query ? `${url}?${query}` : url, { method, headers, ...body })).text();
  }

  async function asProgram(command: string, name: string, program: string): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, program);
    return run(command, file);
  }

  const LANGUAGES: Record<string, { needs?: string; call: (line: string) => Promise<string> }> = {
    shell: { call: (line) => run('bash', '-c', `${line} -sS`) },
    n8n: { call: asN8n },
    Python: {
      needs: 'python3',
      call: (line) => asProgram('python3', 'call.py', `${toPythonHttp(line)}\nprint(response.read().decode())\n`),
    },
    PHP: { needs: 'php', call: (line) => asProgram('php', 'call.php', `${toPhp(line)}\necho $response;\n`) },
  };
  const has = (command: string) => spawnSync(command, ['--version']).status === 0;

  it.each(Object.entries(LANGUAGES))('%s: sends a text and reads the status', async (language, { needs, call }) => {
    if (needs && !has(needs)) return;
    const to = freshNumber();
    const text = `It's me, "${language}"`;
    const sent = JSON.parse(await call(lineOf('POST', '/api/messages/text', { to, text })));
    expect(sent.data).toMatchObject({ status: 'SENT' });
    const status = JSON.parse(await call(lineOf('GET', '/api/instances/{name}/status')));
    expect(status.data).toMatchObject({ name: instance.name, status: 'CONNECTED' });
    expect(await texts(to)).toEqual([text]);
  });
});

it('Insomnia: imported requests are answered, once the address and the credential are filled in', async () => {
  const environment: Record<string, unknown> = Object.assign({}, ...resources.map(({ data }) => data ?? {}), {
    ...{ scheme: 'http', host: new URL(gateway.url).host, name: instance.name },
  });
  const filled = (text: string, more: object): string => {
    const made = text.replace(/\{\{ ?(\w+) ?\}\}/g, (_, name) => String({ ...environment, ...more }[name as never]));
    return made === text ? text : filled(made, more);
  };
  const to = freshNumber();
  const call = async (method: string, path: string, credential: string | undefined, body?: object) => {
    const request = resources.find((one) => one.method === method && one.url === `{{ base_url }}${path}`) as Imported;
    const values = { bearerToken: credential, xApiKey: credential };
    const headers = [
      ...request.headers.filter(({ disabled }) => !disabled).map(({ name, value }) => [name, filled(value, values)]),
      ...(request.authentication.token
        ? [['authorization', `Bearer ${filled(request.authentication.token, values)}`]]
        : []),
      ...(request.body.mimeType ? [['content-type', request.body.mimeType]] : []),
    ] as [string, string][];
    // Of the body that was imported, with every field that there is, they keep the ones they want.
    const kept = body && { ...JSON.parse(request.body.text ?? ''), ...body };
    const text = kept && JSON.stringify(Object.fromEntries(Object.keys(body ?? {}).map((name) => [name, kept[name]])));
    const answer = await fetch(filled(request.url, values), { method, headers, ...(text && { body: text }) });
    return { status: answer.status, body: (await answer.json()) as { data: unknown } };
  };
  expect((await call('GET', '/api/version', undefined)).status).toBe(200);
  const status = await call('GET', '/api/instances/{{ name }}/status', instance.user.credential);
  expect(status.body.data).toMatchObject({ status: 'CONNECTED' });
  const sent = await call('POST', '/api/messages/text', instance.key.credential, { to, text: 'Hello, Insomnia' });
  expect(sent.status).toBe(201);
  expect(await texts(to)).toEqual(['Hello, Insomnia']);
});

/** A resource of an Insomnia export: a request, or an environment with `data`. */
interface Imported {
  method: string;
  url: string;
  headers: { name: string; value: string; disabled: boolean }[];
  authentication: { token?: string };
  body: { mimeType?: string; text?: string };
  data?: Record<string, unknown>;
}
