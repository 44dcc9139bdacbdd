import { ChartLine, Download } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { csvOf } from '../../../../lib/core/model/csv.ts';
import { useUser } from '../../api/session.ts';
import type { Stats } from '../../api/types.ts';
import { download } from '../../ui/download.ts';
import { Button, ErrorBox, Field, Loading, NoInstance, Page, Select } from '../../ui/index.ts';
import { useInstances } from '../instances/data.ts';
import { addedUp, type Day, PERIODS, type Period, ratesOf, useAllStats, useInstanceStats } from './data.ts';
import { Report } from './report.tsx';
import styles from './statistics.module.css';

/** In the choice of an instance: none can be called so. */
const ALL = '*';

/** What was sent and received over time, of one instance or of all that the user may reach. */
export default function StatisticsPage() {
  const { t } = useTranslation('statistics');
  const user = useUser();
  const [period, setPeriod] = useState<Period>('30days');
  const [name, setName] = useState(ALL);
  const instances = useInstances();
  const names = instances.data?.map((instance) => instance.name) ?? [];
  const wanted = name === ALL ? names : [name];
  const reports = useInstanceStats(wanted, period);
  const isWhole = name === ALL && user.role === 'ADMINISTRATOR';
  const whole = useAllStats(period, isWhole);
  const failed = [instances, whole, ...reports].find((query) => query.isError);
  const isReady = instances.data && reports.every((report) => report.data) && (!isWhole || whole.data);
  const found = reports.map(({ data }) => data).filter((data) => data !== undefined);
  const days = isWhole && whole.data ? whole.data.daily : addedUp(found);
  const exported = () => download(`statistics-${name === ALL ? 'all' : name}-${period}.csv`, csvFor(wanted, found));
  return (
    <Page
      title={t('title')}
      lead={t('lead')}
      actions={
        isReady && names.length > 0 ? (
          <Button onClick={exported}>
            <Download aria-hidden />
            {t('export')}
          </Button>
        ) : undefined
      }
    >
      {failed && (
        <ErrorBox
          error={failed.error}
          onRetry={() =>
            void Promise.all([instances, whole, ...reports].map((query) => query.isError && query.refetch()))
          }
        />
      )}
      {instances.data?.length === 0 && !isWhole && <NoInstance icon={ChartLine}>{t('noInstance')}</NoInstance>}
      {instances.data && (names.length > 0 || isWhole) && (
        <div className={styles.choice}>
          <Field label={t('instance')}>
            <Select value={name} onChange={(event) => setName(event.target.value)}>
              <option value={ALL}>{t('all')}</option>
              {names.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </Select>
          </Field>
          <Field label={t('period')}>
            <Select value={period} onChange={(event) => setPeriod(event.target.value as Period)}>
              {PERIODS.map((one) => (
                <option key={one} value={one}>
                  {t(`periods.${one}`)}
                </option>
              ))}
            </Select>
          </Field>
        </div>
      )}
      {!isReady && !failed && <Loading />}
      {isReady && (names.length > 0 || isWhole) && (
        <Report days={days} instances={name === ALL ? rowsOf(wanted, found) : []} />
      )}
    </Page>
  );
}

function rowsOf(names: readonly string[], reports: readonly Stats[]): { name: string; days: Day[] }[] {
  return names.map((name, index) => ({ name, days: reports[index]?.daily ?? [] }));
}

const COLUMNS = [
  ...(['date', 'instance', 'sent', 'received', 'failed', 'delivered', 'read'] as const),
  ...(['failureRate', 'deliveryRate', 'readRate'] as const),
];

/** A line for every instance and day, with the API's own names: for programs as for people. Rates are parts of 1. */
function csvFor(names: readonly string[], reports: readonly Stats[]): string {
  const rounded = (rate: number | null) => (rate === null ? null : Number(rate.toFixed(4)));
  const rows = rowsOf(names, reports).flatMap(({ name, days }) =>
    days.map((day) => {
      const rates = ratesOf(day);
      return {
        ...{ ...day, instance: name, failureRate: rounded(rates.failed) },
        ...{ deliveryRate: rounded(rates.delivered), readRate: rounded(rates.read) },
      };
    }),
  );
  return csvOf(COLUMNS, rows);
}
