import { useTranslation } from 'react-i18next';
import type { InstanceStatus } from '../../api/types.ts';
import { Badge, type Tone } from '../../ui/index.ts';

const TONES: Record<InstanceStatus, Tone | 'neutral'> = {
  DISCONNECTED: 'neutral',
  CONNECTING: 'warn',
  WAITING_FOR_SCAN: 'warn',
  CONNECTED: 'good',
  RECONNECTING: 'warn',
  LOGGED_OUT: 'danger',
  CONFLICT: 'danger',
  BANNED: 'danger',
  ERROR: 'danger',
};
const ON_ITS_WAY: ReadonlySet<InstanceStatus> = new Set(['CONNECTING', 'RECONNECTING', 'WAITING_FOR_SCAN']);
const UNLINKED: ReadonlySet<InstanceStatus> = new Set(['DISCONNECTED', 'WAITING_FOR_SCAN', 'LOGGED_OUT']);

export function StatusBadge({ status }: { status: InstanceStatus }) {
  const { t } = useTranslation('instances');
  return (
    <Badge tone={TONES[status]} busy={ON_ITS_WAY.has(status)}>
      {t(`status.${status}`)}
    </Badge>
  );
}

/** A phone has to be linked before anything can happen here. */
export function needsLinking({ status, phone }: { status: InstanceStatus; phone: string | null }): boolean {
  return status === 'LOGGED_OUT' || status === 'WAITING_FOR_SCAN' || (phone === null && UNLINKED.has(status));
}
