import type { Principal } from '../model/account.ts';
import type { Instance } from '../model/instance.ts';
import { addUp, type Counts, dayOf, hourStart, NO_COUNTS, type StatsScope } from '../model/stats.ts';
import type { Ports } from '../ports/index.ts';
import { requireAdministrator, requireReach } from './access.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** UTC days that a period takes in, today included; `24hours` are the current hour and the 23 before it. */
const PERIOD_DAYS = { today: 1, '24hours': 2, '7days': 7, '30days': 30, '90days': 90 } as const;
export type StatsPeriod = keyof typeof PERIOD_DAYS;
export const STATS_PERIODS = Object.keys(PERIOD_DAYS) as [StatsPeriod, ...StatsPeriod[]];

export interface StatsReport {
  summary: Counts;
  /** Every day of the period, oldest first, days without traffic too. */
  days: { day: string; counts: Counts }[];
}

/** What an instance has done in a period. @throws GatewayError RESOURCE_NOT_FOUND */
export async function getStats(
  ports: Pick<Ports, 'stats' | 'clock'>,
  principal: Principal,
  { instance, period }: { instance: Instance; period: StatsPeriod },
): Promise<StatsReport> {
  requireReach(principal, instance);
  return statsOf(ports, { instanceId: instance.id }, period);
}

/** What all instances of the subscription have done in a period; for administrators. @throws GatewayError PERMISSION_DENIED */
export async function getSubscriptionStats(
  ports: Pick<Ports, 'stats' | 'clock'>,
  principal: Principal,
  { period }: { period: StatsPeriod },
): Promise<StatsReport> {
  const { tenantId } = requireAdministrator(principal);
  return statsOf(ports, { tenantId }, period);
}

async function statsOf(
  ports: Pick<Ports, 'stats' | 'clock'>,
  scope: StatsScope,
  period: StatsPeriod,
): Promise<StatsReport> {
  const nowMs = ports.clock();
  const list = Array.from({ length: PERIOD_DAYS[period] }, (_, ago) => dayOf(nowMs - ago * DAY_MS)).reverse();
  const found =
    period === '24hours'
      ? (await ports.stats.hours(scope, hourStart(nowMs) - 23 * HOUR_MS, nowMs)).map(({ hourMs, counts }) => {
          return { day: dayOf(hourMs), counts };
        })
      : await ports.stats.days(scope, list[0] as string, list.at(-1) as string);
  const byDay = Map.groupBy(found, ({ day }) => day);
  const days = list.map((day) => ({ day, counts: addUp((byDay.get(day) ?? []).map(({ counts }) => counts)) }));
  return { summary: addUp(found.map(({ counts }) => counts)), days };
}

export interface RealTimeStats {
  today: Counts;
  currentHour: Counts;
}

/** What an instance has done today and in this hour (UTC). @throws GatewayError RESOURCE_NOT_FOUND */
export async function getRealTimeStats(
  ports: Pick<Ports, 'stats' | 'clock'>,
  principal: Principal,
  { instance }: { instance: Instance },
): Promise<RealTimeStats> {
  requireReach(principal, instance);
  const nowMs = ports.clock();
  const scope = { instanceId: instance.id };
  const day = dayOf(nowMs);
  const [days, hours] = await Promise.all([ports.stats.days(scope, day, day), ports.stats.hours(scope, nowMs, nowMs)]);
  return { today: days[0]?.counts ?? NO_COUNTS, currentHour: hours[0]?.counts ?? NO_COUNTS };
}
