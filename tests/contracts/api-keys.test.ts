import { expect, it } from 'vitest';
import type { ApiKey } from '../../lib/core/model/account.ts';
import { newId, sha256Hex } from '../../lib/core/model/ids.ts';
import type { ApiKeyStore } from '../../lib/core/ports/index.ts';
import { anAudit, randomText, useEmbedded } from '../support/embedded.ts';

type Secret = Pick<ApiKey, 'hash' | 'hint' | 'rotation'>;

const embedded = useEmbedded();

function aKey(fields: Partial<ApiKey> = {}): ApiKey {
  return {
    id: newId('key'),
    tenantId: newId('sub'),
    instanceId: newId('inst'),
    environment: null,
    name: 'checkout',
    hash: sha256Hex(randomText()),
    hint: 'wf_test_ab',
    permissions: ['message:send', 'contact:check'],
    rateLimit: 100,
    createdAt: '2026-01-01T00:00:00.000Z',
    createdById: 'user_1',
    expiresAt: null,
    revokedAt: null,
    previous: null,
    rotation: null,
    ipAllowList: [],
    lastUsedAt: null,
    ...fields,
  };
}

it('finds a key by its hash, exactly as it was made', async () => {
  const { apiKeys } = embedded.adapters();
  const plain = aKey();
  const expiring = aKey({ expiresAt: '2027-01-01T00:00:00.000Z', permissions: [] });
  await apiKeys.create(plain, anAudit(plain.tenantId));
  await apiKeys.create(expiring, anAudit(expiring.tenantId));
  expect(await apiKeys.findByHash(plain.hash)).toEqual(plain);
  expect(await apiKeys.findByHash(expiring.hash)).toEqual(expiring);
  expect(await apiKeys.findByHash(sha256Hex('none'))).toBeUndefined();
});

it('lists the keys of one instance, newest first', async () => {
  const { apiKeys } = embedded.adapters();
  const first = aKey();
  const tenantId = first.tenantId;
  const instanceId = first.instanceId as string;
  const second = aKey({ tenantId, instanceId, createdAt: '2026-01-02T00:00:00.000Z' });
  await apiKeys.create(second, anAudit(second.tenantId));
  await apiKeys.create(first, anAudit(first.tenantId));
  await apiKeys.create(aKey({ tenantId }), anAudit(tenantId));
  await apiKeys.create(aKey({ instanceId }), anAudit('sub_x'));
  expect(await apiKeys.list(tenantId, instanceId)).toEqual([second, first]);
});

it('changes a key for whoever looks by hash, by id or by list, with its audit entry', async () => {
  const { apiKeys, audit } = embedded.adapters();
  const key = aKey();
  await apiKeys.create(key, anAudit(key.tenantId));
  const changes = { name: 'new', permissions: ['message:read' as const], rateLimit: 7, ipAllowList: ['10.0.0.0/8'] };
  const entry = anAudit(key.tenantId, { action: 'UPDATE_API_KEY', atMs: 1_700_000_000_001 });
  expect(await apiKeys.update(key, { ...changes, expiresAt: '2027-01-01T00:00:00.000Z' }, entry)).toBe(true);
  expect(await apiKeys.update(key, { expiresAt: null, revokedAt: '2026-02-01T00:00:00.000Z' }, anAudit('x'))).toBe(
    true,
  );
  const changed = { ...key, ...changes, revokedAt: '2026-02-01T00:00:00.000Z' };
  expect(await apiKeys.findByHash(key.hash)).toEqual(changed);
  expect(await apiKeys.get(key.tenantId, key.instanceId, key.id)).toEqual(changed);
  expect(await apiKeys.list(key.tenantId, key.instanceId)).toEqual([changed]);
  expect((await audit.list(key.tenantId, {}, 10)).items[0]).toEqual(entry);
});

it('finds and changes nothing that is not there, or is of another instance or tenant', async () => {
  const { apiKeys } = embedded.adapters();
  const key = aKey();
  await apiKeys.create(key, anAudit(key.tenantId));
  const strangers = [aKey(), { ...key, instanceId: newId('inst') }, { ...key, tenantId: newId('sub') }];
  for (const other of [...strangers, { ...key, instanceId: null }]) {
    expect(await apiKeys.get(other.tenantId, other.instanceId, other.id)).toBeUndefined();
    expect(await apiKeys.update(other, { name: 'mine' }, anAudit(other.tenantId))).toBe(false);
    const secret = { hash: sha256Hex(randomText()), hint: 'x', rotation: null };
    expect(await apiKeys.rotate(other, secret, null, anAudit(other.tenantId))).toBe(false);
    expect(await apiKeys.findByHash(secret.hash)).toBeUndefined();
  }
  expect(await apiKeys.findByHash(key.hash)).toEqual(key);
});

