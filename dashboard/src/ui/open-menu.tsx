import { Content, Item, Portal, Root, Trigger } from '@radix-ui/react-dropdown-menu';
import { EllipsisVertical } from 'lucide-react';
import { useRef } from 'react';
import { Button } from './button.tsx';
import type { MenuProps } from './menu.tsx';
import styles from './tabs.module.css';

/** A menu that begins open. Not modal: a modal one would put a style element into the page. */
export default function OpenMenu({ label, items, byKeyboard }: MenuProps & { byKeyboard: boolean }) {
  const hasBegun = useRef(!byKeyboard);
  /** Radix has not seen the key that opened it, so it does not go to the first item by itself. At once: keys follow. */
  const begin = (item: HTMLElement | null) => {
    if (!item || hasBegun.current) return;
    hasBegun.current = true;
    item.focus({ preventScroll: true });
  };
  return (
    <Root modal={false} defaultOpen>
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
              ref={index === 0 ? begin : undefined}
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
