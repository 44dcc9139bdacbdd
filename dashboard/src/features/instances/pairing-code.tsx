import { useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { api, at } from '../../api/client.ts';
import type { PairingCode as Code } from '../../api/types.ts';
import { Button, CopyButton, ErrorBox, Field, Input } from '../../ui/index.ts';
import { useCountdown } from './countdown.ts';
import styles from './link.module.css';

const MIN_DIGITS = 7;

/** A code of eight characters for a phone whose camera cannot see this window. */
export function PairingCode({ name }: { name: string }) {
  const { t } = useTranslation('instances');
  const ask = useMutation({
    mutationFn: (phone: string) =>
      api<Code>('POST', at`/api/instances/${name}/pairing-code`, { body: { phone: phone.replace(/\D/g, '') } }),
  });
  const { register, handleSubmit, formState } = useForm({ defaultValues: { phone: '' } });
  const left = useCountdown(ask.data?.expiresAt);
  const isShown = ask.data && left !== undefined && left > 0;
  return (
    <div className="stack">
      <form className="stack" onSubmit={handleSubmit(({ phone }) => ask.mutate(phone))} noValidate>
        <Field label={t('pairing.phone')} hint={t('pairing.hint')} error={formState.errors.phone?.message}>
          <Input
            type="tel"
            inputMode="tel"
            autoComplete="tel"
            placeholder="+62 812 3456 7890"
            {...register('phone', {
              validate: (text) => text.replace(/\D/g, '').length >= MIN_DIGITS || t('pairing.rule'),
            })}
          />
        </Field>
        {ask.isError && <ErrorBox error={ask.error} />}
        <div>
          <Button type="submit" kind={isShown ? 'plain' : 'primary'} busy={ask.isPending}>
            {t(ask.data ? 'pairing.again' : 'pairing.action')}
          </Button>
        </div>
      </form>
      {isShown && (
        <div className={styles.code} role="status">
          <span className={styles.pairing}>{spaced(ask.data.pairingCode)}</span>
          <CopyButton text={ask.data.pairingCode} label={t('pairing.copy')} />
          <p className={styles.left}>{t('pairing.left', { seconds: left })}</p>
        </div>
      )}
    </div>
  );
}

/** As the phone shows it: `ABCD-1234`. */
function spaced(code: string): string {
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}
