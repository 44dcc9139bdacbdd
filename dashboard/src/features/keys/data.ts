import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { ApiKey, NewApiKey } from '../../api/types.ts';

/** Whose keys: of the instance of that name; null: of the whole account. */
export type Scope = string | null;

export type KeyInput = Pick<ApiKey, 'name' | 'permissions' | 'rateLimit' | 'expiresAt' | 'ipAllowList'>;

const pathOf = (scope: Scope) => (scope === null ? '/api/keys' : at`/api/instances/${scope}/keys`);
const cacheOf = (scope: Scope) => (scope === null ? keys.accountKeys : keys.apiKeys(scope));

/** Without the keys themselves. `enabled`: false asks nothing. */
export function useKeys(scope: Scope, enabled: boolean) {
  return useQuery({
    queryKey: cacheOf(scope),
    queryFn: async () => (await api<{ keys: ApiKey[] }>('GET', pathOf(scope))).keys,
    enabled,
  });
}

function useRefresh(scope: Scope): () => Promise<unknown> {
  const cache = useQueryClient();
  return () => cache.invalidateQueries({ queryKey: cacheOf(scope) });
}

export function useCreateKey(scope: Scope) {
  return useMutation({
    mutationFn: (body: KeyInput) => api<NewApiKey>('POST', pathOf(scope), { body }),
    onSuccess: useRefresh(scope),
  });
}

export function useChangeKey(scope: Scope, id: string) {
  return useMutation({
    mutationFn: (body: KeyInput) => api<ApiKey>('PUT', `${pathOf(scope)}${at`/${id}`}`, { body }),
    onSuccess: useRefresh(scope),
  });
}

export function useRotateKey(scope: Scope, id: string) {
  return useMutation({
    mutationFn: (body: { overlapHours: number }) =>
      api<NewApiKey>('POST', `${pathOf(scope)}${at`/${id}/rotate`}`, { body }),
    onSuccess: useRefresh(scope),
  });
}

export function useRevokeKey(scope: Scope, id: string) {
  return useMutation({
    mutationFn: () => api('DELETE', `${pathOf(scope)}${at`/${id}`}`),
    onSuccess: useRefresh(scope),
  });
}
