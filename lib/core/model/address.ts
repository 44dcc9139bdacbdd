import ipaddr from 'ipaddr.js';

/**
 * An address or CIDR range (v4 or v6) in its one spelling, always with a prefix length: `10.0.0.7` → `10.0.0.7/32`,
 * `2001:DB8:0::/32` → `2001:db8::/32`. undefined for anything else, for a range whose address has host bits set, and for IPv4 in IPv6 clothes.
 */
export function canonicalRange(text: string): string | undefined {
  const [address, prefix, ...rest] = text.split('/');
  if (address === undefined || rest.length > 0 || !isPlain(address)) return undefined;
  const parsed = ipaddr.parse(address);
  if (ipaddr.process(address).kind() !== parsed.kind()) return undefined;
  const bits = parsed.kind() === 'ipv4' ? 32 : 128;
  if (prefix !== undefined && !/^\d{1,3}$/.test(prefix)) return undefined;
  const length = prefix === undefined ? bits : Number(prefix);
  if (length > bits) return undefined;
  const network = networkOf(parsed, length);
  return network === parsed.toString() ? `${network}/${length}` : undefined;
}

/** True when the address lies in one of the ranges. An IPv4 address in IPv6 clothes (`::ffff:…`) counts as IPv4. */
export function isWithin(address: string | null, ranges: readonly string[]): boolean {
  const plain = address === null ? undefined : canonicalAddress(address);
  if (plain === undefined) return false;
  const parsed = ipaddr.parse(plain);
  return ranges.some((text) => {
    const [network, length] = ipaddr.parseCIDR(text);
    return network.kind() === parsed.kind() && parsed.match(network, length);
  });
}

/** An address in its one spelling, without zone; undefined for what is none. */
function canonicalAddress(text: string): string | undefined {
  const [address = ''] = text.trim().split('%');
  return isPlain(address) ? ipaddr.process(address).toString() : undefined;
}

/** ipaddr.js also reads octal, hexadecimal and shortened IPv4 (`0x7f.1`), which other programs read otherwise. */
function isPlain(address: string): boolean {
  return address.includes(':')
    ? ipaddr.IPv6.isValid(address) && !address.includes('%')
    : ipaddr.IPv4.isValidFourPartDecimal(address);
}

function networkOf(address: ipaddr.IPv4 | ipaddr.IPv6, length: number): string {
  const cidr = `${address.toString()}/${length}`;
  return address.kind() === 'ipv4'
    ? ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()
    : ipaddr.IPv6.networkAddressFromCIDR(cidr).toString();
}
