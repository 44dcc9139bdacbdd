import { Phone, UserRound } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Dashboard, Instance } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { LinkButton, Sparkline, Tag } from '../../ui/index.ts';
import styles from './board.module.css';
import { useWeek } from './data.ts';
import { InstanceMenu } from './instance-menu.tsx';
import { needsLinking, StatusBadge } from './status.tsx';

interface InstanceCardProps {
  instance: Instance;
  /** Not there while it is still being asked for. */
  overview: Dashboard['instances'][number] | undefined;
}

export function InstanceCard({ instance, overview }: InstanceCardProps) {
  const { t } = useTranslation('instances');
  const format = useFormat();
  const { name, status, phone, displayName, environment } = instance;
  const today = overview?.todayStats;
  return (
    <article className={styles.card} aria-label={name}>
      <div className={styles.head}>
        <div>
          <Link href={`/instances/${name}`} className={styles.name}>
            {name}
          </Link>
          <div className={styles.badges}>
            <StatusBadge status={status} />
            {environment === 'test' && <Tag>{t('test')}</Tag>}
          </div>
        </div>
        <InstanceMenu instance={instance} />
      </div>
      <dl className={styles.who}>
        <dt>
          <Phone aria-hidden />
          <span className="visually-hidden">{t('phone')}</span>
        </dt>
        <dd>{phone ? [phone, displayName].filter(Boolean).join(' · ') : t('noPhone')}</dd>
        <dt>
          <UserRound aria-hidden />
          <span className="visually-hidden">{t('owner')}</span>
        </dt>
        <dd>{overview?.owner ?? '–'}</dd>
      </dl>
      {needsLinking(instance) ? (
        <LinkButton to={`/instances/${name}/link`} kind="primary" wide>
          {t('link.open')}
        </LinkButton>
      ) : (
        <>
          <dl className={styles.counts}>
            <div>
              <dt>{t('todays.sent')}</dt>
              <dd>{today ? format.number(today.sent) : '–'}</dd>
            </div>
            <div>
              <dt>{t('todays.received')}</dt>
              <dd>{today ? format.number(today.received) : '–'}</dd>
            </div>
            <div>
              <dt>{t('todays.failed')}</dt>
              <dd className={today && today.failed > 0 ? styles.failed : undefined}>
                {today ? format.number(today.failed) : '–'}
              </dd>
            </div>
          </dl>
          <Week name={name} />
        </>
      )}
    </article>
  );
}

/** Sent and received of the last seven days. */
function Week({ name }: { name: string }) {
  const { t } = useTranslation('instances');
  const week = useWeek(name);
  const values = week.data?.daily.map(({ sent, received }) => sent + received);
  return (
    <figure className={styles.week}>
      {values && <Sparkline values={values} label={t('week.label', { values: values.join(', ') })} />}
      <figcaption>{t('week.caption')}</figcaption>
    </figure>
  );
}
