import { useEffect, useState } from 'react';

/** Whole seconds until a moment, negative after it; undefined without one. */
export function useCountdown(until: string | undefined): number | undefined {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    if (until === undefined) return undefined;
    setNowMs(Date.now());
    const timer = setInterval(() => setNowMs(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [until]);
  return until === undefined ? undefined : Math.ceil((Date.parse(until) - nowMs) / 1_000);
}
