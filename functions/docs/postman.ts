import { type DocumentedOperation, type OpenApiDocument, operationsOf } from './openapi.ts';
import type { Schema } from './schema.ts';

/** A Postman collection, format 2.1. */
export interface PostmanCollection {
  info: { name: string; description: unknown; schema: string };
  variable: { key: string; value: string }[];
  item: { name: string; item: unknown[] }[];
}

/**
 * The document as a Postman collection: a folder per tag, the document's examples as bodies. `{{baseUrl}}`, `{{token}}`
 * and `{{apiKey}}` are its variables.
 */
export function postmanCollection(document: OpenApiDocument): PostmanCollection {
  const operations = operationsOf(document);
  const tags = [...new Set(operations.map(({ operation }) => operation.tags[0] as string))];
  return {
    info: {
      name: 'Switchboard',
      description: document.info.description,
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    variable: [
      { key: 'baseUrl', value: 'http://127.0.0.1:3000' },
      { key: 'token', value: '' },
      { key: 'apiKey', value: '' },
    ],
    item: tags.map((tag) => ({
      name: tag,
      item: operations.filter(({ operation }) => operation.tags[0] === tag).map(itemOf),
    })),
  };
}

function itemOf({ path, method, operation, parameters }: DocumentedOperation): object {
  const ofKind = (kind: string) => parameters.filter((parameter) => parameter.in === kind);
  const body = operation.requestBody?.content['application/json']?.example;
  const [security] = operation.security;
  return {
    name: operation.summary,
    request: {
      method,
      description: operation.description ?? '',
      auth: authOf(security),
      header: [
        ...(body === undefined ? [] : [{ key: 'Content-Type', value: 'application/json' }]),
        ...ofKind('header').map(({ name, example }) => ({ key: name, value: example ?? '', disabled: true })),
      ],
      url: {
        raw: `{{baseUrl}}${path.replace(/\{([^}]+)\}/g, ':$1')}`,
        host: ['{{baseUrl}}'],
        path: path
          .replace(/\{([^}]+)\}/g, ':$1')
          .split('/')
          .slice(1),
        query: ofKind('query').map(({ name, schema }) => ({
          ...{ key: name, value: String((schema as Schema).default ?? ''), disabled: true },
        })),
        variable: ofKind('path').map(({ name, example }) => ({ key: name, value: example ?? '' })),
      },
      ...(body === undefined
        ? {}
        : { body: { mode: 'raw', raw: JSON.stringify(body, null, 2), options: { raw: { language: 'json' } } } }),
    },
    response: [],
  };
}

function authOf(security: Record<string, string[]> | undefined): object {
  if (!security) return { type: 'noauth' };
  const value = 'accessToken' in security ? '{{token}}' : '{{apiKey}}';
  return { type: 'bearer', bearer: [{ key: 'token', value, type: 'string' }] };
}
