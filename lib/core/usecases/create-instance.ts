import * as z from 'zod';
import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { newId } from '../model/ids.ts';
import {
  DEFAULT_SETTINGS,
  type Environment,
  INITIAL_STATE,
  type Instance,
  type InstanceSettings,
  publicSettings,
} from '../model/instance.ts';
import { MAX_MEDIA_BYTES } from '../model/media.ts';
import { judgeProxyUrl } from '../model/outbound.ts';
import { leastLoadedShard } from '../model/ownership.ts';
import type { Ports } from '../ports/index.ts';
import { requireAccountReach, requireManager } from './access.ts';
import { auditEntry } from './audit-entry.ts';
import { judgedUrl } from './judge-url.ts';

/** 1 to 64 letters, digits, `.`, `_` or `-`, the first a letter or digit: safe in a path without escaping. */
export const instanceName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or digit')
  .meta({ description: 'Name of the instance, unique in the subscription', examples: ['customer-service'] });

const PROXY_PROTOCOLS = ['http:', 'https:', 'socks5:'];

/** A proxy's URL; user name and password may be in it, a path may not. */
const proxyUrl = z
  .string()
  .max(2_048)
  .transform((text, context) => {
    const url = URL.parse(text);
    const isPlain = url && url.hostname !== '' && ['', '/'].includes(url.pathname) && url.search === '' && !url.hash;
    if (isPlain && PROXY_PROTOCOLS.includes(url.protocol)) return url.href;
    context.addIssue({
      code: 'custom',
      message: 'must be a URL like socks5://user:password@host:1080 (http, https, socks5)',
    });
    return z.NEVER;
  })
  .meta({ examples: ['socks5://user:password@proxy.example.com:1080'] });

export const instanceSettings = z.strictObject({
  autoReconnect: z.boolean().optional(),
  messageDelay: z.number().int().min(0).max(60_000).optional().meta({ description: 'ms between two sends' }),
  pacing: z
    .boolean()
    .nullable()
    .optional()
    .meta({ description: 'Answer after 1 to 3 s and space new chats; null: on the real network only' }),
  newChatDelay: z
    .number()
    .int()
    .min(0)
    .max(3_600_000)
    .optional()
    .meta({ description: 'ms between two new chats at least, by chance up to twice as long' }),
  markOnline: z.boolean().optional(),
  rejectCalls: z.boolean().optional(),
  rejectCallsReply: z
    .string()
    .trim()
    .min(1)
    .max(1_000)
    .nullable()
    .optional()
    .meta({ description: 'What a caller who was rejected is written', examples: ['Please write, we cannot talk.'] }),
  readReceipts: z.boolean().optional(),
  mediaDownload: z.boolean().optional(),
  mediaMaxBytes: z.int().min(1).max(MAX_MEDIA_BYTES.document).optional(),
  proxy: proxyUrl.nullable().optional(),
});

/** The settings that a caller names; the others stay, or are the default ones. */
export type SettingsInput = { [K in keyof InstanceSettings]?: InstanceSettings[K] | undefined };

export interface CreateInstanceInput {
  name: string;
  settings?: SettingsInput | undefined;
  environment?: Environment | undefined;
  /** What people call it, where that is no name; null: nothing else than its name. */
  title?: string | null | undefined;
  /** All shards, where somebody reads them already. */
  shards?: ReturnType<Ports['shards']['list']> | undefined;
}

export type CreateInstancePorts = Pick<Ports, 'accounts' | 'instances' | 'shards' | 'testNetwork' | 'policy' | 'clock'>;

/**
 * A new instance, not linked yet. Conditional on the name being free in the tenant and on room in the subscription.
 * @throws GatewayError RESOURCE_ALREADY_EXISTS, INSTANCE_LIMIT_REACHED, NOT_IMPLEMENTED for `test` without a sandbox
 */
export async function createInstance(
  ports: CreateInstancePorts,
  principal: Principal,
  input: CreateInstanceInput,
): Promise<Instance> {
  const { tenantId, userId } = requireManager(principal, 'instance:manage');
  const ofKey = principal.kind === 'key' ? principal.environment : null;
  if (principal.kind === 'key') requireAccountReach(principal);
  const environment = input.environment ?? ofKey ?? 'live';
  if (ofKey !== null && ofKey !== environment) {
    throw new GatewayError('PERMISSION_DENIED', `This API key makes ${ofKey} instances only.`);
  }
  if (environment === 'test' && !ports.testNetwork) {
    throw new GatewayError('NOT_IMPLEMENTED', 'This gateway has no sandbox network for test instances.');
  }
  const { proxy } = input.settings ?? {};
  if (proxy) judgedUrl('settings.proxy', judgeProxyUrl, proxy, ports.policy.outbound);
  const id = newId('inst');
  const instance: Instance = {
    id,
    tenantId,
    name: input.name,
    title: input.title ?? null,
    environment,
    shard: leastLoadedShard(id, ports.policy.shardCount, await (input.shards ?? ports.shards.list())),
    createdById: userId,
    createdAt: new Date(ports.clock()).toISOString(),
    settings: { ...DEFAULT_SETTINGS, ...givenSettings(input.settings) },
    state: INITIAL_STATE,
  };
  const audit = auditEntry(ports, principal, {
    action: 'CREATE_INSTANCE',
    target: { kind: 'instance', id, name: instance.name },
    after: { name: instance.name, environment, settings: publicSettings(instance.settings) },
  });
  const first = await ports.instances.create(instance, audit);
  const heir = first === 'owner-gone' && principal.kind === 'key' ? await anAdministrator(ports, tenantId) : undefined;
  if (heir) instance.createdById = heir;
  const result = heir ? await ports.instances.create(instance, audit) : first;
  if (result === 'owner-gone') throw new GatewayError('AUTHENTICATION_ERROR');
  if (result === 'name-taken') {
    throw new GatewayError('RESOURCE_ALREADY_EXISTS', 'There is an instance of this name already.');
  }
  if (result === 'limit-reached') throw new GatewayError('INSTANCE_LIMIT_REACHED');
  return instance;
}

/** What is read before a new instance gets its shard, for whoever begins early. */
export function readShards(ports: Pick<Ports, 'shards'>): ReturnType<Ports['shards']['list']> {
  return ports.shards.list();
}

/** Whose it is when the user who made the key is gone. */
async function anAdministrator(ports: Pick<Ports, 'accounts'>, tenantId: string): Promise<string | undefined> {
  return (await ports.accounts.listUsers(tenantId)).find(({ role }) => role === 'ADMINISTRATOR')?.id;
}

/** Only the settings that are there. */
export function givenSettings(settings: SettingsInput = {}): Partial<InstanceSettings> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