it('rotates: two secrets until the overlap ends, never three', async () => {
  const clock = { nowMs: Date.parse('2026-01-01T00:00:00Z') };
  const { apiKeys } = embedded.adapters(() => clock.nowMs);
  const key = aKey();
  await apiKeys.create(key, anAudit(key.tenantId));
  const [b, c, d] = ['b', 'c', 'd'].map((hint) => ({ hash: sha256Hex(randomText()), hint, rotation: null })) as [
    Secret,
    Secret,
    Secret,
  ];
  const works = async () => {
    const hashes = [key, b, c, d].map(async ({ hash }) => (await apiKeys.findByHash(hash)) !== undefined);
    return Promise.all(hashes);
  };
  expect(await apiKeys.rotate(key, b, '2026-01-02T00:00:00.000Z', anAudit(key.tenantId))).toBe(true);
  expect(await works()).toEqual([true, true, false, false]);
  const rotated = { ...key, ...b, previous: { hash: key.hash, hint: key.hint, until: '2026-01-02T00:00:00.000Z' } };
  for (const hash of [key.hash, b.hash]) expect(await apiKeys.findByHash(hash)).toEqual(rotated);
  expect(await apiKeys.list(key.tenantId, key.instanceId)).toEqual([rotated]);

  // A change reaches both secrets; one that was decided before the rotation does not get through.
  expect(await apiKeys.update(rotated, { rateLimit: 5 }, anAudit(key.tenantId))).toBe(true);
  for (const hash of [key.hash, b.hash]) expect((await apiKeys.findByHash(hash))?.rateLimit).toBe(5);
  expect(await apiKeys.update(key, { rateLimit: 6 }, anAudit(key.tenantId))).toBe(false);
  expect(await apiKeys.rotate(key, c, null, anAudit(key.tenantId))).toBe(false);

  expect(await apiKeys.rotate({ ...rotated, rateLimit: 5 }, c, '2026-01-02T12:00:00.000Z', anAudit(key.tenantId))).toBe(
    true,
  );
  expect(await works()).toEqual([false, true, true, false]);
  clock.nowMs = Date.parse('2026-01-02T12:00:00.000Z');
  expect(await works()).toEqual([false, false, true, false]);
  const third = (await apiKeys.get(key.tenantId, key.instanceId, key.id)) as ApiKey;
  expect(await apiKeys.update(third, { name: 'still there' }, anAudit(key.tenantId))).toBe(true);
  expect(await apiKeys.rotate(third, d, null, anAudit(key.tenantId))).toBe(true);
  expect(await works()).toEqual([false, false, false, true]);
  expect((await apiKeys.findByHash(d.hash))?.previous).toBeNull();
});

