import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, at, type Method } from '../../api/client.ts';
import { keys } from '../../api/keys.ts';
import type { Message } from '../../api/types.ts';
import { toast, useErrorText } from '../../ui/index.ts';

interface Act {
  method?: Method;
  path: string;
  body?: object;
}

/** Does something in the conversations of an instance, shows what comes of it, and says why it did not work. */
function useAct(name: string) {
  const cache = useQueryClient();
  const text = useErrorText();
  return useMutation({
    mutationFn: ({ method = 'POST', path, body = {} }: Act) => api(method, path, { body }),
    onError: (error) => toast(text(error), 'danger'),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.messages(name) }),
  });
}

export type ChatAct = 'archive' | 'unarchive' | 'pin' | 'unpin' | 'mute' | 'unmute' | 'read' | 'unread';

export function useChatAct(name: string, chat: string): (act: ChatAct) => void {
  const { mutate } = useAct(name);
  return (act) => mutate({ path: `${at`/api/instances/${name}/chats/${chat}`}/${act}` });
}

export interface MessageActs {
  react: (message: Message, emoji: string) => void;
  vote: (message: Message, options: string[]) => void;
  takeBack: (message: Message) => Promise<unknown>;
}

export function useMessageActs(name: string): MessageActs {
  const { mutate, mutateAsync } = useAct(name);
  // The same while nothing changes: thousands of messages are drawn with it.
  return useMemo((): MessageActs => {
    const path = ({ messageId }: Message) => at`/api/instances/${name}/messages/${messageId}`;
    return {
      react: (message, emoji) => mutate({ path: `${path(message)}/reaction`, body: { emoji } }),
      vote: (message, options) => mutate({ path: `${path(message)}/vote`, body: { options } }),
      takeBack: (message) => mutateAsync({ method: 'DELETE', path: path(message) }),
    };
  }, [name, mutate, mutateAsync]);
}

/** A simulated phone writes to a test instance. */
export function useIncoming(name: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: { from: string; text: string }) =>
      api('POST', at`/api/test/instances/${name}/incoming`, { body }),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.messages(name) }),
  });
}
