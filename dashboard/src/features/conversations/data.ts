import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import { api, apiPage, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { Chat, Message, MessageDetail, MessageStatus } from '../../api/types.ts';
import { soon } from '../../live/apply.ts';
import { type Frame, useLive, useLiveStatus } from '../../live/live.ts';
import { phoneOf } from './names.ts';
import { isMoving, type Thread, withNewest, withOlder, withTold } from './thread.ts';

/** While nothing is told live, ticks that may move are looked at often, everything else now and then. */
const MOVING_MS = 1_000;
const RESTING_MS = 15_000;
/** What is archived, pinned or read on the phone itself is never told. */
const LIVE_MS = 60_000;
/** Changes of a chat that come in a burst are one reason to ask. */
const GATHER_MS = 150;
/** How far messages have come, as it was told; the newest of them. */
const MAX_TOLD = 1_000;
const told = new Map<string, MessageStatus>();
const CHATS_OF_PAGE = 50;
const NEWEST = 50;
const OLDER = 100;

export const FILTERS = ['all', 'unread', 'groups', 'archived'] as const;
export type Filter = (typeof FILTERS)[number];

const QUERIES: Record<Filter, Record<string, boolean>> = {
  all: { archived: false },
  unread: { archived: false, unreadOnly: true },
  groups: { archived: false, isGroup: true },
  archived: { archived: true },
};

function useRestingMs(): number {
  return useLiveStatus() === 'live' ? LIVE_MS : RESTING_MS;
}

export function useChats(name: string, filter: Filter, search: string) {
  return useInfiniteQuery({
    queryKey: [...keys.chats(name), filter, search],
    queryFn: ({ pageParam, signal }) =>
      apiPage<{ chats: Chat[] }>(at`/api/instances/${name}/chats`, {
        query: { per_page: CHATS_OF_PAGE, cursor: pageParam, search: search || undefined, ...QUERIES[filter] },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pagination }) => pagination.next_cursor ?? undefined,
    refetchInterval: useRestingMs(),
  });
}

/** null: nobody has written there yet. */
export function useChat(name: string, chat: string) {
  return useQuery({
    queryKey: [...keys.messages(name), 'chat', chat],
    queryFn: async ({ signal }) => {
      const phone = phoneOf(chat);
      if (!phone) return api<Chat>('GET', at`/api/instances/${name}/chats/${chat}`, { signal });
      // One that has not begun is looked for in the list: its own address would answer 404, which consoles complain of.
      const query = { search: phone, per_page: CHATS_OF_PAGE };
      const { chats } = await api<{ chats: Chat[] }>('GET', at`/api/instances/${name}/chats`, { query, signal });
      return chats.find(({ jid }) => jid === chat) ?? null;
    },
    refetchInterval: useRestingMs(),
  });
}

async function pageOf(name: string, chat: string, query: Record<string, string | number>, signal?: AbortSignal) {
  const path = at`/api/instances/${name}/chats/${chat}/messages`;
  const { data, pagination } = await apiPage<{ messages: Message[] }>(path, { query, signal });
  return { messages: data.messages, cursor: pagination.next_cursor ?? null };
}

/** The messages of a chat, and how to get older ones. */
export function useThread(name: string, chat: string) {
  const cache = useQueryClient();
  const isLive = useLiveStatus() === 'live';
  const queryKey = [...keys.messages(name), 'thread', chat];
  const query = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const newest = await pageOf(name, chat, { per_page: NEWEST }, signal);
      return withTold(withNewest(cache.getQueryData<Thread>(queryKey), newest), told);
    },
    staleTime: 0,
    refetchInterval: ({ state }) =>
      isLive ? LIVE_MS : state.data && isMoving(state.data, Date.now()) ? MOVING_MS : RESTING_MS,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key follows from name and chat
  const hear = useCallback(
    ({ instanceName, data }: Frame) => {
      if (instanceName !== name || data.chat !== chat) return;
      const { messageId, status } = data as { messageId: string; status: MessageStatus | null };
      const thread = cache.getQueryData<Thread>(queryKey);
      if (status !== null) {
        if (told.size >= MAX_TOLD) told.delete(told.keys().next().value as string);
        told.set(messageId, status);
        cache.setQueryData<Thread>(queryKey, (known) => known && withTold(known, told));
      }
      const isKnown = thread?.messages.some((message) => message.messageId === messageId);
      if (status === null || !isKnown) {
        soon(`thread ${name} ${chat}`, GATHER_MS, () => void cache.invalidateQueries({ queryKey }));
      }
    },
    [cache, name, chat],
  );
  useLive('message_changed', hear);
  const busy = useRef<Promise<void>>(undefined);
  const [isLoadingOlder, setLoadingOlder] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key follows from name and chat
  const loadOlder = useCallback((): Promise<void> => {
    const load = async () => {
      const cursor = cache.getQueryData<Thread>(queryKey)?.cursor;
      if (!cursor) return;
      const page = await pageOf(name, chat, { per_page: OLDER, cursor });
      cache.setQueryData<Thread>(queryKey, (known) => known && withOlder(known, cursor, page));
    };
    if (!busy.current) {
      setLoadingOlder(true);
      busy.current = load().finally(() => {
        busy.current = undefined;
        setLoadingOlder(false);
      });
    }
    return busy.current;
  }, [cache, name, chat]);
  const present = useCallback(
    () => cache.getQueryData<Thread>([...keys.messages(name), 'thread', chat]),
    [cache, name, chat],
  );
  return { ...query, loadOlder, isLoadingOlder, present };
}

/** Why a message failed is not in the list. */
export function useFailure(name: string, message: Message) {
  return useQuery({
    queryKey: ['message', name, message.messageId],
    queryFn: () => api<MessageDetail>('GET', at`/api/instances/${name}/messages/${message.messageId}`),
    enabled: message.status === 'FAILED',
    staleTime: Number.POSITIVE_INFINITY,
  });
}
