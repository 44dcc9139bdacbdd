import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { DIALECTS } from '../../functions/dialects/all.ts';
import { permissionOf } from '../../functions/dialects/dialect.ts';
import { curlPage } from '../../functions/docs/curl.ts';
import { errorCodesOf, operationIdOf } from '../../functions/docs/openapi.ts';
import { operationsPage } from '../../functions/docs/operations.ts';
import { postmanCollection } from '../../functions/docs/postman.ts';
import { ERROR_CODES, type ErrorCode } from '../../lib/core/errors.ts';
import { apiDocument, faultsOfAnswer } from '../support/answer-check.ts';

const rows = DIALECTS.flatMap((dialect) => dialect.routes);
const operations = Object.entries(apiDocument.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, path, method, operation })),
);
const stored = (name: string) => readFileSync(resolve(import.meta.dirname, `../../docs/${name}`), 'utf8');

describe('the API document', () => {
  it('is OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(apiDocument));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(apiDocument.openapi).toMatch(/^3\.1\./);
  });

  it('has every row of every dialect', () => {
    const shown = new Set(operations.map(({ operation }) => operation.operationId));
    expect(rows.map(operationIdOf).filter((id) => !shown.has(id))).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(27);
  });

  it('names every operation once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
    expect(ids.every((id) => /^[a-z][A-Za-z0-9]+$/.test(id))).toBe(true);
    expect(operationIdOf({ method: 'POST', path: '/api/instances/:name/pairing-code' })).toBe(
      'postInstancesByNamePairingCode',
    );
  });

  it('resolves every reference', () => {
    const references = [...JSON.stringify(apiDocument).matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1]);
    const target = (path: string) =>
      path
        .split('/')
        .reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], apiDocument);
    expect(references.length).toBeGreaterThan(50);
    expect(references.filter((path) => target(path as string) === undefined)).toEqual([]);
  });

  it('has an example of every error code', () => {
    expect(Object.keys(apiDocument.components.examples)).toEqual(expect.arrayContaining(Object.keys(ERROR_CODES)));
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      expect(apiDocument.components.examples[code]?.value).toMatchObject({ success: false, error: code });
    }
  });

  it('tells tokens and keys apart, and what each permission is for', () => {
    expect(Object.keys(apiDocument.components.securitySchemes as object)).toEqual([
      'accessToken',
      'apiKeyBearer',
      'apiKeyHeader',
    ]);
    for (const row of rows) {
      const operation = operations.find(({ operation }) => operation.operationId === operationIdOf(row))?.operation;
      const permission = permissionOf(row);
      if (permission) expect(operation?.description).toContain(permission);
      expect(operation?.security.length).toBe({ none: 0, user: 1, key: 2, any: 3 }[row.credential]);
    }
  });

  it('is what docs/openapi.json holds (npm run docs)', () => {
    const isFresh = stored('openapi.json') === `${JSON.stringify(apiDocument, null, 2)}\n`;
    expect(isFresh, 'docs/openapi.json is stale: npm run docs').toBe(true);
  });

  it('is what docs/postman.json was made from (npm run docs)', () => {
    const isFresh = stored('postman.json') === `${JSON.stringify(postmanCollection(apiDocument), null, 2)}\n`;
    expect(isFresh, 'docs/postman.json is stale: npm run docs').toBe(true);
  });

  it('has the operations that docs/operations.md shows (npm run docs)', () => {
    expect(stored('curl.md') === curlPage(apiDocument), 'docs/curl.md is stale: npm run docs').toBe(true);
    expect(stored('operations.md') === operationsPage(), 'docs/operations.md is stale: npm run docs').toBe(true);
  });
});

describe.each(operations)('$name', ({ path, operation }) => {
  it('has a summary, one tag, errors of the caller, and its parameters', () => {
    expect(operation.summary).toMatch(/^[A-Z].{4,120}$/);
    expect(operation.tags).toHaveLength(1);
    expect(Object.keys(operation.responses).filter((status) => /^4\d\d$/.test(status)).length).toBeGreaterThan(0);
    const named = (operation.parameters ?? []).filter(({ in: place }) => place === 'path').map(({ name }) => name);
    expect(named).toEqual([...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]));
  });
});

describe.each(rows.map((row) => ({ name: `${row.method} ${row.path}`, row })))('$name', ({ row }) => {
  it('says what it answers', () => {
    expect(row.response === undefined).toBe(row.status === 204);
  });

  it('has examples that its own schema allows', () => {
    const path = row.path.replace(/:([^/]+)/g, '{$1}');
    const operation = apiDocument.paths[path]?.[row.method.toLowerCase()];
    for (const [status, response] of Object.entries(operation?.responses ?? {})) {
      const content = (response.content as Record<string, { example?: unknown }> | undefined)?.['application/json'];
      if (content?.example === undefined) continue;
      expect(faultsOfAnswer(row.method, path.replace(/[{}]/g, ''), Number(status), content.example)).toEqual([]);
    }
  });

  it('lists its error codes by status', () => {
    const operation = apiDocument.paths[row.path.replace(/:([^/]+)/g, '{$1}')]?.[row.method.toLowerCase()];
    for (const code of errorCodesOf(row)) {
      expect(JSON.stringify(operation?.responses[ERROR_CODES[code].status])).toContain(code);
    }
  });
});

describe('the check of answers', () => {
  const meta = { request_id: 'req_1' };
  const data = { status: 'OK', timestamp: '2024-01-01T10:00:00.000Z', version: '1', uptime: '0h 0m' };

  it('takes what the document says', () => {
    expect(faultsOfAnswer('GET', '/api/health?x=1', 200, { success: true, data, meta })).toEqual([]);
  });

  it.each([
    ['a field that is missing', 200, { success: true, data: { ...data, uptime: undefined }, meta }],
    ['a field that is unknown', 200, { success: true, data: { ...data, more: 1 }, meta }],
    ['a field of another type', 200, { success: true, data: { ...data, version: 1 }, meta }],
    ['a time that is none', 200, { success: true, data: { ...data, timestamp: 'now' }, meta }],
    ['a status of its own', 201, { success: true, data, meta }],
    ['an error without a code', 500, { success: false, message: 'x', meta }],
  ])('refuses %s', (_what, status, body) => {
    expect(faultsOfAnswer('GET', '/api/health', status, JSON.parse(JSON.stringify(body)))).not.toEqual([]);
  });
});
