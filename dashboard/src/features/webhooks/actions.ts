import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { Delivery, NewWebhook, Webhook, WebhookTest } from '../../api/types.ts';

export interface WebhookInput {
  url: string;
  events: string[];
  description: string | null;
  chatTypes: ('user' | 'group')[] | null;
  headers: Record<string, string>;
  isActive: boolean;
  instanceName: string;
}

export interface ReplayInput {
  from?: string;
  to?: string;
  failed?: boolean;
}

/** The endpoint, its log and its numbers are asked for anew, and so is the list. */
function useRefresh(): (id: string) => Promise<unknown> {
  const cache = useQueryClient();
  return (id) =>
    Promise.all([keys.webhooks, keys.ofWebhook(id)].map((queryKey) => cache.invalidateQueries({ queryKey })));
}

export function useCreate() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: Partial<WebhookInput>) => api<NewWebhook>('POST', '/api/webhooks', { body }),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.webhooks }),
  });
}

export function useChange(id: string) {
  const cache = useQueryClient();
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: Partial<WebhookInput>) => api<Webhook>('PUT', at`/api/webhooks/${id}`, { body }),
    onSuccess: (webhook) => {
      cache.setQueryData(keys.webhook(id), webhook);
      return refresh(id);
    },
  });
}

export function useRemove(id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api('DELETE', at`/api/webhooks/${id}`),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.webhooks }),
  });
}

export function useTest(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => api<WebhookTest>('POST', at`/api/webhooks/${id}/test`),
    onSettled: () => refresh(id),
  });
}

export function useRotate(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => api<{ secret: string; oldSecretUntil: string }>('POST', at`/api/webhooks/${id}/rotate-secret`),
    onSuccess: () => refresh(id),
  });
}

export function useReplay(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (deliveryId: string) => api<Delivery>('POST', at`/api/webhooks/${id}/deliveries/${deliveryId}/replay`),
    onSuccess: () => refresh(id),
  });
}

export function useReplayMany(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: ReplayInput) => api('POST', at`/api/webhooks/${id}/replay`, { body }),
    onSuccess: () => refresh(id),
  });
}

export function useClearLog(id: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => api('DELETE', at`/api/webhooks/${id}/deliveries`),
    onSuccess: () => refresh(id),
  });
}
