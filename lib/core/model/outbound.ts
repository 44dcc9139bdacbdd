import ipaddr from 'ipaddr.js';

/** What the gateway may call on behalf of its callers. */
export interface OutboundPolicy {
  /** Plain http to public hosts, port 80. */
  allowHttp: boolean;
  /** `localhost` and loopback literals, http and https, any port: for one machine that is all one person's. */
  allowLoopback: boolean;
  /** Ports besides the scheme's own. */
  ports: readonly number[];
  /** Ports on loopback where the platform itself listens; refused even when loopback is allowed. */
  platformPorts: readonly number[];
}

/** `url`: the address is not one that is called; the others say how far the call came. */
export type OutboundFault = 'url' | 'redirect' | 'too-large' | 'timeout' | 'unreachable';

/** A call that was refused or failed. Its message names no address that was not in the caller's own words. */
export class OutboundError extends Error {
  readonly fault: OutboundFault;

  constructor(fault: OutboundFault, message: string) {
    super(message);
    this.name = 'OutboundError';
    this.fault = fault;
  }
}

const MAX_URL_LENGTH = 2_048;
const DEFAULT_PORTS: Record<string, number> = { 'https:': 443, 'http:': 80 };
const PROXY_PORTS: Record<string, number> = {
  ...DEFAULT_PORTS,
  ...{ 'socks:': 1080, 'socks4:': 1080, 'socks4a:': 1080, 'socks5:': 1080, 'socks5h:': 1080 },
};

/** Not called although ipaddr.js holds them for ordinary unicast; 168.63.129.16 is the host of a cloud. */
const ALSO_REFUSED = [
  '168.63.129.16/32',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.175.48.0/24',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fec0::/10',
].map((range) => ipaddr.parseCIDR(range));

/**
 * A URL that may be called: https on 443 or an allowed port, no user and password in it, no host that is a refused
 * address. What a name resolves to is judged when it is connected to (`judgeAddresses`).
 * @throws OutboundError `url`
 */
export function judgeUrl(text: string | URL, policy: OutboundPolicy): URL {
  const url = parse(text);
  if (url.username || url.password) throw refused('The URL must not carry a user or password.');
  const port = portOf(url, DEFAULT_PORTS);
  if (judgeHost(url, port, policy) === 'loopback') return url;
  if (url.protocol === 'http:' && !policy.allowHttp) throw refused('The URL must begin with https://.');
  if (port !== DEFAULT_PORTS[url.protocol] && !policy.ports.includes(port)) {
    throw refused('The port of the URL is not allowed.');
  }
  return url;
}

/**
 * A proxy that a session may be led through: http, https or SOCKS, on any port, with or without a user and password.
 * @throws OutboundError `url`
 */
export function judgeProxyUrl(text: string | URL, policy: OutboundPolicy): URL {
  const url = parse(text);
  judgeHost(url, portOf(url, PROXY_PORTS), policy);
  return url;
}

/**
 * What a host has resolved to. One refused address refuses the host: a name with a public and a private one is a trap.
 * @throws OutboundError `url`
 */
export function judgeAddresses(host: string, addresses: readonly string[], policy: OutboundPolicy): void {
  const wanted = isLoopbackName(bare(host)) && policy.allowLoopback ? 'loopback' : 'public';
  for (const address of addresses) {
    if (kindOf(address) !== wanted) throw refused('The host is not one that is called.');
  }
  if (addresses.length === 0) throw new OutboundError('unreachable', 'The host has no address.');
}

function judgeHost(url: URL, port: number, policy: OutboundPolicy): 'loopback' | 'public' {
  const host = bare(url.hostname);
  if (host === '') throw refused('The URL has no host.');
  const kind = isLoopbackName(host) ? 'loopback' : ipaddr.isValid(host) ? kindOf(host) : 'public';
  if (kind === 'refused') throw refused('The host is not one that is called.');
  if (kind === 'loopback' && (!policy.allowLoopback || policy.platformPorts.includes(port))) {
    throw refused('The host is not one that is called.');
  }
  return kind;
}

/** What an IP address is: `refused` for everything that is neither loopback nor plainly public. */
function kindOf(address: string): 'public' | 'loopback' | 'refused' {
  if (address.includes('%') || !ipaddr.isValid(address)) return 'refused';
  const ip = ipaddr.process(address);
  if (ip.range() === 'loopback') return 'loopback';
  if (ip.range() !== 'unicast') return 'refused';
  const special = ALSO_REFUSED.some(([network, bits]) => network.kind() === ip.kind() && ip.match(network, bits));
  return special ? 'refused' : 'public';
}

function parse(text: string | URL): URL {
  if (typeof text !== 'string') return text;
  if (text.length > MAX_URL_LENGTH) throw refused(`The URL is longer than ${MAX_URL_LENGTH} characters.`);
  const url = URL.parse(text);
  if (!url) throw refused('This is not a URL.');
  return url;
}

/** @throws OutboundError for a scheme that is not in the table */
function portOf(url: URL, known: Record<string, number>): number {
  const usual = Object.hasOwn(known, url.protocol) ? known[url.protocol] : undefined;
  if (usual === undefined) throw refused('The scheme of the URL is not allowed.');
  return url.port === '' ? usual : Number(url.port);
}

function isLoopbackName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || (ipaddr.isValid(host) && kindOf(host) === 'loopback');
}

/** Without brackets and without the dot at the end; lower case. */
function bare(host: string): string {
  return host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

function refused(message: string): OutboundError {
  return new OutboundError('url', message);
}
