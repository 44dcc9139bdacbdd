import { useSyncExternalStore } from 'react';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const CHOSEN = 'switchboard.theme';
const listeners = new Set<() => void>();

function present(): Theme {
  const stored = localStorage.getItem(CHOSEN);
  return THEMES.find((name) => name === stored) ?? 'system';
}

/** Puts the choice of this browser on the page; `system` leaves it to the operating system. */
export function applyTheme(): void {
  const theme = present();
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(CHOSEN, theme);
  applyTheme();
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, present);
}
