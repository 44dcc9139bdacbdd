import { ChevronRight, ExternalLink } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CodeBlock, ErrorBox, Field, Input, Loading, Page } from '../../ui/index.ts';
import { commandOf, type Group, type Operation, useReference } from './openapi.ts';
import styles from './reference.module.css';

/** Every operation of the API, to search and to copy; the whole document with its schemas is one link away. */
export default function ReferencePage() {
  const { t } = useTranslation('reference');
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text);
  const reference = useReference();
  const found = reference.data && matching(reference.data, wanted);
  const count = found?.reduce((sum, { operations }) => sum + operations.length, 0);
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        <a href="/api/docs" target="_blank" rel="noreferrer">
          {t('whole')} <ExternalLink size={14} aria-hidden />
        </a>
      }
    >
      <div className={styles.search}>
        <Field label={t('search')}>
          <Input
            type="search"
            value={text}
            placeholder={t('example')}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
      </div>
      {reference.isError && <ErrorBox error={reference.error} onRetry={() => void reference.refetch()} />}
      {reference.isPending && <Loading />}
      {count !== undefined && <p role="status">{t('found', { count })}</p>}
      {found?.map(({ tag, operations }) => (
        <Section key={tag} tag={tag} operations={operations} isSearching={wanted.trim() !== ''} />
      ))}
    </Page>
  );
}

/** The operations of a tag: folded until somebody wants them, or searches. */
function Section({ tag, operations, isSearching }: Group & { isSearching: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const shows = isOpen || isSearching;
  return (
    <section className={styles.group}>
      <h2>
        <button type="button" aria-expanded={shows} onClick={() => setOpen(!isOpen)}>
          <ChevronRight aria-hidden />
          {tag}
          <span>{operations.length}</span>
        </button>
      </h2>
      {shows && operations.map((operation) => <Entry key={operation.id} operation={operation} />)}
    </section>
  );
}

function Entry({ operation }: { operation: Operation }) {
  const [isOpen, setOpen] = useState(false);
  const { method, path, summary } = operation;
  return (
    <details className={styles.operation} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={styles.method} data-method={method}>
          {method}
        </span>
        <code>{path}</code>
        <span>{summary}</span>
      </summary>
      {isOpen && <Details operation={operation} />}
    </details>
  );
}

function Details({ operation }: { operation: Operation }) {
  const { t } = useTranslation('reference');
  const { description, parameters, answer } = operation;
  return (
    <div className={styles.details}>
      {description && <p>{description}</p>}
      {parameters.length > 0 && (
        <dl className={styles.parameters}>
          {parameters.map(({ name, in: place, description: meaning, required }) => (
            <div key={`${place} ${name}`}>
              <dt>
                <code>{name}</code> {required && t('required')}
              </dt>
              {meaning && <dd>{meaning}</dd>}
            </div>
          ))}
        </dl>
      )}
      <CodeBlock code={commandOf(operation)} label={t('request')} />
      {answer?.example !== undefined && (
        <>
          <h3>{t('answer', { status: answer.status })}</h3>
          <CodeBlock code={JSON.stringify(answer.example, null, 2)} label={t('answer', { status: answer.status })} />
        </>
      )}
    </div>
  );
}

/** The operations whose path or summary has every word. */
function matching(groups: Group[], text: string): Group[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (tag: string, { method, path, summary }: Operation) => {
    const said = `${tag} ${method} ${path} ${summary}`.toLowerCase();
    return words.every((word) => said.includes(word));
  };
  return groups
    .map(({ tag, operations }) => ({ tag, operations: operations.filter((operation) => fits(tag, operation)) }))
    .filter(({ operations }) => operations.length > 0);
}
