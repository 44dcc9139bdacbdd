import * as z from 'zod';
import type { ApiKey } from '../../../lib/core/model/account.ts';
import { secretEndsAtMs } from '../../../lib/core/model/key-rotation.ts';
import { MAX_IP_RANGES } from '../../../lib/core/usecases/api-key-access.ts';
import { createApiKey } from '../../../lib/core/usecases/create-api-key.ts';
import { getKeyUsage } from '../../../lib/core/usecases/get-key-usage.ts';
import { listApiKeys } from '../../../lib/core/usecases/list-api-keys.ts';
import { revokeApiKey } from '../../../lib/core/usecases/revoke-api-key.ts';
import { rotateApiKey } from '../../../lib/core/usecases/rotate-api-key.ts';
import { updateApiKey } from '../../../lib/core/usecases/update-api-key.ts';
import { type Route, route } from '../dialect.ts';
import { answer, ok } from './envelope.ts';
import { DEFAULT_SCOPES, permissionsOf, SCOPES, scopesOf } from './scopes.ts';

const base = { tag: 'Document D: API keys', credential: 'user' } as const;
const PATH = '/api/v1/api-keys';
const MINUTES = 60;
const DEFAULT_PER_MINUTE = 100;

const name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ examples: ['Accounting'] });
const scopes = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length);
const ranges = z
  .array(z.string().max(64))
  .max(MAX_IP_RANGES)
  .meta({ description: 'IP addresses and CIDR ranges it may be used from; none: from anywhere' });
const expiresAt = z.iso.datetime({ offset: true }).nullable().meta({ description: 'null: never' });
const perMinute = z
  .number()
  .int()
  .min(1)
  .max(1_000)
  .meta({ description: 'Requests a minute; a fifth more in a burst' });
const rotation = z
  .strictObject({
    every_days: z.number().int().min(1).max(365),
    overlap_hours: z
      .number()
      .int()
      .min(1)
      .max(720)
      .default(168)
      .meta({ description: 'How long the old secret works on once a new one is due' }),
  })
  .nullable()
  .meta({ description: 'Its secret must be replaced every so often; null: never' });
const isoTime = z.iso.datetime();
const byId = z.object({ id: z.string() });

const key = z.object({
  id: z.string(),
  name: z.string(),
  key_prefix: z.string().meta({ examples: ['wf_live_1f3a'] }),
  scopes: z.array(z.string()),
  environment: z.enum(['live', 'test']),
  rate_limit: z.number().int(),
  ip_whitelist: z.array(z.string()),
  is_active: z.boolean(),
  expires_at: isoTime.nullable(),
  revoked_at: isoTime.nullable(),
  last_used_at: isoTime.nullable(),
  previous_valid_until: isoTime.nullable().meta({ description: 'The secret before the last rotation works so long' }),
  rotation: z
    .object({
      every_days: z.number().int(),
      overlap_hours: z.number().int(),
      next_at: isoTime,
      is_due: z.boolean().meta({ description: 'Fetch a new secret with `POST …/rotate`' }),
      secret_valid_until: isoTime.meta({ description: 'The present secret works so long' }),
    })
    .nullable(),
  created_at: isoTime,
});
const shownKey = key.extend({
  key: z.string().meta({ description: 'Shown in this answer only', examples: [`wf_live_${'0f'.repeat(32)}`] }),
});

function planOf(given: z.output<typeof rotation> | undefined) {
  return given && { everyDays: given.every_days, overlapHours: given.overlap_hours };
}

function keyView(one: ApiKey, nowMs: number) {
  const endsAtMs = secretEndsAtMs(one);
  const isOver = endsAtMs <= nowMs || (one.expiresAt !== null && Date.parse(one.expiresAt) <= nowMs);
  return {
    ...{ id: one.id, name: one.name, key_prefix: one.hint, scopes: scopesOf(one.permissions) },
    ...{ environment: one.environment ?? 'live', rate_limit: Math.floor(one.rateLimit / MINUTES) },
    ...{ ip_whitelist: one.ipAllowList, is_active: one.revokedAt === null && !isOver },
    ...{ expires_at: one.expiresAt, revoked_at: one.revokedAt, last_used_at: one.lastUsedAt },
    previous_valid_until: one.previous?.until ?? null,
    rotation: one.rotation && {
      ...{ every_days: one.rotation.everyDays, overlap_hours: one.rotation.overlapHours },
      ...{ next_at: one.rotation.dueAt, is_due: Date.parse(one.rotation.dueAt) <= nowMs },
      secret_valid_until: new Date(endsAtMs).toISOString(),
    },
    created_at: one.createdAt,
  };
}

