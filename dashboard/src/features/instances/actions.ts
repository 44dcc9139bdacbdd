import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { Instance, InstanceSettings } from '../../api/types.ts';

/** What is shown of an instance, and of all of them, is asked for anew. */
function useRefresh(): (name: string) => Promise<unknown> {
  const cache = useQueryClient();
  return (name) =>
    Promise.all(
      [keys.instances, keys.overview, keys.ofInstance(name)].map((queryKey) => cache.invalidateQueries({ queryKey })),
    );
}

export function useCreate() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: { name: string; environment: 'live' | 'test' }) =>
      api<Instance>('POST', '/api/instances', { body }),
    onSuccess: ({ name }) => refresh(name),
  });
}

export function useRestart(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => api('POST', at`/api/instances/${name}/restart`, { headers: { prefer: 'respond-async' } }),
    onSuccess: () => refresh(name),
  });
}

export function useLogOut(name: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => api('POST', at`/api/instances/${name}/logout`),
    onSuccess: () => refresh(name),
  });
}

export function useDelete(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api('DELETE', at`/api/instances/${name}`),
    onSuccess: async () => {
      cache.setQueryData<Instance[]>(keys.instances, (old) => old?.filter((instance) => instance.name !== name));
      await cache.invalidateQueries({ queryKey: keys.overview });
    },
  });
}

export function useChange(name: string) {
  const cache = useQueryClient();
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: { name?: string; settings?: Partial<InstanceSettings> }) =>
      api<Instance>('PUT', at`/api/instances/${name}`, { body }),
    onSuccess: (instance) => {
      cache.setQueryData(keys.instance(instance.name), instance);
      return refresh(instance.name);
    },
  });
}
