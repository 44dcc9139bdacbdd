import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './ui/base.css';
import { mayBeSignedIn, startSession } from './api/session.ts';
import { App, SIGNED_OUT } from './app.tsx';
import { startI18n } from './i18n/index.ts';
import { pageAt } from './pages.tsx';
import { applyTheme } from './theme.ts';

applyTheme();
void startSession();
// What is shown first comes beside the session and the texts, not after them. Should it not come, it is asked for again.
const first = mayBeSignedIn() ? pageAt(location.pathname) : SIGNED_OUT;
const texts = startI18n(first?.texts);
await Promise.all([texts, first?.load().catch(() => undefined)]);
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
