import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../api/types.ts';
import { Button } from '../../ui/index.ts';
import styles from './messages.module.css';
import { keyOf } from './thread.ts';

interface SearchBarProps {
  /** Newest first. */
  messages: readonly Message[];
  /** There are older ones that have not been fetched. */
  hasMore: boolean;
  isLoading: boolean;
  loadOlder: () => Promise<void>;
  onShow: (key: string) => void;
  onEnd: () => void;
}

/** Looks for words in what has been fetched, and fetches more on demand. */
export function SearchBar({ messages, hasMore, isLoading, loadOlder, onShow, onEnd }: SearchBarProps) {
  const { t } = useTranslation('conversations');
  const [words, setWords] = useState('');
  const [position, setPosition] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
  }, []);
  const wanted = words.trim().toLocaleLowerCase();
  const found = wanted
    ? messages.filter(({ text, revokedAt }) => !revokedAt && text?.toLocaleLowerCase().includes(wanted))
    : [];
  const go = (to: number) => {
    const message = found[to];
    if (!message) return;
    setPosition(to);
    onShow(keyOf(message));
  };
  const latest = found[0] && keyOf(found[0]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time that other words are looked for
  useEffect(() => go(0), [wanted, latest]);
  return (
    <search className={styles.searchBar}>
      <input
        ref={input}
        type="search"
        value={words}
        aria-label={t('search.label')}
        placeholder={t('search.label')}
        onChange={(event) => setWords(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? position - 1 : position + 1);
          if (event.key === 'Escape') onEnd();
        }}
      />
      <span role="status">
        {wanted && (found.length > 0 ? t('search.found', { at: position + 1, count: found.length }) : t('search.none'))}
      </span>
      <Button
        kind="quiet"
        size="icon"
        aria-label={t('search.older')}
        disabled={position + 1 >= found.length}
        onClick={() => go(position + 1)}
      >
        <ChevronUp aria-hidden />
      </Button>
      <Button
        kind="quiet"
        size="icon"
        aria-label={t('search.newer')}
        disabled={position === 0}
        onClick={() => go(position - 1)}
      >
        <ChevronDown aria-hidden />
      </Button>
      {hasMore && wanted && (
        <Button size="small" busy={isLoading} onClick={() => void loadOlder()}>
          {t('search.further')}
        </Button>
      )}
      <Button kind="quiet" size="icon" aria-label={t('search.close')} onClick={onEnd}>
        <X aria-hidden />
      </Button>
    </search>
  );
}
