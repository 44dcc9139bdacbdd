import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { N8NPropertiesBuilder } from '@devlikeapro/n8n-openapi-node';
import { toJsonString } from 'curlconverter';
import { convert } from 'insomnia-importers';
import { InputData, JSONSchemaInput, quicktype } from 'quicktype-core';
import { expect, it } from 'vitest';
import { CURL_ORIGIN, curlOf } from '../../functions/docs/curl.ts';
import { type OpenApiDocument, type Operation, operationsOf } from '../../functions/docs/openapi.ts';

/**
 * What others make of the API document: Postman's and Insomnia's importers, n8n's import of cURL lines and its node
 * builder, and a generator of types for Python. `tests/flow/generated.test.ts` makes calls with what comes out.
 */
const text = readFileSync(resolve(import.meta.dirname, '../../docs/openapi.json'), 'utf8');
const document = JSON.parse(text) as OpenApiDocument;
const operations = operationsOf(document).map((one) => ({ name: `${one.method} ${one.path}`, ...one }));

interface PostmanItem {
  item?: PostmanItem[];
  request?: { method: string; url: { path: string[] } };
}

interface InsomniaRequest {
  _type: string;
  method: string;
  url: string;
  body: { text?: string };
  authentication: { type?: string };
}

it('imports into Postman: every operation is a request', async () => {
  const { convert } = createRequire(import.meta.url)('openapi-to-postmanv2') as {
    convert: (input: object, options: object, done: (error: Error | null, answer: never) => void) => void;
  };
  const { result, reason, output } = await new Promise<{
    result: boolean;
    reason?: string;
    output: { data: PostmanItem }[];
  }>((found, failed) => {
    const options = { folderStrategy: 'Tags', requestParametersResolution: 'Example' };
    convert({ type: 'string', data: text }, options, (error, answer) => (error ? failed(error) : found(answer)));
  });
  expect([result, reason]).toEqual([true, undefined]);
  const names: string[] = [];
  const walk = ({ item = [], request }: PostmanItem) => {
    if (request) names.push(`${request.method} /${request.url.path.join('/').replace(/:(\w+)/g, '{$1}')}`);
    item.forEach(walk);
  };
  walk(output[0]?.data ?? {});
  expect(names.sort()).toEqual(operations.map(({ name }) => name).sort());
}, 180_000);

it('imports into Insomnia: every operation is a request with its credential and a body', async () => {
  const { type, data } = await convert(text);
  expect(type.id).toBe('openapi3');
  const requests = (data.resources as InsomniaRequest[]).filter(({ _type }) => _type === 'request');
  const found = requests.map(({ method, url, body, authentication }) => {
    const path = url.replace('{{ base_url }}', '').replace(/\{\{ (\w+) \}\}/g, '{$1}');
    return { name: `${method} ${path}`, hasBody: body.text !== undefined, isOpen: authentication.type !== 'bearer' };
  });
  const meant = operations.map(({ name, operation }) => {
    const hasBody = operation.requestBody !== undefined;
    return { name, hasBody, isOpen: operation.security.length === 0 };
  });
  const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
  expect(found.sort(byName)).toEqual(meant.sort(byName));
}, 180_000);

it('imports into the HTTP node of n8n, whose parser takes cURL lines: method, URL, headers and body of every one', () => {
  for (const one of operations) {
    const [security] = one.operation.security;
    const body = one.operation.requestBody?.content['application/json']?.example;
    const { url, method, headers = {}, data, queries = {} } = JSON.parse(toJsonString(curlOf(document, one)));
    const pattern = new RegExp(`^${CURL_ORIGIN}${one.path.replace(/\{[^}]+\}/g, '[^/{}]+')}$`);
    expect(url).toMatch(pattern);
    expect([one.name, method.toUpperCase(), headers, data]).toEqual([
      one.name,
      one.method,
      {
        ...(security && { Authorization: `Bearer ${'accessToken' in security ? 'TOKEN' : 'API_KEY'}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      body,
    ]);
    const needed = one.parameters.filter((parameter) => parameter.in === 'query' && parameter.required);
    expect(Object.keys(queries)).toEqual(needed.map(({ name }) => name));
  }
});

it('makes an n8n node: every operation can be chosen, with its path', () => {
  const properties = new N8NPropertiesBuilder(document, {}).build() as {
    name: string;
    options?: { value: string; routing?: { request: { method: string; url: string } } }[];
  }[];
  const chosen = properties
    .filter(({ name }) => name === 'operation')
    .flatMap(({ options = [] }) => options.flatMap(({ routing }) => routing?.request ?? []));
  const names = chosen.map(({ method, url }) => `${method} ${url.replace(/^=/, '')}`);
  expect(names).toHaveLength(operations.length);
  expect(names.some((name) => name.startsWith('POST /api/messages/text'))).toBe(true);
});

it('becomes types of another language: Python, a class for every body', async () => {
  const bodies = Object.fromEntries(operations.flatMap(({ operation }) => schemasOf(operation)));
  const schema = { type: 'object', properties: bodies, definitions: document.components.schemas };
  const source = new JSONSchemaInput(undefined);
  const written = JSON.stringify(schema).replaceAll('#/components/schemas/', '#/definitions/');
  await source.addSource({ name: 'Gateway', schema: written });
  const inputData = new InputData();
  inputData.addInput(source);
  const { lines } = await quicktype({ inputData, lang: 'python', rendererOptions: { 'just-types': 'true' } });
  const python = lines.join('\n');
  expect(Object.keys(bodies).length).toBeGreaterThan(100);
  expect(python).toMatch(/class PostMessagesTextRequest:\n {4}text: str\n {4}to: str\n/);
  const gateway = python.slice(python.lastIndexOf('class Gateway:'));
  for (const name of Object.keys(bodies)) {
    const field = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).slice(1);
    expect([name, gateway.includes(`    ${field}: `)]).toEqual([name, true]);
  }
}, 180_000);

function schemasOf({ operationId, requestBody }: Operation): [string, object][] {
  const schema = requestBody?.content['application/json']?.schema;
  return schema ? [[`${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}Request`, schema]] : [];
}
