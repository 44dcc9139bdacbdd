import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createDynamo } from '../../lib/core/adapters/dynamodb/client.ts';
import { ensureTables } from '../../lib/core/adapters/dynamodb/tables.ts';
import { type Adapters, createAdapters } from '../../lib/core/adapters/index.ts';
import { type Embedded, startEmbedded } from '../../lib/core/adapters/local/start-embedded.ts';
import { type Config, readConfig } from '../../lib/core/config.ts';
import type { Subscription, User } from '../../lib/core/model/account.ts';
import type { AuditEntry } from '../../lib/core/model/audit.ts';
import type { Command } from '../../lib/core/model/command.ts';
import { newId, newSortableId } from '../../lib/core/model/ids.ts';
import { DEFAULT_SETTINGS, INITIAL_STATE, type Instance } from '../../lib/core/model/instance.ts';
import type { Message } from '../../lib/core/model/message.ts';
import type { Clock } from '../../lib/core/ports/index.ts';

/** The embedded services of one test file. */
export interface EmbeddedServices {
  readonly config: Config;
  readonly dataDir: string;
  /** Stores over the services; closed after the last test. */
  adapters(clock?: Clock): Adapters;
  /** Stores over empty tables of their own, for what is counted over the whole gateway. */
  emptyAdapters(clock?: Clock): Promise<Adapters>;
}

/** Starts the services before the first test of the file, on a temporary folder that goes after the last one. */
export function useEmbedded(shardCount = 2): EmbeddedServices {
  let services: Embedded;
  let dataDir: string;
  let config: Config;
  const opened: Adapters[] = [];
  const open = (itsConfig: Config, clock?: Clock) => {
    const adapters = createAdapters(itsConfig, clock ? { clock } : {});
    opened.push(adapters);
    return adapters;
  };
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'switchboard-contracts-'));
    services = await startEmbedded({ dataDir, shardCount });
    config = readConfig(services.env);
  });
  afterAll(async () => {
    for (const adapters of opened) adapters.close();
    await services.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  return {
    get config() {
      return config;
    },
    get dataDir() {
      return dataDir;
    },
    adapters: (clock) => open(config, clock),
    async emptyAdapters(clock) {
      const own = { ...config, mainTable: `main-${randomText()}`, keysTable: `keys-${randomText()}` };
      const dynamo = createDynamo(own);
      await ensureTables(dynamo, own);
      dynamo.destroy();
      return open(own, clock);
    },
  };
}

export function randomText(): string {
  return randomBytes(6).toString('hex');
}

export function aSubscription(fields: Partial<Subscription> = {}): Subscription {
  return {
    id: newId('sub'),
    name: 'Somebody Ltd',
    tier: 'BASIC',
    maxInstances: 5,
    currentInstances: 0,
    monthlyMessageQuota: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    ...fields,
  };
}

export function aUser(tenantId: string, fields: Partial<User> = {}): User {
  return {
    id: newId('user'),
    tenantId,
    email: `${randomText()}@example.org`,
    username: null,
    name: 'Some Body',
    role: 'ADMINISTRATOR',
    passwordHash: '$argon2id$…',
    mustChangePassword: true,
    createdAt: '2026-01-01T00:00:00.000Z',
    tokensValidFromMs: 0,
    ...fields,
  };
}

/** The user of `newTenant`, who owns what `anInstance` makes. */
export const OWNER_ID = 'user_1';

/** An audit entry of a write that a test makes at a store. */
export function anAudit(tenantId: string, fields: Partial<AuditEntry> = {}): AuditEntry {
  const atMs = fields.atMs ?? 1_700_000_000_000;
  return {
    id: newSortableId('aud', atMs),
    tenantId,
    action: 'CREATE_INSTANCE',
    actor: { kind: 'user', id: OWNER_ID, name: 'Some Body' },
    target: { kind: 'instance', id: 'inst_1', name: 'one' },
    origin: { address: '192.0.2.1', userAgent: 'test' },
    before: null,
    after: { name: 'one' },
    atMs,
    keepUntilMs: 4_000_000_000_000,
    ...fields,
  };
}

/** A registered tenant with room for `maxInstances`. */
export async function newTenant(adapters: Pick<Adapters, 'accounts'>, maxInstances = 5): Promise<string> {
  const subscription = aSubscription({ maxInstances });
  await adapters.accounts.register(
    subscription,
    aUser(subscription.id, { id: OWNER_ID }),
    false,
    anAudit(subscription.id),
  );
  return subscription.id;
}

export function anInstance(tenantId: string, fields: Partial<Instance> = {}): Instance {
  return {
    id: newId('inst'),
    tenantId,
    name: `Phone-${randomText()}`,
    title: null,
    environment: 'test',
    shard: 1,
    createdById: OWNER_ID,
    createdAt: '2026-01-01T00:00:00.000Z',
    settings: { ...DEFAULT_SETTINGS, messageDelay: 250 },
    state: INITIAL_STATE,
    ...fields,
  };
}

export function aCommand(
  instance: Pick<Instance, 'id' | 'tenantId' | 'shard'>,
  fields: Partial<Command> = {},
): Command {
  const acceptedAtMs = 1_700_000_000_000;
  return {
    id: newSortableId('cmd', acceptedAtMs),
    tenantId: instance.tenantId,
    instanceId: instance.id,
    shard: instance.shard,
    operation: 'message.sendText',
    input: { to: '6281234567890@s.whatsapp.net', text: 'hello' },
    state: 'queued',
    messageId: null,
    acceptedAtMs,
    notAfterMs: acceptedAtMs + 60_000,
    sendAtMs: null,
    claimedAtMs: null,
    finishedAtMs: null,
    attempt: 0,
    owner: null,
    epoch: 0,
    output: null,
    error: null,
    requestId: null,
    ...fields,
  };
}

export function aMessage(instanceId: string, fields: Partial<Message> = {}): Message {
  return {
    instanceId,
    id: `3EB0${randomText().toUpperCase()}`,
    direction: 'sent',
    chat: '6281234567890@s.whatsapp.net',
    address: null,
    party: { phone: '6281234567890', lid: null },
    authorName: null,
    type: 'text',
    text: 'hello',
    media: null,
    edit: null,
    isAutoReply: false,
    commandId: null,
    timestampMs: 1_700_000_000_000,
    sendAtMs: null,
    releasedAtMs: null,
    cancelledAtMs: null,
    sentAtMs: null,
    deliveredAtMs: null,
    readAtMs: null,
    failedAtMs: null,
    unknownAtMs: null,
    revokedAtMs: null,
    error: null,
    ...fields,
  };
}
