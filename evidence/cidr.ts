import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Whether an address lies in a CIDR of its own family. The CIDR's own address may have host bits, as cni0's has. */
export function contains(cidr: string, address: string): boolean {
  const [network, prefix] = ipaddr.parseCIDR(cidr);
  const parsed = ipaddr.parse(address);
  return matches(parsed, network, prefix);
}

/** The CIDR without host bits: 10.244.1.1/24 is in 10.244.1.0/24. */
export function networkOf(cidr: string): string {
  return `${networkAddress(cidr).toString()}/${cidr.split("/")[1]}`;
}

/** The address with this host part in a network, such as 10.96.0.10 for 10 in 10.96.0.0/16. */
export function hostAddress(cidr: string, hostPart: number): string {
  const bytes = networkAddress(cidr).toByteArray();
  for (let at = bytes.length - 1, left = hostPart; left > 0 && at >= 0; at--) {
    const sum = bytes[at]! + left;
    bytes[at] = sum % 256;
    left = Math.floor(sum / 256);
  }
  return ipaddr.fromByteArray(bytes).toString();
}

/** An address as every program writes it: fd00:0010:0000:...:0001 is fd00:10::1. */
export const shortened = (address: string): string => ipaddr.parse(address).toString();

/** As it stands in a URL: IPv6 is in brackets, since it has colons of its own. */
export const withPort = (address: string, port: number): string =>
  `${address.includes(":") ? `[${address}]` : address}:${port}`;

/** Whether an address lies in FIRST-LAST. */
export function inRange(range: string, address: string): boolean {
  const [first = 0, last = 0] = range.split("-").map(numberOf);
  const one = numberOf(address);
  return first <= one && one <= last;
}

const numberOf = (address: string): number =>
  ipaddr.IPv4.parse(address)
    .toByteArray()
    .reduce((sum, octet) => sum * 256 + octet, 0);

/** Whether two ranges share an address, which those of two families never do; a lone address is a range of one. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [range(one), range(other)];
  return matches(a[0], b[0], Math.min(a[1], b[1]));
}

function networkAddress(cidr: string): Address {
  return cidr.includes(":") ? ipaddr.IPv6.networkAddressFromCIDR(cidr) : ipaddr.IPv4.networkAddressFromCIDR(cidr);
}

function matches(address: Address, network: Address, prefix: number): boolean {
  if (address instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && address.match(network, prefix);
  return network instanceof ipaddr.IPv6 && address.match(network, prefix);
}

function range(text: string): [Address, number] {
  return ipaddr.parseCIDR(text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`);
}
