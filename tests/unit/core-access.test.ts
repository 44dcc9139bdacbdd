import { describe, expect, it } from 'vitest';
import { createAccessTokens } from '../../lib/core/adapters/crypto/access-tokens.ts';
import type { Permission, Principal, RefreshToken, Role } from '../../lib/core/model/account.ts';
import { DEFAULT_SETTINGS, INITIAL_STATE, type Instance } from '../../lib/core/model/instance.ts';
import { mayReach, requirePermission, requireReach, requireUser } from '../../lib/core/usecases/access.ts';
import { openSession, REFRESH_FAMILY_TTL_MS } from '../../lib/core/usecases/open-session.ts';

const user = (tenantId: string, userId: string, role: Role): Principal => ({
  ...{ kind: 'user', tenantId, userId, role, mustChangePassword: false },
  ...{ name: 'Ann', origin: { address: null, userAgent: null } },
});
const key = (tenantId: string, instanceId: string, permissions: Permission[] = []): Principal => ({
  ...{ kind: 'key', tenantId, instanceId, keyId: 'key_1', keyName: 'k', permissions, rateLimit: 1 },
  ...{ environment: null, createdById: 'user_1' },
  ...{ origin: { address: null, userAgent: null } },
});
const instance: Instance = {
  id: 'inst_1',
  tenantId: 'sub_1',
  name: 'one',
  title: null,
  environment: 'live',
  shard: 0,
  createdById: 'user_1',
  createdAt: '2024-01-01T00:00:00.000Z',
  settings: DEFAULT_SETTINGS,
  state: INITIAL_STATE,
};

describe('who reaches an instance', () => {
  it.each([
    ['the administrator of its tenant', user('sub_1', 'user_9', 'ADMINISTRATOR'), true],
    ['the user who made it', user('sub_1', 'user_1', 'USER'), true],
    ['another user of its tenant', user('sub_1', 'user_2', 'USER'), false],
    ['the administrator of another tenant', user('sub_2', 'user_1', 'ADMINISTRATOR'), false],
    ['a user of that id in another tenant', user('sub_2', 'user_1', 'USER'), false],
    ['its own key', key('sub_1', 'inst_1'), true],
    ['a key of another instance', key('sub_1', 'inst_2'), false],
    ['a key of that instance id in another tenant', key('sub_2', 'inst_1'), false],
  ])('%s: %j', (_who, principal, reaches) => {
    expect(mayReach(principal, instance)).toBe(reaches);
    const refusal = expect.objectContaining({ code: 'RESOURCE_NOT_FOUND', message: 'There is no such instance.' });
    if (reaches) expect(() => requireReach(principal, instance)).not.toThrow();
    else expect(() => requireReach(principal, instance)).toThrow(refusal);
  });
});

describe('permissions', () => {
  const denied = expect.objectContaining({ code: 'PERMISSION_DENIED' });

  it('are those of the key, and none of them covers what is for users', () => {
    const sender = key('sub_1', 'inst_1', ['message:send']);
    expect(() => requirePermission(sender, 'message:send')).not.toThrow();
    expect(() => requirePermission(sender, 'message:read')).toThrow(denied);
    expect(() => requirePermission(sender, null)).toThrow(denied);
    expect(() => requireUser(sender)).toThrow(denied);
  });

  it('do not bind a signed-in user', () => {
    const member = user('sub_1', 'user_1', 'USER');
    for (const permission of ['message:send', null] as const) {
      expect(() => requirePermission(member, permission)).not.toThrow();
    }
    expect(requireUser(member)).toBe(member);
  });
});

describe('a session', () => {
  it('that is opened in the very millisecond in which the others ended is a valid one', async () => {
    const nowMs = Date.UTC(2030, 0, 1);
    const stored: RefreshToken[] = [];
    const accessTokens = createAccessTokens(['s'.repeat(32)]);
    const refreshTokens = {
      create: async (token: RefreshToken) => void stored.push(token),
      rotate: () => Promise.reject(new Error('not used')),
      find: () => Promise.reject(new Error('not used')),
      revokeFamily: () => Promise.reject(new Error('not used')),
    };
    const ended = { id: 'user_1', tenantId: 'sub_1', tokensValidFromMs: nowMs + 1 };
    const { token } = await openSession({ accessTokens, refreshTokens, clock: () => nowMs }, ended);
    const claims = await accessTokens.verify(token, nowMs);
    expect(claims?.issuedAtMs).toBeGreaterThanOrEqual(ended.tokensValidFromMs);
    expect((stored[0]?.expiresAtMs as number) - REFRESH_FAMILY_TTL_MS).toBeGreaterThanOrEqual(ended.tokensValidFromMs);
  });
});
