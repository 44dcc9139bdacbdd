import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, apiPage, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { Delivery, Webhook, WebhookStats } from '../../api/types.ts';

/** A subscription has 100 endpoints at most. */
const ALL = { per_page: 100 };
const PER_PAGE = 50;
/** What waits for an attempt is looked at often, the rest now and then: deliveries are not told live. */
const LOOK_AGAIN_MS = 15_000;
const LOOK_SOON_MS = 2_000;

/** Of the log; days or moments in ISO 8601, absent: any. */
export interface DeliveryFilter {
  status?: Delivery['status'] | undefined;
  event?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

export function useWebhooks() {
  return useQuery({
    queryKey: keys.webhooks,
    queryFn: async () => (await apiPage<{ webhooks: Webhook[] }>('/api/webhooks', { query: ALL })).data.webhooks,
  });
}

export function useWebhook(id: string) {
  return useQuery({ queryKey: keys.webhook(id), queryFn: () => api<Webhook>('GET', at`/api/webhooks/${id}`) });
}

export function useWebhookStats(id: string) {
  return useQuery({
    queryKey: keys.webhookStats(id),
    queryFn: () => api<WebhookStats>('GET', at`/api/webhooks/${id}/stats`),
    refetchInterval: LOOK_AGAIN_MS,
  });
}

/** Newest first, page by page. */
export function useDeliveries(id: string, filter: DeliveryFilter) {
  return useInfiniteQuery({
    queryKey: [...keys.deliveries(id), filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => {
      const query = { ...filter, per_page: PER_PAGE, ...(pageParam !== undefined && { cursor: pageParam }) };
      return apiPage<{ deliveries: Delivery[] }>(at`/api/webhooks/${id}/deliveries`, { query });
    },
    getNextPageParam: ({ pagination }) => pagination.next_cursor ?? undefined,
    refetchInterval: ({ state }) => {
      const rows = state.data?.pages.flatMap(({ data }) => data.deliveries) ?? [];
      return rows.some(isDueSoon) ? LOOK_SOON_MS : LOOK_AGAIN_MS;
    },
  });
}

function isDueSoon({ status, nextAttemptAt }: Delivery): boolean {
  return status === 'pending' && nextAttemptAt !== null && Date.parse(nextAttemptAt) - Date.now() < LOOK_AGAIN_MS;
}
