import { ScrollText } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AuditEntry } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import {
  Button,
  Card,
  CodeBlock,
  Dialog,
  DialogActions,
  EmptyState,
  ErrorBox,
  Facts,
  Field,
  Input,
  Loading,
  Select,
} from '../../ui/index.ts';
import { type Column, Table } from '../../ui/table.tsx';
import styles from './admin.module.css';
import { type AuditFilter, useAuditLog, useUsers } from './data.ts';

type Action = AuditEntry['action'];

/** In the order in which people look for them; complete, or it does not compile. */
const ACTIONS: Record<Action, true> = {
  REGISTER: true,
  CHANGE_PASSWORD: true,
  UPDATE_PROFILE: true,
  CREATE_USER: true,
  UPDATE_USER: true,
  DELETE_USER: true,
  UPDATE_SUBSCRIPTION: true,
  CREATE_INSTANCE: true,
  UPDATE_INSTANCE: true,
  DELETE_INSTANCE: true,
  RESTART_INSTANCE: true,
  LOGOUT_INSTANCE: true,
  DISCONNECT_INSTANCE: true,
  CREATE_API_KEY: true,
  UPDATE_API_KEY: true,
  ROTATE_API_KEY: true,
  REVOKE_API_KEY: true,
  CREATE_WEBHOOK: true,
  UPDATE_WEBHOOK: true,
  DELETE_WEBHOOK: true,
  CREATE_TEMPLATE: true,
  UPDATE_TEMPLATE: true,
  DELETE_TEMPLATE: true,
  RESTART_RUNNERS: true,
  STOP_RUNNERS: true,
};

/** Who changed what, newest first. */
export function AuditTab() {
  const { t } = useTranslation('admin');
  const [filter, setFilter] = useState<AuditFilter>({});
  const [openId, setOpenId] = useState<string>();
  const log = useAuditLog(filter);
  const rows = log.data?.pages.flatMap(({ data }) => data.logs) ?? [];
  const open = rows.find(({ id }) => id === openId);
  return (
    <Card title={t('tabs.audit')}>
      <Filters filter={filter} onChange={setFilter} />
      {log.isError && <ErrorBox error={log.error} onRetry={() => void log.refetch()} />}
      {log.isPending && <Loading />}
      {log.data && rows.length === 0 && <EmptyState icon={ScrollText} title={t('audit.none')} />}
      {rows.length > 0 && (
        <AuditTable
          rows={rows}
          onOpen={setOpenId}
          onEnd={() => {
            if (log.hasNextPage && !log.isFetchingNextPage) void log.fetchNextPage();
          }}
        />
      )}
      {open && <EntryDialog entry={open} onClose={() => setOpenId(undefined)} />}
    </Card>
  );
}

function Filters({ filter, onChange }: { filter: AuditFilter; onChange: (filter: AuditFilter) => void }) {
  const { t } = useTranslation('admin');
  const users = useUsers();
  const set = (name: keyof AuditFilter) => (event: { target: { value: string } }) =>
    onChange({ ...filter, [name]: event.target.value || undefined });
  return (
    <div className={styles.filters}>
      <Field label={t('audit.action')}>
        <Select value={filter.action ?? ''} onChange={set('action')}>
          <option value="">{t('audit.any')}</option>
          {(Object.keys(ACTIONS) as Action[]).map((action) => (
            <option key={action} value={action}>
              {t(`actions.${action}`)}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={t('audit.who')}>
        <Select value={filter.user_id ?? ''} onChange={set('user_id')}>
          <option value="">{t('audit.any')}</option>
          {users.data?.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={t('audit.from')}>
        <Input type="date" value={filter.from ?? ''} max={filter.to} onChange={set('from')} />
      </Field>
      <Field label={t('audit.to')}>
        <Input type="date" value={filter.to ?? ''} min={filter.from} onChange={set('to')} />
      </Field>
    </div>
  );
}

interface AuditTableProps {
  rows: readonly AuditEntry[];
  onOpen: (id: string) => void;
  onEnd: () => void;
}

function AuditTable({ rows, onOpen, onEnd }: AuditTableProps) {
  const { t } = useTranslation('admin');
  const format = useFormat();
  const columns: Column<AuditEntry>[] = [
    { id: 'at', header: t('audit.when'), width: '190px', cell: ({ timestamp }) => format.dateTime(timestamp) },
    { id: 'who', header: t('audit.who'), width: 'minmax(140px, 1.2fr)', cell: ({ actor }) => actor.name },
    {
      id: 'did',
      header: t('audit.action'),
      width: 'minmax(170px, 1.4fr)',
      cell: ({ action }) => t(`actions.${action}`),
    },
    { id: 'what', header: t('audit.what'), width: 'minmax(140px, 1.4fr)', cell: ({ target }) => target.name },
    { id: 'from', header: t('audit.address'), width: '130px', cell: ({ address }) => address ?? '–' },
    {
      id: 'open',
      header: <span className="visually-hidden">{t('audit.details')}</span>,
      width: '110px',
      cell: ({ id, action, target }) => (
        <Button
          size="small"
          aria-label={t('audit.detailsOf', { action: t(`actions.${action}`), name: target.name })}
          onClick={() => onOpen(id)}
        >
          {t('audit.details')}
        </Button>
      ),
    },
  ];
  return <Table label={t('audit.entries')} columns={columns} rows={rows} keyOf={({ id }) => id} onEnd={onEnd} />;
}

function EntryDialog({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { t } = useTranslation('admin');
  const format = useFormat();
  const { action, timestamp, actor, target, address, userAgent, before, after } = entry;
  return (
    <Dialog title={t(`actions.${action}`)} onClose={onClose}>
      <Facts
        items={[
          [t('audit.when'), format.dateTime(timestamp)],
          [t('audit.who'), `${actor.name} (${t(`kinds.${actor.kind as 'user'}`)})`],
          [t('audit.what'), `${target.name} (${t(`kinds.${target.kind as 'user'}`)})`],
          [t('audit.address'), address ?? '–'],
          [t('audit.program'), userAgent ?? '–'],
        ]}
      />
      {before && <Fields title={t('audit.before')} fields={before} />}
      {after && <Fields title={t('audit.after')} fields={after} />}
      <DialogActions>
        <Button onClick={onClose}>{t('close')}</Button>
      </DialogActions>
    </Dialog>
  );
}

function Fields({ title, fields }: { title: string; fields: object }) {
  return (
    <div>
      <h3>{title}</h3>
      <CodeBlock label={title} code={JSON.stringify(fields, null, 2)} />
    </div>
  );
}
