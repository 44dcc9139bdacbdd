import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/format.ts';
import { Card, Facts, Loading } from '../../ui/index.ts';
import { type Column, Table } from '../../ui/table.tsx';
import { type Counts, type Day, ratesOf, sumOf } from './data.ts';
import styles from './statistics.module.css';

const Chart = lazy(async () => ({ default: (await import('../../ui/chart.tsx')).Chart }));

interface ReportProps {
  /** Oldest first. */
  days: readonly Day[];
  /** To compare; none: there is but one. */
  instances: readonly { name: string; days: readonly Day[] }[];
}

interface Line extends Counts {
  name: string;
}

export function Report({ days, instances }: ReportProps) {
  const { t } = useTranslation('statistics');
  const format = useFormat();
  const sum = sumOf(days);
  const percent = (rate: number | null) => (rate === null ? '–' : format.percent(rate));
  const rates = ratesOf(sum);
  const measures: Column<Line>[] = [
    ...(['sent', 'received', 'failed', 'delivered', 'read'] as const).map((measure) => ({
      id: measure,
      header: t(measure),
      isNumber: true,
      width: 'minmax(86px, 1fr)',
      cell: (row: Line) => format.number(row[measure]),
    })),
    ...(['delivered', 'read', 'failed'] as const).map((rate) => ({
      id: `${rate}Rate`,
      header: t(`rates.${rate}`),
      isNumber: true,
      width: 'minmax(90px, 1fr)',
      cell: (row: Line) => percent(ratesOf(row)[rate]),
    })),
  ];
  return (
    <div className="stack">
      <dl className={styles.tiles}>
        {(
          [
            [
              'sent',
              format.number(sum.sent),
              t('perDay', { rate: format.number(Math.round((sum.sent / Math.max(1, days.length)) * 10) / 10) }),
            ],
            ['received', format.number(sum.received), t('autoReplies', { count: sum.autoReplies })],
            ['failed', format.number(sum.failed), `${t('rates.failed')}: ${percent(rates.failed)}`],
          ] as const
        ).map(([name, value, more]) => (
          <div key={name} data-measure={name}>
            <dt>{t(name)}</dt>
            <dd>{value}</dd>
            <dd>{more}</dd>
          </div>
        ))}
        {(['delivered', 'read'] as const).map((name) => (
          <div key={name} data-measure={name}>
            <dt>{t(`rates.${name}`)}</dt>
            <dd>{percent(rates[name])}</dd>
            <dd>
              {format.number(sum[name])} / {format.number(sum.sent)}
            </dd>
          </div>
        ))}
      </dl>
      <Charts days={days} />
      {instances.length > 1 && (
        <Card title={t('byInstance')}>
          <Table
            label={t('tables.instances')}
            columns={[
              { id: 'name', header: t('instance'), width: 'minmax(120px, 2fr)', cell: ({ name }) => name },
              ...measures,
            ]}
            rows={instances.map(({ name, days: own }) => ({ name, ...sumOf(own) }))}
            keyOf={({ name }) => name}
          />
        </Card>
      )}
      <Card title={t('byDay')}>
        <Table
          label={t('tables.days')}
          columns={[
            { id: 'name', header: t('day'), width: 'minmax(126px, 1.3fr)', cell: ({ name }) => format.date(name) },
            ...measures,
          ]}
          rows={days.map(({ date, ...counts }) => ({ name: date, ...counts })).reverse()}
          keyOf={({ name }) => name}
        />
      </Card>
      <Card title={t('words.title')}>
        <Facts
          items={[
            [t('rates.delivered'), t('words.delivered')],
            [t('rates.read'), t('words.read')],
            [t('rates.failed'), t('words.failed')],
            [t('day'), t('words.day')],
          ]}
        />
      </Card>
    </div>
  );
}

function Charts({ days }: { days: readonly Day[] }) {
  const { t } = useTranslation('statistics');
  const times = useMemo(() => days.map(({ date }) => date), [days]);
  const traffic = useMemo(
    () =>
      [
        { label: t('sent'), color: '--accent', values: days.map(({ sent }) => sent) },
        { label: t('received'), color: '--info', values: days.map(({ received }) => received) },
        { label: t('failed'), color: '--danger', values: days.map(({ failed }) => failed) },
      ] as const,
    [days, t],
  );
  const rates = useMemo(
    () =>
      [
        {
          label: t('rates.delivered'),
          color: '--accent',
          values: days.map((day) => percentOf(ratesOf(day).delivered)),
          total: percentOf(ratesOf(sumOf(days)).delivered),
        },
        {
          label: t('rates.read'),
          color: '--info',
          values: days.map((day) => percentOf(ratesOf(day).read)),
          total: percentOf(ratesOf(sumOf(days)).read),
        },
      ] as const,
    [days, t],
  );
  return (
    <>
      <Card title={t('traffic')}>
        <Suspense fallback={<Loading />}>
          <Chart label={t('traffic')} times={times} series={traffic} />
        </Suspense>
      </Card>
      <Card title={t('rates.title')}>
        <Suspense fallback={<Loading />}>
          <Chart label={t('rates.title')} times={times} series={rates} format={percentText} />
        </Suspense>
      </Card>
    </>
  );
}

function percentOf(rate: number | null): number | null {
  return rate === null ? null : Math.round(rate * 1_000) / 10;
}

function percentText(value: number): string {
  return `${value} %`;
}
