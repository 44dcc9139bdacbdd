import { BlockList, isIP } from 'node:net';
import type { Origin } from '../../lib/core/model/audit.ts';

/** The parts of a server's environment that say who is at the other end: node-server's, or API Gateway's. */
interface ServerEnv {
  incoming?: { socket?: { remoteAddress?: string } };
  requestContext?: { http?: { sourceIp?: string }; identity?: { sourceIp?: string } };
}

/**
 * Makes the function that says where a request comes from. It is who connected, unless that is one of `trustedProxy`
 * (addresses and CIDR ranges): then the rightmost address of `X-Forwarded-For` that is no such proxy.
 */
export function originReader(
  trustedProxy: readonly string[],
): (env: unknown, header: (name: string) => string | undefined) => Origin {
  const proxies = blockList(trustedProxy);
  const isProxy = (address: string) => proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  return (env, header) => {
    let address = plainAddress(peerOf((env ?? {}) as ServerEnv));
    const hops = (header('x-forwarded-for') ?? '').split(',').map((hop) => plainAddress(hop.trim()));
    while (address !== null && isProxy(address)) {
      const before = hops.pop();
      if (!before) break;
      address = before;
    }
    return { address, userAgent: header('user-agent') ?? null };
  };
}

function peerOf({ incoming, requestContext }: ServerEnv): string | undefined {
  return requestContext?.http?.sourceIp ?? requestContext?.identity?.sourceIp ?? incoming?.socket?.remoteAddress;
}

/** An address in its one spelling (an IPv4 address that is mapped into IPv6 is an IPv4 address), or null. */
function plainAddress(text: string | undefined): string | null {
  const plain = text?.replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase();
  return plain !== undefined && isIP(plain) !== 0 ? plain : null;
}

function blockList(entries: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const [address, bits] = entry.split('/') as [string, string?];
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list;
}
