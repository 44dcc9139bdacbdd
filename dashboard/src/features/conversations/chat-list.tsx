import { useVirtualizer } from '@tanstack/react-virtual';
import { MessageSquarePlus, MessagesSquare } from 'lucide-react';
import { useDeferredValue, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Instance } from '../../api/types.ts';
import { Button, EmptyState, ErrorBox, Loading } from '../../ui/index.ts';
import { ChatRow } from './chat-row.tsx';
import styles from './conversations.module.css';
import { FILTERS, type Filter, useChats } from './data.ts';
import { NewChat } from './new-chat.tsx';

const ROW_PX = 72;

/** The chats of an instance, pinned ones first, then the latest; only the rows in sight are in the page. */
export function ChatList({ instance, chat }: { instance: Instance; chat: string | undefined }) {
  const { t } = useTranslation('conversations');
  const [filter, setFilter] = useState<Filter>('all');
  const [search, setSearch] = useState('');
  const [begins, setBegins] = useState(false);
  const wanted = useDeferredValue(search.trim());
  const list = useChats(instance.name, filter, wanted);
  const all = list.data?.pages.flatMap(({ data }) => data.chats) ?? [];
  const chats = [...all].sort((a, b) => Number(b.isPinned) - Number(a.isPinned));
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: chats.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 6,
    getItemKey: (index) => chats[index]?.jid ?? index,
    onChange: ({ range }) => {
      if (range && range.endIndex >= chats.length - 1 && list.hasNextPage && !list.isFetchingNextPage) {
        void list.fetchNextPage();
      }
    },
  });
  return (
    <section className={styles.list} aria-label={t('chats')}>
      <div className={styles.listHead}>
        <div className={styles.searchRow}>
          <input
            type="search"
            className={styles.search}
            value={search}
            maxLength={100}
            placeholder={t('searchChats')}
            aria-label={t('searchChats')}
            onChange={(event) => setSearch(event.target.value)}
          />
          <Button kind="quiet" size="icon" aria-label={t('newChat.open')} onClick={() => setBegins(true)}>
            <MessageSquarePlus aria-hidden />
          </Button>
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a visible name */}
        <div className={styles.filters} role="group" aria-label={t('filters.label')}>
          {FILTERS.map((one) => (
            <button
              key={one}
              type="button"
              className={styles.filter}
              aria-pressed={one === filter}
              onClick={() => setFilter(one)}
            >
              {t(`filters.${one}`)}
            </button>
          ))}
        </div>
      </div>
      <div ref={scroller} className={styles.rows}>
        {list.isError && <ErrorBox error={list.error} onRetry={() => void list.refetch()} />}
        {list.isPending && <Loading />}
        {list.isSuccess && chats.length === 0 && (
          <NoChats instance={instance} isFiltered={filter !== 'all' || wanted !== ''} />
        )}
        {chats.length > 0 && (
          <ul style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ key, index, start }) => {
              const row = chats[index];
              return (
                row && (
                  <li key={key} style={{ transform: `translateY(${start}px)` }}>
                    <ChatRow name={instance.name} chat={row} isOpen={row.jid === chat} />
                  </li>
                )
              );
            })}
          </ul>
        )}
      </div>
      {begins && <NewChat name={instance.name} onClose={() => setBegins(false)} />}
    </section>
  );
}

function NoChats({ instance, isFiltered }: { instance: Instance; isFiltered: boolean }) {
  const { t } = useTranslation('conversations');
  if (isFiltered) return <p className={styles.none}>{t('noneFound')}</p>;
  return (
    <EmptyState icon={MessagesSquare} title={t('empty.title')}>
      {t(instance.environment === 'test' ? 'empty.test' : 'empty.text')}
    </EmptyState>
  );
}
