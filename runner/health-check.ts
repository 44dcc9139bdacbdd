/** Asks the runner in the same container whether it is well: the health check of the image. Exits 1 when it is not. */
import { ENV } from '../lib/core/config.ts';

const DEFAULT_PORT = '9464';
const port = process.env[ENV.runnerPort] ?? DEFAULT_PORT;
const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) }).catch(
  () => null,
);
process.exit(answer?.ok ? 0 : 1);
