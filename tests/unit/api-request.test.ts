import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalJson,
  DEFAULT_WAIT_MS,
  parseIdempotencyKey,
  parseJsonBody,
  parsePrefer,
  parseQuery,
} from '../../functions/dialects/request.ts';

const JSON_TYPE = 'application/json';
const invalid = expect.objectContaining({ code: 'VALIDATION_ERROR' });

describe('a JSON body', () => {
  it.each([JSON_TYPE, 'application/json; charset=utf-8', 'Application/JSON ;charset=UTF-8'])('comes as %j', (type) => {
    expect(parseJsonBody('{"a":[1,null]}', type)).toEqual({ a: [1, null] });
  });

  it.each([
    undefined,
    '',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'x/application/json',
  ])('does not come as %j', (type) => {
    expect(() => parseJsonBody('{}', type)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED_MEDIA_TYPE' }));
  });

  it('may be absent, whatever the type', () => {
    expect(parseJsonBody('', undefined)).toBeUndefined();
  });

  it.each(['{', '{"a":1,}', "{'a':1}", 'undefined', '{"a":NaN}', '\u0000', '{"a":1}}'])('is refused: %j', (text) => {
    expect(() => parseJsonBody(text, JSON_TYPE)).toThrow(invalid);
  });

  it.each([
    '{"__proto__":{"admin":true}}',
    '{"a":{"constructor":{"prototype":{"admin":true}}}}',
    '{"a":[{"prototype":1}]}',
    '{"\\u005f_proto__":{}}',
  ])('cannot reach into prototypes: %j', (text) => {
    expect(() => parseJsonBody(text, JSON_TYPE)).toThrow(invalid);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('cannot nest without end', () => {
    expect(() => parseJsonBody('['.repeat(100_000) + ']'.repeat(100_000), JSON_TYPE)).toThrow(invalid);
    expect(() => parseJsonBody(`${'{"a":'.repeat(65)}1${'}'.repeat(65)}`, JSON_TYPE)).toThrow(invalid);
    expect(() => parseJsonBody('['.repeat(60) + ']'.repeat(60), JSON_TYPE)).not.toThrow();
  });
});

describe('Prefer', () => {
  it.each([
    [undefined, DEFAULT_WAIT_MS],
    ['', DEFAULT_WAIT_MS],
    ['respond-async', 0],
    ['Respond-Async; foo=bar', 0],
    ['wait=3', 3_000],
    ['wait = "4"', 4_000],
    ['respond-async, wait=5', 5_000],
    ['wait=9999', 25_000],
    ['wait=0', 0],
    ['wait=-1', DEFAULT_WAIT_MS],
    ['wait=soon', DEFAULT_WAIT_MS],
    ['return=minimal', DEFAULT_WAIT_MS],
  ])('%j waits %j ms', (header, waitMs) => {
    expect(parsePrefer(header)).toBe(waitMs);
  });
});

describe('Idempotency-Key', () => {
  it.each(['a', 'order 17', '8e03978e-40d5-43e8-bc93-6894a57f9324', '"quoted"', 'x'.repeat(255)])(
    'may be %j',
    (key) => {
      expect(parseIdempotencyKey(key)).toBe(key);
    },
  );

  it.each(['', ' ', 'x'.repeat(256), 'é', 'a\tb', 'a\u007f', ' a'])('may not be %j', (key) => {
    expect(() => parseIdempotencyKey(key)).toThrow(invalid);
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order of keys', () => {
    expect(canonicalJson({ b: 1, a: { d: [1, { z: 1, y: 2 }], c: null } })).toBe(
      '{"a":{"c":null,"d":[1,{"y":2,"z":1}]},"b":1}',
    );
    expect(canonicalJson(undefined)).toBe('null');
  });

  it('is the same for equal values and tells different ones apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [one, two] = [JSON.parse(JSON.stringify(a)) as unknown, JSON.parse(JSON.stringify(b)) as unknown];
        expect(canonicalJson(JSON.parse(canonicalJson(one)))).toBe(canonicalJson(one));
        expect(canonicalJson(one) === canonicalJson(two)).toBe(isDeepEqual(one, two));
      }),
    );
  });
});

describe('query parameters', () => {
  it('are text, and a list when repeated', () => {
    expect(parseQuery(new URLSearchParams('a=1&b=2&b=3&c='))).toEqual({ a: '1', b: ['2', '3'], c: '' });
  });

  it('cannot reach into prototypes', () => {
    expect(() => parseQuery(new URLSearchParams('__proto__=1'))).toThrow(invalid);
  });
});

function isDeepEqual(a: unknown, b: unknown): boolean {
  try {
    expect(a).toEqual(b);
    return true;
  } catch {
    return false;
  }
}
