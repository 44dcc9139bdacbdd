import { Inbox, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Delivery, Webhook } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Actions, Badge, Button, Card, Confirm, EmptyState, ErrorBox, Loading, toast } from '../../ui/index.ts';
import { type Column, Table } from '../../ui/table.tsx';
import { useClearLog, useReplayMany } from './actions.ts';
import { type DeliveryFilter, useDeliveries } from './data.ts';
import { DeliveryDialog } from './delivery-dialog.tsx';
import { Filters } from './delivery-filters.tsx';
import { lastFault, reasonOf } from './reason.tsx';
import { ReplayRange } from './replay-range.tsx';
import { StatsStrip } from './stats-strip.tsx';
import styles from './webhooks.module.css';

const TONES = { pending: 'info', delivered: 'good', failed: 'danger' } as const;

/** The log, with what can be sent again. */
export function DeliveriesTab({ webhook }: { webhook: Webhook }) {
  const { t } = useTranslation('webhooks');
  const [filter, setFilter] = useState<DeliveryFilter>({});
  const [asks, setAsks] = useState<'failed' | 'range' | 'clear'>();
  const [openId, setOpenId] = useState<string>();
  const deliveries = useDeliveries(webhook.id, filter);
  const replayMany = useReplayMany(webhook.id);
  const clear = useClearLog(webhook.id);
  const rows = deliveries.data?.pages.flatMap(({ data }) => data.deliveries) ?? [];
  const open = rows.find(({ id }) => id === openId);
  const close = () => setAsks(undefined);
  return (
    <div className="stack">
      <StatsStrip id={webhook.id} />
      <Card
        title={t('log.title')}
        actions={
          <>
            <Button size="small" onClick={() => setAsks('failed')}>
              <RotateCw aria-hidden />
              {t('replay.failed')}
            </Button>
            <Button size="small" onClick={() => setAsks('range')}>
              {t('replay.range')}
            </Button>
          </>
        }
      >
        <Filters filter={filter} onChange={setFilter} />
        {deliveries.isError && <ErrorBox error={deliveries.error} onRetry={() => void deliveries.refetch()} />}
        {deliveries.isPending && <Loading />}
        {deliveries.data && rows.length === 0 && (
          <EmptyState icon={Inbox} title={t('log.none')}>
            {t('log.noneText')}
          </EmptyState>
        )}
        {rows.length > 0 && (
          <>
            <DeliveryTable
              rows={rows}
              onOpen={setOpenId}
              onEnd={() => {
                if (deliveries.hasNextPage && !deliveries.isFetchingNextPage) void deliveries.fetchNextPage();
              }}
            />
            <Actions>
              <Button size="small" kind="danger" onClick={() => setAsks('clear')}>
                {t('log.clear')}
              </Button>
            </Actions>
          </>
        )}
      </Card>
      {open && <DeliveryDialog webhook={webhook} delivery={open} onClose={() => setOpenId(undefined)} />}
      {asks === 'failed' && (
        <Confirm
          title={t('replay.failedTitle')}
          action={t('replay.action')}
          onClose={close}
          onConfirm={async () => {
            await replayMany.mutateAsync({ failed: true });
            toast(t('replay.begun'));
          }}
        >
          {t('replay.failedText')}
        </Confirm>
      )}
      {asks === 'range' && <ReplayRange id={webhook.id} onClose={close} />}
      {asks === 'clear' && (
        <Confirm
          title={t('log.clearTitle')}
          action={t('log.clear')}
          danger
          onClose={close}
          onConfirm={async () => {
            await clear.mutateAsync();
            toast(t('log.cleared'));
          }}
        >
          {t('log.clearText')}
        </Confirm>
      )}
    </div>
  );
}

interface DeliveryTableProps {
  rows: readonly Delivery[];
  onOpen: (id: string) => void;
  onEnd: () => void;
}

function DeliveryTable({ rows, onOpen, onEnd }: DeliveryTableProps) {
  const { t } = useTranslation('webhooks');
  const format = useFormat();
  const columns: Column<Delivery>[] = [
    {
      id: 'status',
      header: t('log.status'),
      width: '130px',
      cell: ({ status }) => (
        <Badge tone={TONES[status]} busy={status === 'pending'}>
          {t(`status.${status}`)}
        </Badge>
      ),
    },
    { id: 'event', header: t('log.event'), width: 'minmax(200px, 1.2fr)', cell: ({ event }) => <code>{event}</code> },
    { id: 'at', header: t('log.at'), width: '215px', cell: ({ timestamp }) => format.dateTime(timestamp) },
    { id: 'tries', header: t('log.tries'), width: '80px', isNumber: true, cell: ({ tries }) => format.number(tries) },
    { id: 'why', header: t('log.answer'), width: 'minmax(170px, 2fr)', cell: (row) => <Answer delivery={row} /> },
    {
      id: 'open',
      header: <span className="visually-hidden">{t('log.details')}</span>,
      width: '110px',
      cell: ({ id, event, status }) => (
        <Button
          size="small"
          aria-label={t('log.detailsOf', { event, status: t(`status.${status}`) })}
          onClick={() => onOpen(id)}
        >
          {t('log.details')}
        </Button>
      ),
    },
  ];
  return <Table label={t('tabs.deliveries')} columns={columns} rows={rows} keyOf={({ id }) => id} onEnd={onEnd} />;
}

/** The last answer, or why there is none, or when the next attempt is. */
function Answer({ delivery }: { delivery: Delivery }) {
  const { t } = useTranslation('webhooks');
  const format = useFormat();
  const fault = lastFault(delivery);
  const reason = reasonOf(fault);
  const last = delivery.attempts.at(-1);
  const next = (at: string) => (Date.parse(at) <= Date.now() ? t('log.due') : t('log.next', { at: format.ago(at) }));
  if (!reason && delivery.status === 'pending' && delivery.nextAttemptAt) {
    return <span className={styles.why}>{next(delivery.nextAttemptAt)}</span>;
  }
  if (!reason) return last?.status ? `${last.status} · ${format.number(last.durationMs)} ms` : '–';
  const why = reason === 'other' ? fault.error : t(`reasons.${reason}`, { status: fault.status ?? 0 });
  return (
    <span className={styles.why}>
      {why}
      {delivery.nextAttemptAt && ` ${next(delivery.nextAttemptAt)}`}
    </span>
  );
}
