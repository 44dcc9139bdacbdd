import { describe, expect, it } from 'vitest';
import { ENV, readConfig } from '../../lib/core/config.ts';
import { ERROR_CODES, GatewayError, isErrorCode, notFound } from '../../lib/core/errors.ts';

const SECRET = 's'.repeat(32);

describe('errors', () => {
  it('each have a status of the 4xx or 5xx kind and a sentence', () => {
    for (const [code, row] of Object.entries(ERROR_CODES)) {
      expect(row.status, code).toBeGreaterThanOrEqual(400);
      expect(row.status, code).toBeLessThan(600);
      expect(row.title, code).toMatch(/\.$/);
    }
  });

  it('contain the codes of the documents with their statuses', () => {
    const documented = {
      VALIDATION_ERROR: 400,
      AUTHENTICATION_ERROR: 401,
      PERMISSION_DENIED: 403,
      RESOURCE_NOT_FOUND: 404,
      RATE_LIMIT_EXCEEDED: 429,
      INSTANCE_NOT_CONNECTED: 409,
      INSTANCE_LIMIT_REACHED: 403,
      INVALID_PHONE_NUMBER: 400,
      MESSAGE_SEND_FAILED: 422,
      WEBHOOK_DELIVERY_FAILED: 502,
    } as const;
    for (const [code, status] of Object.entries(documented)) {
      expect(new GatewayError(code as keyof typeof documented).status).toBe(status);
    }
  });

  it('recognise their own codes only', () => {
    expect(isErrorCode('VALIDATION_ERROR')).toBe(true);
    for (const other of ['toString', 'constructor', '', null, 42]) expect(isErrorCode(other)).toBe(false);
  });

  it('say the same of what is not there whoever asks', () => {
    expect({ ...notFound('instance') }).toEqual({ ...notFound('instance') });
    expect(notFound('instance').message).toBe('There is no such instance.');
  });
});

describe('configuration', () => {
  it('has defaults for everything but the secret', () => {
    const config = readConfig({ [ENV.jwtSecrets]: SECRET });
    expect(config).toMatchObject({ shardCount: 16, registration: 'open', jwtSecrets: [SECRET], waVersionLookup: true });
    expect(config.sandboxUrl).toBeUndefined();
  });

  it('takes several secrets, newest first, and values as text', () => {
    const config = readConfig({
      [ENV.jwtSecrets]: `${SECRET},${'t'.repeat(40)}`,
      [ENV.shardCount]: '4',
      [ENV.waVersionLookup]: 'false',
      [ENV.registration]: 'first',
    });
    expect(config).toMatchObject({ jwtSecrets: [SECRET, 't'.repeat(40)], shardCount: 4, waVersionLookup: false });
  });

  it('takes web origins as a list; none by default', () => {
    const originsOf = (value?: string) => readConfig({ [ENV.jwtSecrets]: SECRET, [ENV.webOrigins]: value }).webOrigins;
    expect(originsOf()).toEqual([]);
    expect(originsOf('https://a.example.com, http://localhost:5173')).toEqual([
      ...['https://a.example.com', 'http://localhost:5173'],
    ]);
  });

  it.each([
    [ENV.jwtSecrets, 'short'],
    [ENV.shardCount, '0'],
    [ENV.shardCount, 'many'],
    [ENV.registration, 'maybe'],
    [ENV.sandboxUrl, 'not a url'],
    [ENV.logLevel, 'loud'],
    [ENV.webOrigins, 'everywhere'],
    [ENV.webOrigins, 'https://dashboard.example.com/'],
    [ENV.webOrigins, 'javascript:alert(1)'],
  ])('names %s when it is %j, and not its value', (name, value) => {
    const read = () => readConfig({ [ENV.jwtSecrets]: SECRET, [name]: value });
    expect(read).toThrow(name);
    if (name === ENV.jwtSecrets) expect(read).not.toThrow(value);
  });

  it('refuses to start without a secret', () => {
    expect(() => readConfig({})).toThrow(ENV.jwtSecrets);
  });
});
