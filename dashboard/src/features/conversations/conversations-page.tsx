import { MessagesSquare, Smartphone } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useParams } from 'wouter';
import type { Instance } from '../../api/types.ts';
import { EmptyState, ErrorBox, Loading, NoInstance, Page } from '../../ui/index.ts';
import { useInstances } from '../instances/data.ts';
import { ChatList } from './chat-list.tsx';
import { Conversation } from './conversation.tsx';
import styles from './conversations.module.css';
import { pathOf } from './names.ts';

/** Chats and messages of one instance. A narrow window shows either the list or one conversation. */
export default function ConversationsPage() {
  const { t } = useTranslation('conversations');
  const [, navigate] = useLocation();
  const { name, chat } = useParams<{ name?: string; chat?: string }>();
  const instances = useInstances();
  const linked = instances.data?.filter(({ phone }) => phone !== null);
  const instance = instances.data?.find((one) => one.name === name);
  const first = (linked?.find(({ status }) => status === 'CONNECTED') ?? linked?.[0])?.name;
  useEffect(() => {
    if (name === undefined && first !== undefined) navigate(pathOf(first), { replace: true });
  }, [name, first, navigate]);
  return (
    <Page
      wide
      title={t('title')}
      actions={
        linked && linked.length > 0 ? (
          <InstanceChooser instances={linked} name={name} onChoose={(next) => navigate(pathOf(next))} />
        ) : undefined
      }
    >
      {instances.isError && <ErrorBox error={instances.error} onRetry={() => void instances.refetch()} />}
      {instances.isPending && <Loading />}
      {linked?.length === 0 && <NoInstance>{t('noInstance')}</NoInstance>}
      {instances.data && name !== undefined && !instance && (
        <EmptyState icon={Smartphone} title={t('unknownInstance')} />
      )}
      {instance && (
        <div className={styles.panel} data-open={chat !== undefined || undefined}>
          <ChatList key={instance.name} instance={instance} chat={chat} />
          {chat === undefined ? (
            <div className={styles.nothing}>
              <EmptyState icon={MessagesSquare} title={t('choose.title')}>
                {t('choose.text')}
              </EmptyState>
            </div>
          ) : (
            <Conversation key={`${instance.name} ${chat}`} instance={instance} jid={chat} />
          )}
        </div>
      )}
    </Page>
  );
}

interface ChooserProps {
  instances: readonly Instance[];
  name: string | undefined;
  onChoose: (name: string) => void;
}

function InstanceChooser({ instances, name, onChoose }: ChooserProps) {
  const { t } = useTranslation('conversations');
  return (
    <select
      className={styles.chooser}
      aria-label={t('instance')}
      value={name ?? ''}
      onChange={(event) => onChoose(event.target.value)}
    >
      {name !== undefined && instances.every((one) => one.name !== name) && <option value={name}>{name}</option>}
      {instances.map((one) => (
        <option key={one.id} value={one.name}>
          {[one.name, one.phone].filter(Boolean).join(' · ')}
        </option>
      ))}
    </select>
  );
}
