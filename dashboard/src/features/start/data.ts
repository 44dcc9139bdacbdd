import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, apiPage, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { ApiKey, Dashboard, Instance, NewApiKey } from '../../api/types.ts';

/** What has been done already, as far as it is known. */
export interface Progress {
  instances: Instance[];
  /** The one that the commands are about: a connected one if there is one. */
  chosen: Instance | undefined;
  isLinked: boolean;
  hasKey: boolean;
  hasSent: boolean;
  hasWebhook: boolean;
}

export function useProgress(): { progress: Progress | undefined; error: unknown; retry: () => void } {
  const instances = useQuery({
    queryKey: keys.instances,
    queryFn: async () =>
      (await apiPage<{ instances: Instance[] }>('/api/instances', { query: { per_page: 100 } })).data.instances,
  });
  const overview = useQuery({
    queryKey: keys.overview,
    queryFn: () => api<Dashboard>('GET', '/api/dashboard/overview'),
  });
  const webhooks = useQuery({
    queryKey: keys.webhookCount,
    queryFn: async () => (await apiPage('/api/webhooks', { query: { per_page: 1 } })).pagination.total ?? 0,
  });
  const chosen = instances.data && (instances.data.find(({ status }) => status === 'CONNECTED') ?? instances.data[0]);
  const apiKeys = useQuery({
    queryKey: keys.apiKeys(chosen?.name ?? ''),
    queryFn: async () => (await api<{ keys: ApiKey[] }>('GET', at`/api/instances/${chosen?.name ?? ''}/keys`)).keys,
    enabled: chosen !== undefined,
  });
  const all = [instances, overview, webhooks, apiKeys];
  const error = all.find((query) => query.isError)?.error;
  const retry = () => void Promise.all(all.filter((query) => query.isError).map((query) => query.refetch()));
  const isKnown = instances.data && overview.data && webhooks.data !== undefined && (!chosen || apiKeys.data);
  if (!isKnown) return { progress: undefined, error, retry };
  return {
    progress: {
      instances: instances.data,
      chosen,
      isLinked: instances.data.some(({ status, phone }) => status === 'CONNECTED' || phone !== null),
      hasKey: apiKeys.data?.some(({ revokedAt }) => revokedAt === null) ?? false,
      hasSent: /[1-9]/.test(overview.data.subscription.usage.monthlyMessages),
      hasWebhook: webhooks.data > 0,
    },
    error,
    retry,
  };
}

const FIRST_PERMISSIONS = ['message:send', 'message:read', 'contact:check'];

export function useNewKey(instanceName: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (name: string) =>
      api<NewApiKey>('POST', at`/api/instances/${instanceName}/keys`, {
        body: { name, permissions: FIRST_PERMISSIONS },
      }),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.apiKeys(instanceName) }),
  });
}

/** Sends with the key itself, as a program would. */
export function useSend() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ key, to, text }: { key: string; to: string; text: string }) =>
      api<{ messageId: string; status: string }>('POST', '/api/messages/text', { as: key, body: { to, text } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.overview }),
  });
}
