import { DEFAULT_SETTINGS, INITIAL_STATE, type Instance, type InstanceState } from '../../model/instance.ts';
import type { Changes } from './expression.ts';
import { FOREVER_SECONDS, KEYS, TTL } from './keys.ts';
import { type Row, ttlAt, withoutNulls } from './rows.ts';

const STATE_FIELDS = Object.keys(INITIAL_STATE) as (keyof InstanceState)[];
const GHOST_TTL_MS = 86_400_000;

/** One attribute a field, so that the runner's partial writes and the API's settings never overwrite each other. */
const stateAttribute = (field: string) => `s_${field}`;

export function instanceToRow({ state, ...identity }: Instance): Row {
  const flat = Object.fromEntries(STATE_FIELDS.map((field) => [stateAttribute(field), state[field]]));
  return {
    ...KEYS.instance(identity.tenantId, identity.id),
    ...withoutNulls(identity),
    ...withoutNulls(flat),
    [TTL]: FOREVER_SECONDS,
  };
}

/** A state write. A row that is gone comes back only as a ghost without identity, which its ttl ends. */
export function stateChanges(set: Partial<InstanceState>, nowMs: number): Changes {
  const flat = STATE_FIELDS.filter((field) => set[field] !== undefined).map((field) => [
    stateAttribute(field),
    set[field],
  ]);
  return { set: Object.fromEntries(flat), once: { [TTL]: ttlAt(nowMs + GHOST_TTL_MS) } };
}

/** The instance of a row, or undefined for a ghost. */
export function instanceOfRow(row: Row): Instance | undefined {
  const identity = row as unknown as Omit<Instance, 'state'>;
  if (typeof identity.id !== 'string' || typeof identity.name !== 'string') return undefined;
  const { id, tenantId, name, environment, shard, createdById, createdAt } = identity;
  const settings = { ...DEFAULT_SETTINGS, ...identity.settings };
  const state = Object.fromEntries(
    STATE_FIELDS.map((field) => [field, row[stateAttribute(field)] ?? INITIAL_STATE[field]]),
  ) as unknown as InstanceState;
  const connections = identity.connections && { connections: identity.connections };
  const title = identity.title ?? null;
  return { id, tenantId, name, title, environment, shard, createdById, createdAt, settings, state, ...connections };
}
