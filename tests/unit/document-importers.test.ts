import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { N8NPropertiesBuilder } from '@devlikeapro/n8n-openapi-node';
import { InputData, JSONSchemaInput, quicktype } from 'quicktype-core';
import { expect, it } from 'vitest';
import type { OpenApiDocument, Operation } from '../../functions/docs/openapi.ts';

/** What others make of the API document: Postman's own converter, n8n's node builder, and a generator for Python. */
const text = readFileSync(resolve(import.meta.dirname, '../../docs/openapi.json'), 'utf8');
const document = JSON.parse(text) as OpenApiDocument;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
);

interface PostmanItem {
  item?: PostmanItem[];
  request?: { method: string; url: { path: string[] } };
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
