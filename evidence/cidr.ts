import ipaddr from "ipaddr.js";

/** Whether an IPv4 address lies in a CIDR. The CIDR's own address may have host bits, as cni0's has. */
export function contains(cidr: string, address: string): boolean {
  return ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(cidr));
}

/** The CIDR without host bits: 10.244.1.1/24 is in 10.244.1.0/24. */
export function networkOf(cidr: string): string {
  return `${ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()}/${cidr.split("/")[1]}`;
}

/** The address with this host part in a network, such as 10.96.0.10 for 10 in 10.96.0.0/16. */
export function hostAddress(cidr: string, hostPart: number): string {
  const octets = ipaddr.IPv4.networkAddressFromCIDR(cidr).toByteArray();
  const number = octets.reduce((sum, octet) => sum * 256 + octet, 0) + hostPart;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

/** Whether two IPv4 ranges share an address; a lone address is a range of one. */
export function overlap(one: string, other: string): boolean {
  const [a, b] = [range(one), range(other)];
  return a[0].match(b[0], Math.min(a[1], b[1]));
}

function range(text: string): [ipaddr.IPv4, number] {
  return ipaddr.IPv4.parseCIDR(text.includes("/") ? text : `${text}/32`);
}
