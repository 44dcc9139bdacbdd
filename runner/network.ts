import { Agent } from 'node:https';
import { DEFAULT_CONNECTION_CONFIG, fetchLatestWaWebVersion, type WAVersion } from '../lib/baileys/index.ts';
import type { Environment } from '../lib/core/model/instance.ts';
import type { Clock } from '../lib/core/ports/index.ts';
import type { OutboundClient } from '../lib/core/ports/outbound.ts';
import type { Logger } from './log.ts';
import type { WhatsAppNetwork } from './session/connection.ts';

const LIVE_URL = 'wss://web.whatsapp.com/ws/chat';
const VERSION_TTL_MS = 6 * 3_600_000;
/** After a failed look-up the bundled version serves until the next try. */
const FALLBACK_TTL_MS = 600_000;
const LOOKUP_TIMEOUT_MS = 5_000;

const SANDBOX_TIMEOUT_MS = 5_000;

export interface NetworkOptions {
  /** HTTP base of the sandbox, or undefined when there is none. */
  sandboxUrl: string | undefined;
  /** Ask WhatsApp's web page for the current client version. */
  versionLookup: boolean;
  /** Judges proxies. */
  outbound: Pick<OutboundClient, 'proxy'>;
  logger: Logger;
  clock: Clock;
}

type Choose = (environment: Environment, proxy: string | null) => Promise<WhatsAppNetwork>;

/**
 * Where instances connect to: live ones to WhatsApp with a current client version (the bundled one when the look-up
 * fails), test ones to the sandbox and nowhere else.
 * @throws Error for a test instance without a sandbox; OutboundError for a proxy that is not one to use
 */
export function networkChooser(options: NetworkOptions): Choose {
  let version: WAVersion | undefined;
  let versionUntilMs = 0;
  const mediaAgents = new Map<string, Agent>();
  return async (environment, proxy) => {
    const agent = proxy === null ? undefined : await proxyAgent(options.outbound.proxy(proxy));
    if (environment === 'test') {
      if (!options.sandboxUrl) throw new Error('This runner has no sandbox network for test instances.');
      const base = options.sandboxUrl.replace(/\/$/, '');
      const mediaAgent = await sandboxMediaAgent(base, mediaAgents);
      return {
        url: `${base.replace(/^http/, 'ws')}/ws/chat`,
        version: undefined,
        ...(agent && { agent }),
        ...(mediaAgent && { mediaAgent }),
      };
    }
    if (options.versionLookup && options.clock() >= versionUntilMs) {
      const found = await fetchLatestWaWebVersion({ signal: AbortSignal.timeout(LOOKUP_TIMEOUT_MS) });
      version = found.isLatest ? (found.version as WAVersion) : DEFAULT_CONNECTION_CONFIG.version;
      versionUntilMs = options.clock() + (found.isLatest ? VERSION_TTL_MS : FALLBACK_TTL_MS);
      options.logger.info({ version, current: found.isLatest }, 'WhatsApp web version');
    }
    return { url: LIVE_URL, version, ...(agent && { agent, mediaAgent: agent }) };
  };
}

/** The packages are loaded when the first instance has a proxy. */
async function proxyAgent({ url, lookup }: ReturnType<OutboundClient['proxy']>): Promise<Agent> {
  if (url.protocol.startsWith('socks')) {
    const { SocksProxyAgent } = await import('socks-proxy-agent');
    return new SocksProxyAgent(url, { socketOptions: { lookup } as object }) as unknown as Agent;
  }
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  return new HttpsProxyAgent(url, { lookup } as object) as unknown as Agent;
}

/**
 * Trusts the certificate of the sandbox's media host, which no authority has signed, for its uploads alone; undefined
 * when the sandbox cannot be asked, or has no media.
 */
async function sandboxMediaAgent(base: string, known: Map<string, Agent>): Promise<Agent | undefined> {
  const answer = await fetch(`${base}/control/media-ca`, { signal: AbortSignal.timeout(SANDBOX_TIMEOUT_MS) })
    .then((response) => response.json() as Promise<{ certificate?: unknown }>)
    .catch(() => undefined);
  const ca = answer?.certificate;
  if (typeof ca !== 'string') return undefined;
  const agent = known.get(ca) ?? new Agent({ ca });
  known.set(ca, agent);
  return agent;
}
