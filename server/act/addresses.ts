import { BlockList, isIP } from 'node:net';
import { BadRequestError } from '../errors.ts';

/**
 * Networks that lead to this machine, to its neighbours, to a cloud's metadata, or to another address in disguise: IANA's
 * special-purpose registries, and what stripe/smokescreen refuses. A call to one is refused unless the operator opens it.
 */
const IPV4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

const IPV6: readonly (readonly [string, number])[] = [
  // Unspecified, loopback, and IPv4 in disguise: compatible, mapped, NAT64, Teredo (in 2001::/23), 6to4.
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 23],
  ['2002::', 16],
  ['100::', 64],
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

// A list of both would take every IPv4 address for one that ::ffff:0:0/96 covers.
const BLOCKED_IPV4 = listOf(IPV4, 'ipv4');
const BLOCKED_IPV6 = listOf(IPV6, 'ipv6');

function listOf(networks: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [address, bits] of networks) list.addSubnet(address, bits, family);
  return list;
}

/** Throws BadRequestError when an address is in a network that is closed and that `open` (CIDR) does not name. */
export function assertAddress(address: string, open: readonly string[]): void {
  const plain = address.replace(/%.*$/, '');
  const family = isIP(plain);
  const isClosed =
    family === 0 || (family === 4 ? BLOCKED_IPV4.check(plain, 'ipv4') : BLOCKED_IPV6.check(plain, 'ipv6'));
  if (!isClosed || open.some((network) => covers(network, plain))) return;
  throw new BadRequestError(
    `${address} is an address of this machine, of a private network or a reserved one; add its network to egress.open if it is to be called`,
  );
}

/** Families are not mixed: an open IPv4 network says nothing of IPv6 addresses that hold one of its addresses. */
function covers(network: string, address: string): boolean {
  const [first = '', bits = ''] = network.split('/');
  if (isIP(first) !== isIP(address)) return false;
  const family = isIP(first) === 4 ? 'ipv4' : 'ipv6';
  return listOf([[first, Number(bits)]], family).check(address, family);
}
