import { Content, Item, Portal, Root, Trigger } from '@radix-ui/react-dropdown-menu';
import { EllipsisVertical, type LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import styles from './tabs.module.css';

export interface MenuItem {
  label: ReactNode;
  icon?: LucideIcon;
  danger?: boolean;
  onSelect: () => void;
}

/** A button with what else can be done. Not modal: a modal one would put a style element into the page. */
export function Menu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  return (
    <Root modal={false}>
      <Trigger asChild>
        <Button kind="quiet" size="icon" aria-label={label}>
          <EllipsisVertical aria-hidden />
        </Button>
      </Trigger>
      <Portal>
        <Content className={styles.menu} align="end" sideOffset={4}>
          {items.map(({ label: text, icon: Icon, danger, onSelect }, index) => (
            <Item
              // biome-ignore lint/suspicious/noArrayIndexKey: they stand in a fixed order
              key={index}
              className={`${styles.item} ${danger ? styles.danger : ''}`}
              onSelect={onSelect}
            >
              {Icon && <Icon aria-hidden />}
              {text}
            </Item>
          ))}
        </Content>
      </Portal>
    </Root>
  );
}