it('knows which keys are due for a new secret, and ends one that nobody replaced', async () => {
  const startMs = Date.parse('2026-01-01T00:00:00Z');
  const clock = { nowMs: startMs };
  const { apiKeys } = await embedded.emptyAdapters(() => clock.nowMs);
  const plan = (dueAt: string) => ({ everyDays: 30, overlapHours: 24, dueAt });
  const key = aKey({ instanceId: null, rotation: plan('2026-01-31T00:00:00.000Z') });
  const { tenantId, id: keyId } = key;
  const audit = () => anAudit(tenantId);
  await apiKeys.create(key, audit());
  await apiKeys.create(aKey({ tenantId }), audit());
  const due = (iso: string) => apiKeys.listDue(Date.parse(iso), 10);
  expect(await due('2026-01-30T23:59:59.999Z')).toEqual([]);
  const note = { tenantId, instanceId: null, keyId, dueAt: '2026-01-31T00:00:00.000Z' };
  expect(await due('2026-01-31T00:00:00.000Z')).toEqual([note]);

  // Another plan moves the note; what does not touch it leaves it.
  const sooner = plan('2026-01-11T00:00:00.000Z');
  expect(await apiKeys.update(key, { rotation: sooner }, audit())).toBe(true);
  const changed = { ...key, rotation: sooner };
  expect(await apiKeys.update(changed, { name: 'new' }, audit())).toBe(true);
  expect(await due('2026-02-01T00:00:00.000Z')).toEqual([{ ...note, dueAt: sooner.dueAt }]);

  clock.nowMs = Date.parse('2026-01-11T23:59:59.999Z');
  expect((await apiKeys.findByHash(key.hash))?.rotation).toEqual(sooner);
  clock.nowMs += 1;
  expect(await apiKeys.findByHash(key.hash)).toBeUndefined();

  const next = { hash: sha256Hex(randomText()), hint: 'b', rotation: plan('2026-02-11T00:00:00.000Z') };
  expect(await apiKeys.rotate({ ...changed, name: 'new' }, next, null, audit())).toBe(true);
  expect((await apiKeys.findByHash(next.hash))?.rotation).toEqual(next.rotation);
  expect(await due('2026-02-11T00:00:00.000Z')).toEqual([{ ...note, dueAt: next.rotation.dueAt }]);
  await apiKeys.clearDue({ ...note, dueAt: next.rotation.dueAt });
  expect(await due('2027-01-01T00:00:00.000Z')).toEqual([]);
  const [current] = await apiKeys.list(tenantId, null);
  expect(await apiKeys.update(current as ApiKey, { rotation: null }, audit())).toBe(true);
  clock.nowMs = Date.parse('2030-01-01T00:00:00.000Z');
  expect((await apiKeys.findByHash(next.hash))?.rotation).toBeNull();
});

it('notes a use once a minute, whoever says it', async () => {
  const clock = { nowMs: Date.parse('2026-01-01T00:00:00Z') };
  const stores = [embedded.adapters(() => clock.nowMs), embedded.adapters(() => clock.nowMs)].map((a) => a.apiKeys);
  const [one, two] = stores as [ApiKeyStore, ApiKeyStore];
  const key = aKey();
  const { tenantId, instanceId, id } = key;
  await one.create(key, anAudit(tenantId));
  const lastUsed = async () => (await one.get(tenantId, instanceId, id))?.lastUsedAt;
  const note = (store: ApiKeyStore) => store.noteUse(tenantId, instanceId, id);
  expect(await lastUsed()).toBeNull();
  await note(one);
  expect(await lastUsed()).toBe('2026-01-01T00:00:00.000Z');
  clock.nowMs += 59_000;
  await note(one);
  await note(two);
  expect(await lastUsed()).toBe('2026-01-01T00:00:00.000Z');
  clock.nowMs += 1_000;
  await note(one);
  expect(await lastUsed()).toBe('2026-01-01T00:01:00.000Z');
  await one.noteUse(tenantId, instanceId, newId('key'));
  expect(await one.list(tenantId, instanceId)).toHaveLength(1);
});

it('keeps the keys of the account apart from those of its instances', async () => {
  const { apiKeys } = embedded.adapters();
  const wide = aKey({ instanceId: null });
  const narrow = aKey({ tenantId: wide.tenantId });
  for (const key of [wide, narrow]) await apiKeys.create(key, anAudit(key.tenantId));
  expect(await apiKeys.findByHash(wide.hash)).toEqual(wide);
  expect(await apiKeys.list(wide.tenantId, null)).toEqual([wide]);
  expect(await apiKeys.list(wide.tenantId, narrow.instanceId)).toEqual([narrow]);
});

it('removes all keys of one instance, more than one transaction takes', async () => {
  const { apiKeys } = embedded.adapters();
  const first = aKey();
  const tenantId = first.tenantId;
  const instanceId = first.instanceId as string;
  const keys = [first, ...Array.from({ length: 54 }, () => aKey({ tenantId, instanceId }))];
  const other = aKey({ tenantId });
  const [rotated] = keys.slice(-1) as [ApiKey];
  const secret = { hash: sha256Hex(randomText()), hint: 'x', rotation: null };
  await Promise.all([...keys, other].map((key) => apiKeys.create(key, anAudit(tenantId))));
  await apiKeys.rotate(rotated, secret, '2099-01-01T00:00:00.000Z', anAudit(tenantId));
  await apiKeys.removeAll(tenantId, instanceId);
  expect(await apiKeys.list(tenantId, instanceId)).toEqual([]);
  for (const key of [...keys, secret]) expect(await apiKeys.findByHash(key.hash)).toBeUndefined();
  expect(await apiKeys.findByHash(other.hash)).toEqual(other);
});
