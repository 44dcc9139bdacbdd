import { useTranslation } from 'react-i18next';
import { Field, Input, Select } from '../../ui/index.ts';
import type { DeliveryFilter } from './data.ts';
import { EVENT_NAMES } from './events.ts';
import styles from './webhooks.module.css';

interface FiltersProps {
  filter: DeliveryFilter;
  onChange: (filter: DeliveryFilter) => void;
}

/** Days are whole days in UTC, as the API counts them. */
export function Filters({ filter, onChange }: FiltersProps) {
  const { t } = useTranslation('webhooks');
  const set = (name: keyof DeliveryFilter) => (event: { target: { value: string } }) =>
    onChange({ ...filter, [name]: event.target.value || undefined });
  return (
    <div className={styles.filters}>
      <Field label={t('log.status')}>
        <Select value={filter.status ?? ''} onChange={set('status')}>
          <option value="">{t('log.any')}</option>
          {(['pending', 'delivered', 'failed'] as const).map((status) => (
            <option key={status} value={status}>
              {t(`status.${status}`)}
            </option>
          ))}
        </Select>
      </Field>
      <Field label={t('log.event')}>
        <Select value={filter.event ?? ''} onChange={set('event')}>
          <option value="">{t('log.any')}</option>
          {[...EVENT_NAMES, 'webhook.test'].map((name) => (
            <option key={name}>{name}</option>
          ))}
        </Select>
      </Field>
      <Field label={t('log.from')}>
        <Input type="date" value={filter.from ?? ''} max={filter.to} onChange={set('from')} />
      </Field>
      <Field label={t('log.to')}>
        <Input type="date" value={filter.to ?? ''} min={filter.from} onChange={set('to')} />
      </Field>
    </div>
  );
}
