import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Instance, Message } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Button, Confirm, toast } from '../../ui/index.ts';
import { useMessageActs } from './acts.ts';
import { Bubble, OutgoingBubble } from './bubble.tsx';
import styles from './messages.module.css';
import { authorOf, useTypeName } from './names.ts';
import { forget, type Outgoing, useOutbox } from './outbox.ts';
import { SearchBar } from './search-bar.tsx';
import { dayOf, keyOf, type Row, rowsOf, type Thread } from './thread.ts';

const ROW_PX = 64;
const DAY_MS = 86_400_000;
/** So near to the top older messages are fetched. */
const NEAR = 8;
const END_PX = 80;
/** How many pages are gone through for a quoted message. */
const MAX_PAGES = 20;

interface MessageListProps {
  instance: Instance;
  jid: string;
  isGroup: boolean;
  thread: Thread;
  isLoadingOlder: boolean;
  loadOlder: () => Promise<void>;
  present: () => Thread | undefined;
  searches: boolean;
  onSearchEnd: () => void;
  onReply: (message: Message) => void;
}

type Shown = Row | { kind: 'outgoing'; key: string; item: Outgoing };

/** The messages of a chat, however many: only those in sight are in the page, older ones come as one scrolls up. */
export function MessageList(props: MessageListProps) {
  const { instance, jid, isGroup, thread, isLoadingOlder, loadOlder, present, searches, onSearchEnd, onReply } = props;
  const { t } = useTranslation('conversations');
  const acts = useMessageActs(instance.name);
  const [marked, setMarked] = useState<string>();
  const [takesBack, setTakesBack] = useState<Message>();
  const outbox = useOutbox();
  const { messages, cursor } = thread;
  const outgoing = useMemo(
    () => outbox.filter((item) => item.instance === instance.name && item.chat === jid),
    [outbox, instance.name, jid],
  );
  const known = useMemo(() => new Map(messages.map((message) => [message.messageId, message])), [messages]);
  const rows = useMemo<Shown[]>(
    () => [
      ...rowsOf(messages),
      ...outgoing
        .filter(({ messageId }) => !messageId || !known.has(messageId))
        .map((item) => ({ kind: 'outgoing' as const, key: item.id, item })),
    ],
    [messages, outgoing, known],
  );
  useEffect(() => {
    forget(new Set(outgoing.filter(({ messageId }) => messageId && known.has(messageId)).map(({ id }) => id)));
  }, [outgoing, known]);

  const scroller = useRef<HTMLElement>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  /** The list has come to its end: the rows at its top are not what is in sight, and what is put before them moves nothing. */
  const [hasArrived, setArrived] = useState(false);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 8,
    getItemKey: (index) => rows[index]?.key ?? index,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: END_PX,
    paddingStart: 12,
    paddingEnd: 12,
    onChange: (list) => {
      const isThere = list.isAtEnd(END_PX);
      setAtEnd(isThere);
      if (hasBegun.current && (isThere || (list.scrollOffset ?? 0) > 0)) setArrived(true);
    },
  });
  const hasBegun = useRef(false);
  useEffect(() => {
    if (hasBegun.current || rows.length === 0) return;
    hasBegun.current = true;
    virtual.scrollToEnd({ behavior: 'auto' });
    if (virtual.isAtEnd(END_PX)) setArrived(true);
  }, [rows.length, virtual]);
  const firstShown = virtual.range?.startIndex ?? 0;
  useEffect(() => {
    if (hasArrived && cursor !== null && firstShown < NEAR && !isLoadingOlder) void loadOlder().catch(() => undefined);
  }, [hasArrived, firstShown, cursor, isLoadingOlder, loadOlder]);

  const show = useCallback(
    (key: string) => {
      const index = rows.findIndex((row) => row.key === key);
      if (index < 0) return;
      setMarked(key);
      virtual.scrollToIndex(index, { align: 'center' });
    },
    [rows, virtual],
  );
  /** What is looked for may have to be fetched first: it is shown once it is among the rows. */
  const [sought, setSought] = useState<string>();
  useEffect(() => {
    if (sought === undefined || !known.has(sought)) return;
    setSought(undefined);
    show(keyOf(known.get(sought) as Message));
  }, [sought, known, show]);
  const jump = useCallback(
    async (messageId: string) => {
      setSought(messageId);
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const there = present();
        if (there?.messages.some((message) => message.messageId === messageId)) return;
        if (!there || there.cursor === null) break;
        await loadOlder();
      }
      setSought(undefined);
      toast(t('quotedGone'), 'danger');
    },
    [present, loadOlder, t],
  );

  const newest = messages[0];
  return (
    <>
      {searches && (
        <SearchBar
          messages={messages}
          hasMore={cursor !== null}
          isLoading={isLoadingOlder}
          loadOlder={loadOlder}
          onShow={show}
          onEnd={onSearchEnd}
        />
      )}
      <div className={styles.frame}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard */}
        <section ref={scroller} className={styles.scroller} tabIndex={0} aria-label={t('messages')}>
          {rows.length === 0 && <p className={styles.none}>{t('noMessages')}</p>}
          <ol style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ key, index, start }) => {
              const row = rows[index];
              if (!row) return null;
              return (
                <li
                  key={key}
                  ref={virtual.measureElement}
                  data-index={index}
                  className={row.key === marked ? styles.marked : undefined}
                  style={{ transform: `translateY(${start}px)` }}
                >
                  {row.kind === 'day' && <Day at={row.at} />}
                  {row.kind === 'outgoing' && <OutgoingBubble item={row.item} />}
                  {row.kind === 'message' && (
                    <Bubble
                      name={instance.name}
                      message={row.message}
                      isFirst={row.isFirst}
                      showsAuthor={isGroup && row.isFirst}
                      quoted={row.message.quoted ? known.get(row.message.quoted.messageId) : undefined}
                      acts={acts}
                      onReply={onReply}
                      onJump={jump}
                      onTakeBack={setTakesBack}
                    />
                  )}
                </li>
              );
            })}
          </ol>
        </section>
        {isLoadingOlder && (
          <p className={styles.older} role="status">
            {t('loadingOlder')}
          </p>
        )}
        {!isAtEnd && rows.length > 0 && (
          <div className={styles.down}>
            <Button size="icon" aria-label={t('toEnd')} onClick={() => virtual.scrollToEnd({ behavior: 'auto' })}>
              <ArrowDown aria-hidden />
            </Button>
          </div>
        )}
      </div>
      <Spoken message={newest} />
      {takesBack && (
        <Confirm
          title={t('takeBack.title')}
          action={t('takeBack.action')}
          danger
          onConfirm={() => acts.takeBack(takesBack)}
          onClose={() => setTakesBack(undefined)}
        >
          {t('takeBack.text')}
        </Confirm>
      )}
    </>
  );
}

/** Says what comes in to those who do not see it; what was there already is not said. */
function Spoken({ message }: { message: Message | undefined }) {
  const typeName = useTypeName();
  const first = useRef(message?.messageId);
  const isNew = message?.direction === 'received' && message.messageId !== first.current;
  return (
    <p className="visually-hidden" role="status">
      {isNew && `${authorOf(message)}: ${message.text ?? typeName(message.type)}`}
    </p>
  );
}

function Day({ at }: { at: string }) {
  const { t } = useTranslation('conversations');
  const format = useFormat();
  const day = dayOf(at);
  const name =
    day === dayOf(Date.now()) ? t('today') : day === dayOf(Date.now() - DAY_MS) ? t('yesterday') : format.date(at);
  return <p className={styles.day}>{name}</p>;
}
