import { Content, Item, Portal, Root, Separator, Trigger } from '@radix-ui/react-dropdown-menu';
import { ChevronDown, Copy, Reply, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../../api/types.ts';
import { toast } from '../../ui/index.ts';
import menu from '../../ui/tabs.module.css';
import styles from './messages.module.css';

const EMOJIS = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

interface MessageMenuProps {
  message: Message;
  onReact: (message: Message, emoji: string) => void;
  onReply: (message: Message) => void;
  onTakeBack: (message: Message) => void;
}

/** What can be done with a message. Not modal: a modal one would put a style element into the page. */
export function MessageMenu({ message, onReact, onReply, onTakeBack }: MessageMenuProps) {
  const { t } = useTranslation('conversations');
  const own = message.reactions.find(({ from }) => from === null)?.emoji;
  const copy = async (text: string) => {
    await navigator.clipboard.writeText(text).then(
      () => toast(t('acts.copied')),
      () => toast(t('acts.notCopied'), 'danger'),
    );
  };
  return (
    <Root modal={false}>
      <Trigger className={styles.more} aria-label={t('acts.label')}>
        <ChevronDown aria-hidden />
      </Trigger>
      <Portal>
        <Content className={menu.menu} align="end" sideOffset={4} collisionPadding={8}>
          <div className={styles.emojis}>
            {EMOJIS.map((emoji) => (
              <Item
                key={emoji}
                className={styles.emoji}
                data-own={emoji === own || undefined}
                aria-label={t(emoji === own ? 'acts.unreact' : 'acts.react', { emoji })}
                onSelect={() => onReact(message, emoji === own ? '' : emoji)}
              >
                {emoji}
              </Item>
            ))}
          </div>
          <Separator className={styles.separator} />
          <Item className={menu.item} onSelect={() => onReply(message)}>
            <Reply aria-hidden />
            {t('acts.reply')}
          </Item>
          {message.text !== null && (
            <Item className={menu.item} onSelect={() => void copy(message.text as string)}>
              <Copy aria-hidden />
              {t('acts.copy')}
            </Item>
          )}
          {message.direction === 'sent' && message.status !== 'FAILED' && (
            <Item className={`${menu.item} ${menu.danger}`} onSelect={() => onTakeBack(message)}>
              <Trash2 aria-hidden />
              {t('acts.takeBack')}
            </Item>
          )}
        </Content>
      </Portal>
    </Root>
  );
}
