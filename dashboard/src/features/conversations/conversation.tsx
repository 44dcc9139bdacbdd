import { useQueryClient } from '@tanstack/react-query';
import { ArrowLeft, Search, Smartphone } from 'lucide-react';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { keys } from '../../api/keys.ts';
import type { Instance, Message } from '../../api/types.ts';
import { Button, ErrorBox, Loading, Note } from '../../ui/index.ts';
import { Menu } from '../../ui/menu.tsx';
import { useChatAct } from './acts.ts';
import { Avatar } from './chat-row.tsx';
import { Composer } from './composer.tsx';
import styles from './conversations.module.css';
import { useChat, useThread } from './data.ts';
import { MessageList } from './message-list.tsx';
import { nameOfChat, nameOfJid, pathOf, phoneOf } from './names.ts';
import { SimulatedPhone } from './simulated-phone.tsx';

/** There is room for the simulated phone beside the conversation. */
const ROOMY = '(min-width: 1180px)';

/** One chat: its messages, and what can be written and done there. */
export function Conversation({ instance, jid }: { instance: Instance; jid: string }) {
  const { t } = useTranslation('conversations');
  const { name } = instance;
  const { data: chat } = useChat(name, jid);
  const thread = useThread(name, jid);
  const act = useChatAct(name, jid);
  const phone = phoneOf(jid);
  const isSimulated = instance.environment === 'test' && phone !== undefined;
  const [showsPhone, setShowsPhone] = useState(() => matchMedia(ROOMY).matches);
  const [searches, setSearches] = useState(false);
  const [quoted, setQuoted] = useState<Message>();
  const isUnread = chat !== undefined && chat !== null && (chat.unread > 0 || chat.isMarkedUnread);
  /** Somebody has marked it as unread by hand. */
  const [staysUnread, setStaysUnread] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for what came, not each time that the page is drawn
  useEffect(() => {
    if (isUnread && !staysUnread && instance.status === 'CONNECTED' && document.visibilityState === 'visible')
      act('read');
  }, [isUnread, chat?.unread]);
  const cache = useQueryClient();
  const newest = thread.data?.messages[0];
  const progress = newest && `${newest.messageId} ${newest.status}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was sent or read here moves its chat in the list
  useEffect(() => {
    if (progress) void cache.invalidateQueries({ queryKey: keys.chats(name) });
  }, [progress]);
  const title = chat ? nameOfChat(chat) : nameOfJid(jid);
  const reply = useCallback((message: Message) => setQuoted(message), []);
  return (
    <>
      <section className={styles.conversation} aria-label={t('with', { name: title })}>
        <header className={styles.head}>
          <Link href={pathOf(name)} className={styles.back} aria-label={t('back')}>
            <ArrowLeft aria-hidden />
          </Link>
          <Avatar isGroup={chat?.isGroup ?? false} name={chat?.name ?? null} />
          <div className={styles.who}>
            <h2>{title}</h2>
            {chat?.name && phone && <span>+{phone}</span>}
          </div>
          <Button
            kind="quiet"
            size="icon"
            aria-label={t('search.open')}
            aria-pressed={searches}
            onClick={() => setSearches(!searches)}
          >
            <Search aria-hidden />
          </Button>
          {isSimulated && (
            <Button
              kind="quiet"
              size="icon"
              aria-label={t('phone.title')}
              aria-pressed={showsPhone}
              onClick={() => setShowsPhone(!showsPhone)}
            >
              <Smartphone aria-hidden />
            </Button>
          )}
          {chat && (
            <Menu
              label={t('chatMenu')}
              items={[
                {
                  label: t(chat.isPinned ? 'acts.unpin' : 'acts.pin'),
                  onSelect: () => act(chat.isPinned ? 'unpin' : 'pin'),
                },
                {
                  label: t(chat.isMuted ? 'acts.unmute' : 'acts.mute'),
                  onSelect: () => act(chat.isMuted ? 'unmute' : 'mute'),
                },
                {
                  label: t(chat.isArchived ? 'acts.unarchive' : 'acts.archive'),
                  onSelect: () => act(chat.isArchived ? 'unarchive' : 'archive'),
                },
                {
                  label: t('acts.unread'),
                  onSelect: () => {
                    setStaysUnread(true);
                    act('unread');
                  },
                },
              ]}
            />
          )}
        </header>
        {instance.status !== 'CONNECTED' && (
          <div className={styles.notice}>
            <Note tone="warn">{t('notConnected')}</Note>
          </div>
        )}
        {thread.isError && !thread.data && <ErrorBox error={thread.error} onRetry={() => void thread.refetch()} />}
        {thread.isPending && <Loading />}
        {thread.data && (
          <MessageList
            instance={instance}
            jid={jid}
            isGroup={chat?.isGroup ?? jid.endsWith('@g.us')}
            thread={thread.data}
            isLoadingOlder={thread.isLoadingOlder}
            loadOlder={thread.loadOlder}
            present={thread.present}
            searches={searches}
            onSearchEnd={() => setSearches(false)}
            onReply={reply}
          />
        )}
        <Composer
          name={name}
          jid={jid}
          quoted={quoted}
          onUnquote={() => setQuoted(undefined)}
          onSent={() => void thread.refetch()}
        />
      </section>
      {isSimulated && showsPhone && (
        <SimulatedPhone
          instance={instance}
          phone={phone}
          title={title}
          messages={thread.data?.messages ?? []}
          onClose={() => setShowsPhone(false)}
        />
      )}
    </>
  );
}
