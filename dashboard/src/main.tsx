import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import './ui/base.css';
import { startSession } from './api/session.ts';
import { App } from './app.tsx';
import { startI18n } from './i18n/index.ts';
import { applyTheme } from './theme.ts';

applyTheme();
void startSession();
await startI18n();
createRoot(document.getElementById('root') as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
