import { useQuery } from '@tanstack/react-query';
import { api, apiPage, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { Dashboard, Instance, InstanceConnection, InstanceHealth, Stats } from '../../api/types.ts';

/** More than any subscription allows. */
const ALL = { per_page: 100 };
/** As the API has it: safe in an address without escaping. */
export const INSTANCE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Limits that WhatsApp puts on an account are not told live. */
const LOOK_AGAIN_MS = 30_000;

export function useInstances() {
  return useQuery({
    queryKey: keys.instances,
    queryFn: async () => (await apiPage<{ instances: Instance[] }>('/api/instances', { query: ALL })).data.instances,
  });
}

export function useOverview() {
  return useQuery({ queryKey: keys.overview, queryFn: () => api<Dashboard>('GET', '/api/dashboard/overview') });
}

export function useInstance(name: string) {
  return useQuery({ queryKey: keys.instance(name), queryFn: () => api<Instance>('GET', at`/api/instances/${name}`) });
}

export function useConnection(name: string) {
  return useQuery({
    queryKey: keys.connection(name),
    queryFn: () => api<InstanceConnection>('GET', at`/api/instances/${name}/status`),
    refetchInterval: LOOK_AGAIN_MS,
  });
}

export function useHealth(name: string) {
  return useQuery({
    queryKey: keys.health(name),
    queryFn: () => api<InstanceHealth>('GET', at`/api/instances/${name}/health`),
    refetchInterval: LOOK_AGAIN_MS,
  });
}

/** Of the last seven days, today included. */
export function useWeek(name: string) {
  return useQuery({
    queryKey: [...keys.stats(name), '7days'],
    queryFn: () => api<Stats>('GET', at`/api/instances/${name}/stats`, { query: { period: '7days' } }),
  });
}
