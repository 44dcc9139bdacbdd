import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import { api, apiPage, at } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { Chat, Message, MessageDetail } from '../../api/types.ts';
import { phoneOf } from './names.ts';
import { isMoving, type Thread, withNewest, withOlder } from './thread.ts';

/** Receipts are not told live: ticks that may move are looked at often, everything else now and then. */
const MOVING_MS = 1_000;
const RESTING_MS = 15_000;
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

/** Of every list of chats of an instance. */
export function chatsKey(name: string) {
  return [...keys.messages(name), 'chats'] as const;
}

export function useChats(name: string, filter: Filter, search: string) {
  return useInfiniteQuery({
    queryKey: [...chatsKey(name), filter, search],
    queryFn: ({ pageParam, signal }) =>
      apiPage<{ chats: Chat[] }>(at`/api/instances/${name}/chats`, {
        query: { per_page: CHATS_OF_PAGE, cursor: pageParam, search: search || undefined, ...QUERIES[filter] },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ pagination }) => pagination.next_cursor ?? undefined,
    refetchInterval: RESTING_MS,
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
    refetchInterval: RESTING_MS,
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
  const queryKey = [...keys.messages(name), 'thread', chat];
  const query = useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const newest = await pageOf(name, chat, { per_page: NEWEST }, signal);
      return withNewest(cache.getQueryData<Thread>(queryKey), newest);
    },
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && isMoving(state.data, Date.now()) ? MOVING_MS : RESTING_MS),
  });
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
