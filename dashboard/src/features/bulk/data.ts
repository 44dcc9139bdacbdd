import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { api, apiPage, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { Bulk, BulkResult, ScheduledMessage, Template } from '../../api/types.ts';

const PER_PAGE = 50;
/** A bulk that goes on is not told live: it is looked at. */
const LOOK_SOON_MS = 1_500;
const LOOK_AGAIN_MS = 15_000;

export const isGoingOn = ({ status, counts }: Bulk) =>
  status === 'RUNNING' || (status !== 'SCHEDULED' && counts.queued > 0);

/** Pages by cursor, as one list. */
function usePages<K extends string, T>(
  queryKey: readonly unknown[],
  path: string,
  field: K,
  refetchInterval: number | false | ((rows: readonly T[]) => number | false),
) {
  const query = useInfiniteQuery({
    queryKey,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) => {
      const cursor = pageParam === undefined ? {} : { cursor: pageParam };
      return apiPage<Record<K, T[]>>(path, { query: { per_page: PER_PAGE, ...cursor } });
    },
    getNextPageParam: ({ pagination }) => pagination.next_cursor ?? undefined,
    refetchInterval: ({ state }) => {
      if (typeof refetchInterval !== 'function') return refetchInterval;
      return refetchInterval(state.data?.pages.flatMap(({ data }) => data[field]) ?? []);
    },
  });
  return { ...query, rows: query.data?.pages.flatMap(({ data }) => data[field]) };
}

export function useBulks(name: string) {
  return usePages<'bulks', Bulk>(keys.bulks(name), at`/api/instances/${name}/bulk`, 'bulks', (rows) =>
    rows.some(isGoingOn) ? LOOK_SOON_MS : LOOK_AGAIN_MS,
  );
}

export function useBulk(name: string, id: string) {
  return useQuery({
    queryKey: keys.bulk(name, id),
    queryFn: () => api<Bulk>('GET', at`/api/instances/${name}/bulk/${id}`),
    refetchInterval: ({ state }) => (state.data && isGoingOn(state.data) ? LOOK_SOON_MS : LOOK_AGAIN_MS),
  });
}

/** `goesOn`: results still change. */
export function useResults(name: string, id: string, goesOn: boolean) {
  const path = at`/api/instances/${name}/bulk/${id}/results`;
  return usePages<'results', BulkResult>(
    [...keys.bulk(name, id), 'results'],
    path,
    'results',
    goesOn ? LOOK_SOON_MS : LOOK_AGAIN_MS,
  );
}

export function useScheduled(name: string) {
  const path = at`/api/instances/${name}/scheduled`;
  return usePages<'messages', ScheduledMessage>(keys.scheduled(name), path, 'messages', LOOK_AGAIN_MS);
}

export function useTemplates() {
  return usePages<'templates', Template>(keys.templates, '/api/templates', 'templates', false);
}
