import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, apiPage, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { AuditEntry, Of, responses, User } from '../../api/types.ts';

export type NewUser = Of<typeof responses.newUser>;
type Usage = Of<typeof responses.subscriptionUsage>;

export type UserInput = Pick<User, 'email' | 'name' | 'role'>;

/** Of the audit log; days in UTC, absent: any. */
export interface AuditFilter {
  action?: string | undefined;
  user_id?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
}

const ALL = { per_page: 100 };
const PER_PAGE = 50;

export function useUsers() {
  return useQuery({
    queryKey: keys.users,
    queryFn: async () => (await apiPage<{ users: User[] }>('/api/users', { query: ALL })).data.users,
  });
}

/** Newest first, page by page. */
export function useAuditLog(filter: AuditFilter) {
  return useInfiniteQuery({
    queryKey: [...keys.audit, filter],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => {
      const query = { ...filter, per_page: PER_PAGE, ...(pageParam !== undefined && { cursor: pageParam }) };
      return apiPage<{ logs: AuditEntry[] }>('/api/audit/logs', { query });
    },
    getNextPageParam: ({ pagination }) => pagination.next_cursor ?? undefined,
  });
}

export function useUsage() {
  return useQuery({
    queryKey: [...keys.subscription, 'usage'],
    queryFn: () => api<Usage>('GET', '/api/subscription/usage'),
  });
}

/** The users, and what the log says of them. */
function useRefresh(): () => Promise<unknown> {
  const cache = useQueryClient();
  return () => Promise.all([keys.users, keys.audit].map((queryKey) => cache.invalidateQueries({ queryKey })));
}

export function useCreateUser() {
  return useMutation({
    mutationFn: (body: UserInput) => api<NewUser>('POST', '/api/users', { body }),
    onSuccess: useRefresh(),
  });
}

export function useChangeUser(id: string) {
  return useMutation({
    mutationFn: (body: Partial<UserInput> & { resetPassword?: true }) =>
      api<NewUser>('PUT', at`/api/users/${id}`, { body }),
    onSuccess: useRefresh(),
  });
}

/** `to`: the user who gets the instances; absent: they are deleted. */
export function useRemoveUser(id: string) {
  return useMutation({
    mutationFn: (to: string | undefined) =>
      api('DELETE', at`/api/users/${id}`, {
        query: to === undefined ? { instances: 'delete' } : { instances: 'move', to },
      }),
    onSuccess: useRefresh(),
  });
}
