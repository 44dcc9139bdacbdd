import { describe, expect, it } from 'vitest';
import { originReader } from '../../functions/api/origin.ts';
import { readConfig } from '../../lib/core/config.ts';

const socket = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } });
const addressOf = (trusted: string[], env: unknown, forwarded?: string) =>
  originReader(trusted)(env, (name) => (name === 'x-forwarded-for' ? forwarded : undefined)).address;

describe('where a request comes from', () => {
  it.each([
    ['a socket', socket('192.0.2.1'), '192.0.2.1'],
    ['a socket that maps IPv4 into IPv6', socket('::ffff:192.0.2.1'), '192.0.2.1'],
    ['an IPv6 socket', socket('2001:DB8::1'), '2001:db8::1'],
    ['an HTTP API', { requestContext: { http: { sourceIp: '192.0.2.2' } } }, '192.0.2.2'],
    ['a REST API', { requestContext: { identity: { sourceIp: '192.0.2.3' } } }, '192.0.2.3'],
    ['nowhere', undefined, null],
    ['nonsense', socket('somewhere'), null],
  ])('%s', (_what, env, address) => {
    expect(addressOf([], env)).toBe(address);
    expect(addressOf([], env, '203.0.113.9')).toBe(address);
  });

  it.each([
    ['one proxy', '10.1.2.3', '203.0.113.9', '203.0.113.9'],
    ['what the client forged in front', '10.1.2.3', '198.51.100.1, 203.0.113.9', '203.0.113.9'],
    ['two proxies', '10.1.2.3', '203.0.113.9, 10.9.9.9', '203.0.113.9'],
    ['only proxies', '10.1.2.3', '10.9.9.9', '10.9.9.9'],
    ['no header', '10.1.2.3', undefined, '10.1.2.3'],
    ['an empty header', '10.1.2.3', '', '10.1.2.3'],
    ['nonsense in the header', '10.1.2.3', 'x, y', '10.1.2.3'],
    ['an IPv6 proxy', 'fd00::5', '2001:db8::1', '2001:db8::1'],
    ['somebody who is no proxy', '192.0.2.1', '203.0.113.9', '192.0.2.1'],
  ])('through trusted proxies: %s', (_what, peer, forwarded, address) => {
    expect(addressOf(['10.0.0.0/8', 'fd00::5'], socket(peer), forwarded)).toBe(address);
  });

  it('has the user agent beside it', () => {
    expect(originReader([])(undefined, () => 'curl/8').userAgent).toBe('curl/8');
  });
});

describe('TRUSTED_PROXY', () => {
  const base = { JWT_SECRETS: 'x'.repeat(32) };
  it('is a list of addresses and ranges', () => {
    expect(readConfig(base).trustedProxy).toEqual([]);
    const listed = readConfig({ ...base, TRUSTED_PROXY: '10.0.0.0/8, 192.0.2.1,fd00::/8' });
    expect(listed.trustedProxy).toEqual(['10.0.0.0/8', '192.0.2.1', 'fd00::/8']);
    expect(() => readConfig({ ...base, TRUSTED_PROXY: 'all' })).toThrow(/TRUSTED_PROXY/);
  });
});
