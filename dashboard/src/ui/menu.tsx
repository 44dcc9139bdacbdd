import { EllipsisVertical, type LucideIcon } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';
import { Button } from './button.tsx';

export interface MenuItem {
  label: ReactNode;
  icon?: LucideIcon;
  danger?: boolean;
  onSelect: () => void;
}

export interface MenuProps {
  label: string;
  items: readonly MenuItem[];
}

const load = () => import('./open-menu.tsx');
const fetchAhead = () => void load().catch(() => undefined);
const OpenMenu = lazy(load);

/** A button with what else can be done. What opens it is heavy, and comes when somebody is about to. */
export function Menu({ label, items }: MenuProps) {
  const [opened, setOpened] = useState<'pointer' | 'keyboard'>();
  const button = (
    <Button
      kind="quiet"
      size="icon"
      aria-label={label}
      aria-haspopup="menu"
      aria-expanded={false}
      onPointerEnter={fetchAhead}
      onFocus={fetchAhead}
      onClick={({ detail }) => setOpened(detail === 0 ? 'keyboard' : 'pointer')}
    >
      <EllipsisVertical aria-hidden />
    </Button>
  );
  if (!opened) return button;
  return (
    <Suspense fallback={button}>
      <OpenMenu label={label} items={items} byKeyboard={opened === 'keyboard'} />
    </Suspense>
  );
}
