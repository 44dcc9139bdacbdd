import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { Bulk, BulkPreview, ScheduledMessage, Template } from '../../api/types.ts';

export interface BulkInput {
  title?: string;
  /** Its type, and the fields of `POST /api/messages/<type>`. */
  message?: { type: string; [field: string]: string };
  template?: string;
  csv: string;
  instances?: string[];
  pacing?: { perMinute: number };
  sendAt?: string;
  skipUnregistered: boolean;
  skipInvalid: boolean;
}

export type Steer = 'pause' | 'resume' | 'cancel';

export function usePreview(name: string) {
  return useMutation({
    mutationFn: (body: BulkInput) => api<BulkPreview>('POST', at`/api/instances/${name}/bulk/preview`, { body }),
  });
}

export function useSend(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: BulkInput) => api<Bulk>('POST', at`/api/instances/${name}/bulk`, { body }),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.bulks(name) }),
  });
}

export function useSteer(name: string, id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (steer: Steer) => api<Bulk>('POST', at`/api/instances/${name}/bulk/${id}/${steer}`),
    onSuccess: (bulk) => {
      cache.setQueryData(keys.bulk(name, id), bulk);
      return Promise.all(
        [keys.bulk(name, id), keys.bulks(name)].map((queryKey) => cache.invalidateQueries({ queryKey })),
      );
    },
  });
}

export function useChangeScheduled(name: string, messageId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { text?: string; sendAt?: string }) =>
      api<ScheduledMessage>('PATCH', at`/api/instances/${name}/scheduled/${messageId}`, { body }),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.scheduled(name) }),
  });
}

export function useCancelScheduled(name: string, messageId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api('DELETE', at`/api/instances/${name}/scheduled/${messageId}`),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.scheduled(name) }),
  });
}

/** `before`: the template that gets another message; absent: a new one. */
export function useWriteTemplate(before: Template | undefined) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: ({ name, text }: { name: string; text: string }) =>
      before
        ? api<Template>('PUT', at`/api/templates/${before.name}`, { body: { message: { ...before.message, text } } })
        : api<Template>('POST', '/api/templates', { body: { name, message: { type: 'text', text } } }),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.templates }),
  });
}

export function useRemoveTemplate(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => api('DELETE', at`/api/templates/${name}`),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.templates }),
  });
}
