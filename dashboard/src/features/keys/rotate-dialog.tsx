import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiKey } from '../../api/types.ts';
import { Confirm, Field, Select } from '../../ui/index.ts';
import { type Scope, useRotateKey } from './data.ts';

const OVERLAP_HOURS = [0, 1, 24, 72, 168];

interface RotateDialogProps {
  scope: Scope;
  apiKey: ApiKey;
  onClose: () => void;
  onSecret: (secret: string) => void;
}

/** Asks for how long the present secret works on. */
export function RotateDialog({ scope, apiKey: { id, name }, onClose, onSecret }: RotateDialogProps) {
  const { t } = useTranslation('keys');
  const [hours, setHours] = useState(24);
  const rotate = useRotateKey(scope, id);
  return (
    <Confirm
      title={t('rotate.title', { name })}
      action={t('rotate.action')}
      onClose={onClose}
      onConfirm={async () => onSecret((await rotate.mutateAsync({ overlapHours: hours })).key)}
    >
      <div className="stack">
        <p>{t('rotate.text')}</p>
        <Field label={t('rotate.overlap')}>
          <Select value={hours} onChange={(event) => setHours(Number(event.target.value))}>
            {OVERLAP_HOURS.map((value) => (
              <option key={value} value={value}>
                {value === 0 ? t('rotate.atOnce') : t('rotate.hours', { count: value })}
              </option>
            ))}
          </Select>
        </Field>
      </div>
    </Confirm>
  );
}