/** Administrators manage the keys of the account here that know scopes and an environment. */
export const keyRoutes: Route[] = [
  route({
    ...base,
    method: 'GET',
    path: PATH,
    summary: 'List the keys, without the keys themselves',
    status: 200,
    response: answer({ data: z.array(key) }),
    run: async (ports, { principal }) => {
      const all = await listApiKeys(ports, principal, { instance: null });
      const known = all.filter(({ environment }) => environment !== null);
      return ok({ data: known.map((one) => keyView(one, ports.clock())) });
    },
  }),
  route({
    ...base,
    method: 'POST',
    path: PATH,
    summary: 'Make a key; it is shown in this answer only',
    body: z.strictObject({
      name,
      scopes: scopes.default(DEFAULT_SCOPES),
      environment: z.enum(['live', 'test']).default('live').meta({ description: '`test`: sandbox devices only' }),
      rate_limit: perMinute.default(DEFAULT_PER_MINUTE),
      ip_whitelist: ranges.optional(),
      expires_at: expiresAt.optional(),
      rotation: rotation.optional(),
    }),
    status: 201,
    response: answer({ data: shownKey, message: z.string() }),
    run: async (ports, { principal, body }) => {
      const made = await createApiKey(ports, principal, {
        ...{ instance: null, name: body.name, environment: body.environment, permissions: permissionsOf(body.scopes) },
        ...{ rateLimit: body.rate_limit * MINUTES, ipAllowList: body.ip_whitelist, expiresAt: body.expires_at },
        rotation: planOf(body.rotation),
      });
      const data = { ...keyView(made.key, ports.clock()), key: made.text };
      return ok({ data, message: 'API key created. Keep it: it is not shown again.' });
    },
  }),
  route({
    ...base,
    method: 'PUT',
    path: `${PATH}/:id`,
    summary: 'Change a key; what is not given stays',
    params: byId,
    body: z
      .strictObject({ name, scopes, rate_limit: perMinute, ip_whitelist: ranges, expires_at: expiresAt, rotation })
      .partial()
      .refine((body) => Object.keys(body).length > 0, 'must change something'),
    status: 200,
    response: answer({ data: key, message: z.string() }),
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, params, body }) => {
      const changed = await updateApiKey(ports, principal, {
        ...{ instance: null, keyId: params.id, name: body.name, expiresAt: body.expires_at },
        permissions: body.scopes && permissionsOf(body.scopes),
        rateLimit: body.rate_limit === undefined ? undefined : body.rate_limit * MINUTES,
        ipAllowList: body.ip_whitelist,
        rotation: planOf(body.rotation),
      });
      return ok({ data: keyView(changed, ports.clock()), message: 'API key updated' });
    },
  }),
  route({
    ...base,
    method: 'DELETE',
    path: `${PATH}/:id`,
    summary: 'Revoke a key at once',
    params: byId,
    status: 200,
    response: answer({ message: z.string() }),
    run: async (ports, { principal, params }) => {
      await revokeApiKey(ports, principal, { instance: null, keyId: params.id });
      return ok({ message: 'API key revoked' });
    },
  }),
  route({
    ...base,
    method: 'GET',
    path: `${PATH}/:id/usage`,
    summary: 'How often a key was used',
    params: byId,
    query: z.object({ days: z.coerce.number().int().min(1).max(365).default(30) }),
    status: 200,
    response: answer({
      data: z.object({
        id: z.string(),
        name: z.string(),
        period_days: z.number().int(),
        total_requests: z.number().int(),
        last_used_at: isoTime.nullable(),
        by_day: z.array(z.object({ date: z.iso.date(), requests: z.number().int() })),
      }),
    }),
    run: async (ports, { principal, params, query }) => {
      const usage = await getKeyUsage(ports, principal, { instance: null, keyId: params.id, days: query.days });
      const byDay = usage.days.map(({ day, calls }) => ({ date: day, requests: calls }));
      const total = byDay.reduce((sum, { requests }) => sum + requests, 0);
      const { id, name: keyName, lastUsedAt } = usage.key;
      return ok({
        data: {
          ...{ id, name: keyName, period_days: query.days, total_requests: total },
          ...{ last_used_at: lastUsedAt, by_day: byDay },
        },
      });
    },
  }),
  route({
    ...base,
    method: 'POST',
    path: `${PATH}/:id/rotate`,
    summary: 'Give a key a new secret; it is shown in this answer only, the old one works on for a while',
    params: byId,
    body: z.strictObject({
      overlap_hours: z
        .number()
        .min(0)
        .max(720)
        .optional()
        .meta({ description: 'How long the present secret works on, at most; as its rotation says, else 24 hours' }),
    }),
    status: 200,
    response: answer({ data: shownKey, message: z.string() }),
    errors: ['INVALID_STATE'],
    run: async (ports, { principal, params, body }) => {
      const input = { instance: null, keyId: params.id, overlapHours: body.overlap_hours };
      const { key: rotated, text } = await rotateApiKey(ports, principal, input);
      return ok({ data: { ...keyView(rotated, ports.clock()), key: text }, message: 'API key rotated' });
    },
  }),
];
