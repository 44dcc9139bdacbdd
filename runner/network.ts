import { DEFAULT_CONNECTION_CONFIG, fetchLatestWaWebVersion, type WAVersion } from '../lib/baileys/index.ts';
import type { Environment } from '../lib/core/model/instance.ts';
import type { Clock } from '../lib/core/ports/index.ts';
import type { Logger } from './log.ts';
import type { WhatsAppNetwork } from './session/connection.ts';

const LIVE_URL = 'wss://web.whatsapp.com/ws/chat';
const VERSION_TTL_MS = 6 * 3_600_000;
/** After a failed look-up the bundled version serves until the next try. */
const FALLBACK_TTL_MS = 600_000;
const LOOKUP_TIMEOUT_MS = 5_000;

export interface NetworkOptions {
  /** HTTP base of the sandbox, or undefined when there is none. */
  sandboxUrl: string | undefined;
  /** Ask WhatsApp's web page for the current client version. */
  versionLookup: boolean;
  logger: Logger;
  clock: Clock;
}

/**
 * Where instances connect to: live ones to WhatsApp with a current client version (the bundled one when the look-up
 * fails), test ones to the sandbox and nowhere else.
 * @throws Error for a test instance without a sandbox
 */
export function networkChooser(options: NetworkOptions): (environment: Environment) => Promise<WhatsAppNetwork> {
  let version: WAVersion | undefined;
  let versionUntilMs = 0;
  return async (environment) => {
    if (environment === 'test') {
      if (!options.sandboxUrl) throw new Error('This runner has no sandbox network for test instances.');
      return { url: `${options.sandboxUrl.replace(/^http/, 'ws').replace(/\/$/, '')}/ws/chat`, version: undefined };
    }
    if (options.versionLookup && options.clock() >= versionUntilMs) {
      const found = await fetchLatestWaWebVersion({ signal: AbortSignal.timeout(LOOKUP_TIMEOUT_MS) });
      version = found.isLatest ? (found.version as WAVersion) : DEFAULT_CONNECTION_CONFIG.version;
      versionUntilMs = options.clock() + (found.isLatest ? VERSION_TTL_MS : FALLBACK_TTL_MS);
      options.logger.info({ version, current: found.isLatest }, 'WhatsApp web version');
    }
    return { url: LIVE_URL, version };
  };
}
