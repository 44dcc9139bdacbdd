import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { Suspense, useEffect } from 'react';
import { Route, Switch } from 'wouter';
import { ApiError } from './api/client.ts';
import { useSession } from './api/session.ts';
import { Frame } from './frame/frame.tsx';
import { later } from './later.tsx';
import { applyFrame } from './live/apply.ts';
import { onLive, startLive, stopLive } from './live/live.ts';
import { NotFound, PAGES, Start } from './pages.tsx';
import { ErrorBoundary } from './ui/error-boundary.tsx';
import { Loading } from './ui/feedback.tsx';
import { Toasts } from './ui/toast.tsx';

const STALE_MS = 30_000;
const MAX_RETRIES = 2;

const cache = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: STALE_MS,
      // What was refused is refused again; what did not arrive may arrive.
      retry: (count, error) => count < MAX_RETRIES && (!(error instanceof ApiError) || error.status === 0),
    },
  },
});

/** What a visit of nobody shows. */
export const SIGNED_OUT = later('auth', () => import('./features/auth/signed-out.tsx'));
const NEW_PASSWORD = later('auth', () => import('./features/auth/new-password.tsx'));

export function App() {
  return (
    <QueryClientProvider client={cache}>
      <ErrorBoundary>
        <Suspense fallback={<Loading />}>
          <Gate />
        </Suspense>
      </ErrorBoundary>
      <Toasts />
    </QueryClientProvider>
  );
}

/** Who is not signed in, or has a temporary password, sees no page. */
function Gate() {
  const session = useSession();
  const isIn = session.status === 'signedIn' && !session.user.mustChangePassword;
  useEffect(() => {
    if (!isIn) return undefined;
    const stop = onLive((frame) => applyFrame(cache, frame));
    startLive();
    return () => {
      stop();
      stopLive();
      cache.clear();
    };
  }, [isIn]);
  if (session.status === 'starting') return <Loading />;
  if (session.status === 'signedOut') return <SIGNED_OUT.component hasEnded={session.reason === 'ended'} />;
  if (session.user.mustChangePassword) return <NEW_PASSWORD.component />;
  return (
    <Frame>
      <ErrorBoundary>
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/" component={Start} />
            {PAGES.map(({ path, component }) => (
              <Route key={path} path={path} component={component} />
            ))}
            <Route component={NotFound} />
          </Switch>
        </Suspense>
      </ErrorBoundary>
    </Frame>
  );
}
