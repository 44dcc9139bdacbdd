import { useQueries, useQuery } from '@tanstack/react-query';
import { api, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { Stats } from '../../api/types.ts';

export const PERIODS = ['7days', '30days', '90days'] as const;
export type Period = (typeof PERIODS)[number];
export type Day = Stats['daily'][number];
export type Counts = Omit<Day, 'date'>;

const MEASURES = ['sent', 'received', 'failed', 'delivered', 'read', 'autoReplies', 'apiCalls'] as const;

/** Of each instance, in the order of the names. */
export function useInstanceStats(names: readonly string[], period: Period) {
  return useQueries({
    queries: names.map((name) => ({
      queryKey: [...keys.stats(name), period],
      queryFn: () => api<Stats>('GET', at`/api/instances/${name}/stats`, { query: { period } }),
    })),
  });
}

/** Of the subscription, with instances that are gone; for administrators. */
export function useAllStats(period: Period, enabled: boolean) {
  return useQuery({
    queryKey: [...keys.subscription, 'stats', period],
    queryFn: () => api<Stats>('GET', '/api/subscription/stats', { query: { period } }),
    enabled,
  });
}

export function sumOf(days: readonly Counts[]): Counts {
  const sum = { sent: 0, received: 0, failed: 0, delivered: 0, read: 0, autoReplies: 0, apiCalls: 0 };
  for (const day of days) for (const measure of MEASURES) sum[measure] += day[measure];
  return sum;
}

/** Day by day, of several reports of the same period. */
export function addedUp(reports: readonly Stats[]): Day[] {
  const days = reports[0]?.daily ?? [];
  return days.map(({ date }, index) => ({
    date,
    ...sumOf(reports.map(({ daily }) => daily[index]).filter((day) => day !== undefined)),
  }));
}

export interface Rates {
  /** Of all that was to be sent; null: nothing was. */
  failed: number | null;
  /** Of what was sent. */
  delivered: number | null;
  read: number | null;
}

/** A receipt can come a day after its message: no rate is above 1. */
export function ratesOf({ sent, failed, delivered, read }: Counts): Rates {
  return { failed: part(failed, sent + failed), delivered: part(delivered, sent), read: part(read, sent) };
}

function part(some: number, all: number): number | null {
  return all === 0 ? null : Math.min(1, some / all);
}
