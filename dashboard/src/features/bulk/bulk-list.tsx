import { Plus, Send } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Bulk } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Actions, Button, EmptyState, ErrorBox, LinkButton, Loading } from '../../ui/index.ts';
import { Row, Rows } from '../../ui/rows.tsx';
import { useBulks } from './data.ts';
import { Progress, StatusBadge } from './progress.tsx';

export function BulkList({ name }: { name: string }) {
  const { t } = useTranslation('bulk');
  const bulks = useBulks(name);
  const create = (
    <LinkButton to={`/bulk/${encodeURIComponent(name)}/new`} kind="primary">
      <Plus aria-hidden />
      {t('create.open')}
    </LinkButton>
  );
  return (
    <div className="stack">
      {bulks.isError && <ErrorBox error={bulks.error} onRetry={() => void bulks.refetch()} />}
      {bulks.isPending && <Loading />}
      {bulks.rows?.length === 0 && (
        <EmptyState icon={Send} title={t('none.title')} actions={create}>
          {t('none.text')}
        </EmptyState>
      )}
      {bulks.rows && bulks.rows.length > 0 && (
        <>
          <Actions>{create}</Actions>
          <Rows label={t('tabs.sends')}>
            {bulks.rows.map((bulk) => (
              <BulkRow key={bulk.bulkId} name={name} bulk={bulk} />
            ))}
          </Rows>
          {bulks.hasNextPage && (
            <Actions>
              <Button busy={bulks.isFetchingNextPage} onClick={() => void bulks.fetchNextPage()}>
                {t('more')}
              </Button>
            </Actions>
          )}
        </>
      )}
    </div>
  );
}

function BulkRow({ name, bulk }: { name: string; bulk: Bulk }) {
  const { t } = useTranslation('bulk');
  const format = useFormat();
  const title = titleOf(bulk, t('untitled'));
  return (
    <Row
      title={<Link href={`/bulk/${encodeURIComponent(name)}/sends/${bulk.bulkId}`}>{title}</Link>}
      badge={<StatusBadge status={bulk.status} />}
      actions={<Progress counts={bulk.counts} label={title} />}
    >
      <span>{t(bulk.status === 'SCHEDULED' ? 'begins' : 'begun', { at: format.dateTime(bulk.sendAt) })}</span>
      {bulk.template !== null && <span>{t('ofTemplate', { name: bulk.template })}</span>}
      {bulk.counts.failed > 0 && <span>{t('failedCount', { count: bulk.counts.failed })}</span>}
    </Row>
  );
}

/** Its own, or how its message begins. */
export function titleOf({ title, text }: Pick<Bulk, 'title' | 'text'>, untitled: string): string {
  if (title !== null) return title;
  if (!text) return untitled;
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
