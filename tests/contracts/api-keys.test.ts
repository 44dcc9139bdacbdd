import { expect, it } from 'vitest';
import type { ApiKey } from '../../lib/core/model/account.ts';
import { newId, sha256Hex } from '../../lib/core/model/ids.ts';
import { randomText, useEmbedded } from '../support/embedded.ts';

const embedded = useEmbedded();

function aKey(fields: Partial<ApiKey> = {}): ApiKey {
  return {
    id: newId('key'),
    tenantId: newId('sub'),
    instanceId: newId('inst'),
    name: 'checkout',
    hash: sha256Hex(randomText()),
    hint: 'wf_test_ab',
    permissions: ['message:send', 'contact:check'],
    rateLimit: 100,
    createdAt: '2026-01-01T00:00:00.000Z',
    createdById: 'user_1',
    expiresAt: null,
    revokedAt: null,
    ...fields,
  };
}

it('finds a key by its hash, exactly as it was made', async () => {
  const { apiKeys } = embedded.adapters();
  const plain = aKey();
  const expiring = aKey({ expiresAt: '2027-01-01T00:00:00.000Z', permissions: [] });
  await apiKeys.create(plain);
  await apiKeys.create(expiring);
  expect(await apiKeys.findByHash(plain.hash)).toEqual(plain);
  expect(await apiKeys.findByHash(expiring.hash)).toEqual(expiring);
  expect(await apiKeys.findByHash(sha256Hex('none'))).toBeUndefined();
});

it('lists the keys of one instance, newest first', async () => {
  const { apiKeys } = embedded.adapters();
  const first = aKey();
  const { tenantId, instanceId } = first;
  const second = aKey({ tenantId, instanceId, createdAt: '2026-01-02T00:00:00.000Z' });
  await apiKeys.create(second);
  await apiKeys.create(first);
  await apiKeys.create(aKey({ tenantId }));
  await apiKeys.create(aKey({ instanceId }));
  expect(await apiKeys.list(tenantId, instanceId)).toEqual([second, first]);
});

it('revokes for whoever looks by hash or by list, once and for all', async () => {
  const { apiKeys } = embedded.adapters();
  const key = aKey();
  await apiKeys.create(key);
  const revoked = { ...key, revokedAt: '2026-02-01T00:00:00.000Z' };
  expect(await apiKeys.revoke(key.tenantId, key.instanceId, key.id, revoked.revokedAt)).toBe(true);
  expect(await apiKeys.revoke(key.tenantId, key.instanceId, key.id, '2026-03-01T00:00:00.000Z')).toBe(true);
  expect(await apiKeys.findByHash(key.hash)).toEqual(revoked);
  expect(await apiKeys.list(key.tenantId, key.instanceId)).toEqual([revoked]);
});

it('does not revoke what is not there, or is of another instance or tenant', async () => {
  const { apiKeys } = embedded.adapters();
  const key = aKey();
  await apiKeys.create(key);
  const revokedAt = '2026-02-01T00:00:00.000Z';
  expect(await apiKeys.revoke(key.tenantId, key.instanceId, newId('key'), revokedAt)).toBe(false);
  expect(await apiKeys.revoke(key.tenantId, newId('inst'), key.id, revokedAt)).toBe(false);
  expect(await apiKeys.revoke(newId('sub'), key.instanceId, key.id, revokedAt)).toBe(false);
  expect(await apiKeys.findByHash(key.hash)).toEqual(key);
});

it('removes all keys of one instance, more than one transaction takes', async () => {
  const { apiKeys } = embedded.adapters();
  const first = aKey();
  const { tenantId, instanceId } = first;
  const keys = [first, ...Array.from({ length: 54 }, () => aKey({ tenantId, instanceId }))];
  const other = aKey({ tenantId });
  await Promise.all([...keys, other].map((key) => apiKeys.create(key)));
  await apiKeys.removeAll(tenantId, instanceId);
  expect(await apiKeys.list(tenantId, instanceId)).toEqual([]);
  for (const key of keys) expect(await apiKeys.findByHash(key.hash)).toBeUndefined();
  expect(await apiKeys.findByHash(other.hash)).toEqual(other);
});
