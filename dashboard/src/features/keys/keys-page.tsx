import { KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useUser } from '../../api/session.ts';
import { Button, CodeBlock, EmptyState, ErrorBox, Field, Loading, NoInstance, Page, Select } from '../../ui/index.ts';
import { Rows } from '../../ui/rows.tsx';
import { SecretOnce } from '../../ui/secret-once.tsx';
import { useInstances } from '../instances/data.ts';
import { type Scope, useKeys } from './data.ts';
import { KeyDialog } from './key-dialog.tsx';
import { KeyRow } from './key-row.tsx';
import styles from './keys.module.css';

/** In the choice of a scope: no instance can be called so. */
const ACCOUNT = '*';

/** Keys of an instance, or (for administrators) of the whole account. */
export default function KeysPage() {
  const { t } = useTranslation('keys');
  const user = useUser();
  const instances = useInstances();
  const [chosen, setChosen] = useState<string>();
  const [creates, setCreates] = useState(false);
  const [secret, setSecret] = useState<string>();
  const isAdministrator = user.role === 'ADMINISTRATOR';
  const first = instances.data?.[0]?.name ?? (isAdministrator ? ACCOUNT : undefined);
  const value = chosen ?? first;
  const scope: Scope = value === ACCOUNT || value === undefined ? null : value;
  const found = useKeys(scope, value !== undefined);
  const create = (
    <Button kind="primary" onClick={() => setCreates(true)}>
      <Plus aria-hidden />
      {t('create.open')}
    </Button>
  );
  const hasNowhere = instances.data?.length === 0 && !isAdministrator;
  return (
    <Page title={t('title')} lead={t('lead')} actions={found.data?.length ? create : undefined}>
      {instances.isError && <ErrorBox error={instances.error} onRetry={() => void instances.refetch()} />}
      {hasNowhere && <NoInstance icon={KeyRound}>{t('noInstance')}</NoInstance>}
      {value !== undefined && (
        <div className={styles.scope}>
          <Field label={t('scope.label')} hint={t(scope === null ? 'scope.accountHint' : 'scope.instanceHint')}>
            <Select value={value} onChange={(event) => setChosen(event.target.value)}>
              {instances.data?.map(({ id, name }) => (
                <option key={id} value={name}>
                  {name}
                </option>
              ))}
              {isAdministrator && <option value={ACCOUNT}>{t('scope.account')}</option>}
            </Select>
          </Field>
        </div>
      )}
      {found.isError && <ErrorBox error={found.error} onRetry={() => void found.refetch()} />}
      {!hasNowhere && found.isPending && <Loading />}
      {found.data?.length === 0 && (
        <EmptyState icon={KeyRound} title={t('empty.title')} actions={create}>
          {t('empty.text')}
        </EmptyState>
      )}
      {found.data && found.data.length > 0 && (
        <Rows label={t('title')}>
          {found.data.map((key) => (
            <KeyRow key={key.id} apiKey={key} scope={scope} onSecret={setSecret} />
          ))}
        </Rows>
      )}
      {creates && <KeyDialog scope={scope} onClose={() => setCreates(false)} onSecret={setSecret} />}
      {secret !== undefined && (
        <SecretOnce
          title={t('secret.title')}
          label={t('secret.label')}
          secret={secret}
          onClose={() => setSecret(undefined)}
        >
          <p>{t('secret.text')}</p>
          {scope !== null && <CodeBlock label={t('secret.try')} code={tryOut(secret)} />}
        </SecretOnce>
      )}
    </Page>
  );
}

/** A call that every key of an instance may make, to see that it works. */
function tryOut(key: string): string {
  return `curl '${location.origin}/api/instance/limits' \\\n  -H 'Authorization: Bearer ${key}'`;
}
