import { Ban, Pencil, RotateCw } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiKey } from '../../api/types.ts';
import { useFormat } from '../../i18n/format.ts';
import { Badge, Confirm, toast } from '../../ui/index.ts';
import { Menu } from '../../ui/menu.tsx';
import { Row } from '../../ui/rows.tsx';
import { type Scope, useRevokeKey } from './data.ts';
import { KeyDialog } from './key-dialog.tsx';
import { presetOf } from './permissions.ts';
import { RotateDialog } from './rotate-dialog.tsx';

interface KeyRowProps {
  apiKey: ApiKey;
  scope: Scope;
  /** Of a rotation. */
  onSecret: (secret: string) => void;
}

export function KeyRow({ apiKey, scope, onSecret }: KeyRowProps) {
  const { t } = useTranslation('keys');
  const format = useFormat();
  const [asks, setAsks] = useState<'edit' | 'rotate' | 'revoke'>();
  const { id, name, hint, permissions, rateLimit, ipAllowList, expiresAt, revokedAt, lastUsedAt, previous } = apiKey;
  const revoke = useRevokeKey(scope, id);
  const preset = presetOf(permissions);
  const close = () => setAsks(undefined);
  const hasOverlap = previous !== null && Date.parse(previous.validUntil) > Date.now();
  return (
    <Row
      title={name}
      badge={<KeyBadge expiresAt={expiresAt} revokedAt={revokedAt} />}
      actions={
        revokedAt === null && (
          <Menu
            label={t('menu', { name })}
            items={[
              { label: t('edit.action'), icon: Pencil, onSelect: () => setAsks('edit') },
              { label: t('rotate.action'), icon: RotateCw, onSelect: () => setAsks('rotate') },
              { label: t('revoke.action'), icon: Ban, danger: true, onSelect: () => setAsks('revoke') },
            ]}
          />
        )
      }
    >
      <code>{hint}…</code>
      <span>{preset === 'some' ? t('permissionCount', { count: permissions.length }) : t(`presets.${preset}`)}</span>
      <span>{t('rate', { rate: format.number(rateLimit) })}</span>
      {ipAllowList.length > 0 && <span>{t('from', { ranges: ipAllowList.join(', ') })}</span>}
      {expiresAt !== null && <span>{t('expires', { at: format.date(expiresAt) })}</span>}
      <span>{lastUsedAt === null ? t('neverUsed') : t('lastUsed', { at: format.ago(lastUsedAt) })}</span>
      {hasOverlap && <span>{t('overlap', { hint: previous.hint, at: format.dateTime(previous.validUntil) })}</span>}
      {asks === 'edit' && <KeyDialog scope={scope} apiKey={apiKey} onClose={close} />}
      {asks === 'rotate' && <RotateDialog scope={scope} apiKey={apiKey} onClose={close} onSecret={onSecret} />}
      {asks === 'revoke' && (
        <Confirm
          title={t('revoke.title', { name })}
          action={t('revoke.action')}
          danger
          onClose={close}
          onConfirm={async () => {
            await revoke.mutateAsync();
            toast(t('revoke.done', { name }));
          }}
        >
          {t('revoke.text')}
        </Confirm>
      )}
    </Row>
  );
}

function KeyBadge({ expiresAt, revokedAt }: Pick<ApiKey, 'expiresAt' | 'revokedAt'>) {
  const { t } = useTranslation('keys');
  if (revokedAt !== null) return <Badge tone="danger">{t('state.revoked')}</Badge>;
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now()) {
    return <Badge tone="warn">{t('state.expired')}</Badge>;
  }
  return <Badge tone="good">{t('state.active')}</Badge>;
}
