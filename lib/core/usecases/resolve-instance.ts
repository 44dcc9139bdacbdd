import { GatewayError, notFound } from '../errors.ts';
import type { Principal } from '../model/account.ts';
import { type Environment, type Instance, sessionNumber } from '../model/instance.ts';
import type { Ports } from '../ports/index.ts';
import { mayReach } from './access.ts';
import { instanceName } from './create-instance.ts';

/**
 * How a request says which instance it means. `either`: by id or name; `session`: by document B's number, by id, name
 * or phone number. `own` is the one that an API key is bound to; a key of the account says
 * which by `name` or `id`, or means the only one there is.
 */
export type InstanceTarget =
  | { by: 'name'; name: string }
  | { by: 'id'; id: string }
  | { by: 'either'; text: string }
  | { by: 'session'; text: string | undefined }
  | { by: 'own'; name?: string; id?: string };

const INSTANCE_ID = /^inst_[A-Za-z0-9]{1,64}$/;

/** What is known of a caller before and after their row has been read. */
export type Searcher = Pick<Principal, 'tenantId'> & { instanceId?: string | null; environment?: Environment | null };

/**
 * The instance that a caller means, looked for in the caller's tenant only. `found`: what `findInstance` has been asked
 * already.
 * @throws GatewayError RESOURCE_NOT_FOUND, byte for byte the same for "not there" and "not yours"; VALIDATION_ERROR
 *   when a key of an account with several instances does not say which
 */
export async function resolveInstance(
  ports: Pick<Ports, 'instances'>,
  principal: Principal,
  target: InstanceTarget,
  found: Promise<Instance | undefined> = findInstance(ports, principal, target),
): Promise<Instance> {
  const instance = await found;
  if (!instance || !mayReach(principal, instance)) throw notFound('instance');
  return instance;
}

/** The instance of the tenant that the target names, whoever may reach it. One round trip. */
export async function findInstance(
  { instances }: Pick<Ports, 'instances'>,
  { tenantId, instanceId, environment = null }: Searcher,
  target: InstanceTarget,
): Promise<Instance | undefined> {
  if (target.by === 'name') return byName(instances, tenantId, target.name);
  if (target.by === 'id') return byId(instances, tenantId, target.id);
  if (target.by === 'either') {
    const { text } = target;
    return INSTANCE_ID.test(text) ? byId(instances, tenantId, text) : byName(instances, tenantId, text);
  }
  if (target.by === 'session') {
    return target.text === undefined
      ? theOnly(instances, tenantId, environment)
      : bySession(instances, tenantId, target.text);
  }
  if (instanceId === undefined) return undefined;
  const { name, id } = target;
  if (instanceId === null && name === undefined && id === undefined) return theOnly(instances, tenantId, environment);
  const wanted = instanceId ?? id;
  const instance =
    wanted === undefined ? await byName(instances, tenantId, name ?? '') : await byId(instances, tenantId, wanted);
  const isMeant =
    (id === undefined || instance?.id === id) &&
    (name === undefined || instance?.name.toLowerCase() === name.toLowerCase());
  return isMeant ? instance : undefined;
}

async function byName(instances: Ports['instances'], tenantId: string, name: string): Promise<Instance | undefined> {
  return instanceName.safeParse(name).success ? instances.findByName(tenantId, name) : undefined;
}

async function byId(instances: Ports['instances'], tenantId: string, id: string): Promise<Instance | undefined> {
  return INSTANCE_ID.test(id) ? instances.get(tenantId, id) : undefined;
}

async function bySession(instances: Ports['instances'], tenantId: string, text: string): Promise<Instance | undefined> {
  return findSession(await instances.list(tenantId), text);
}

/** The one that document B's clients mean by this text. */
export function findSession(all: readonly Instance[], text: string): Instance | undefined {
  const digits = text.replace(/^\+/, '').replace(/@s\.whatsapp\.net$/, '');
  return (
    all.find(({ id }) => id === text || sessionNumber(id) === text) ??
    all.find(({ name }) => name.toLowerCase() === text.toLowerCase()) ??
    all.find(({ state }) => state.phone === digits)
  );
}

async function theOnly(
  instances: Ports['instances'],
  tenantId: string,
  environment: Environment | null,
): Promise<Instance | undefined> {
  const listed = await instances.list(tenantId);
  const all = listed.filter((one) => environment === null || one.environment === environment);
  if (all.length <= 1) return all[0];
  throw new GatewayError('VALIDATION_ERROR', 'Say which instance is meant: instanceName or instanceId.');
}
