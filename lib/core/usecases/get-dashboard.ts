import type { Principal, Subscription } from '../model/account.ts';
import type { AuditEntry } from '../model/audit.ts';
import type { Instance } from '../model/instance.ts';
import { addUp, type Counts, dayOf, monthOf, NO_COUNTS } from '../model/stats.ts';
import type { Ports, RecordedEvent } from '../ports/index.ts';
import { mayReach, requireUser } from './access.ts';

const MAX_ACTIVITIES = 10;
/** Newest events looked at per instance: receipts among them are no activity. */
const LOOKED_AT = 30;

/** What counts as something that happened. Receipts, codes and contacts would drown it. */
const ACTIVITIES: Partial<Record<RecordedEvent['type'], string>> = {
  'message.sent': 'MESSAGE_SENT',
  'message.received': 'MESSAGE_RECEIVED',
  'message.failed': 'MESSAGE_FAILED',
  'instance.connected': 'INSTANCE_CONNECTED',
  'instance.disconnected': 'INSTANCE_DISCONNECTED',
  'instance.logged_out': 'INSTANCE_LOGGED_OUT',
  'instance.conflict': 'INSTANCE_CONFLICT',
  'instance.error': 'INSTANCE_ERROR',
};

export interface Activity {
  action: string;
  /** Name of the instance it is about, where it is about one. */
  instance: string | null;
  atMs: number;
}

export interface Dashboard {
  subscription: Subscription;
  /** Of the present calendar month (UTC): of the subscription for an ADMINISTRATOR, else of the user's own instances. */
  usage: { instances: number; month: Counts };
  instances: { instance: Instance; owner: string | null; today: Counts }[];
  /** Newest first. */
  recentActivity: Activity[];
}

/** What a signed-in user may see of the subscription, at a glance. Two round trips, each of several reads at once. */
export async function getDashboard(
  ports: Pick<Ports, 'accounts' | 'audit' | 'instances' | 'stats' | 'events' | 'clock'>,
  principal: Principal,
): Promise<Dashboard> {
  const { tenantId, role } = requireUser(principal);
  const isAdministrator = role === 'ADMINISTRATOR';
  const nowMs = ports.clock();
  const today = dayOf(nowMs);
  const [subscription, all, users, whole, audit] = await Promise.all([
    ports.accounts.getSubscription(tenantId),
    ports.instances.list(tenantId),
    ports.accounts.listUsers(tenantId),
    isAdministrator ? ports.stats.month(tenantId, monthOf(nowMs)) : undefined,
    isAdministrator ? ports.audit.list(tenantId, {}, MAX_ACTIVITIES) : undefined,
  ]);
  if (!subscription) throw new Error(`${tenantId} has no subscription`);
  const instances = all.filter((instance) => mayReach(principal, instance));
  const monthOfInstance = ({ id }: Instance) => ports.stats.days({ instanceId: id }, `${monthOf(nowMs)}-01`, today);
  const [counts, events, own] = await Promise.all([
    ports.stats.dayOf(
      instances.map(({ id }) => id),
      today,
    ),
    Promise.all(instances.map(({ id }) => ports.events.latest(id, LOOKED_AT))),
    whole ? [] : Promise.all(instances.map(monthOfInstance)),
  ]);
  const names = new Map(users.map(({ id, name }) => [id, name]));
  const instanceNames = new Map(instances.map(({ id, name }) => [id, name]));
  return {
    subscription,
    usage: {
      instances: isAdministrator ? subscription.currentInstances : instances.length,
      month: whole ?? addUp(own.flat().map((day) => day.counts)),
    },
    instances: instances.map((instance) => ({
      instance,
      owner: names.get(instance.createdById) ?? null,
      today: counts.get(instance.id) ?? NO_COUNTS,
    })),
    recentActivity: newest([
      ...events.flat().flatMap((event) => activityOf(event, instanceNames)),
      ...(audit?.items ?? []).map(managementOf),
    ]),
  };
}

function activityOf(event: RecordedEvent, names: ReadonlyMap<string, string>): Activity[] {
  const action = ACTIVITIES[event.type];
  if (!action || event.instanceId === null) return [];
  return [{ action, instance: names.get(event.instanceId) ?? null, atMs: event.timestampMs }];
}

function managementOf({ action, target, atMs }: AuditEntry): Activity {
  return { action, instance: target.kind === 'instance' ? target.name : null, atMs };
}

function newest(activities: Activity[]): Activity[] {
  return activities.sort((a, b) => b.atMs - a.atMs).slice(0, MAX_ACTIVITIES);
}
