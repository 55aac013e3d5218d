import ipaddr from "ipaddr.js";

/** Whether an IPv4 address lies in a CIDR. The CIDR's own address may have host bits, as cni0's has. */
export function contains(cidr: string, address: string): boolean {
  return ipaddr.IPv4.parse(address).match(ipaddr.IPv4.parseCIDR(cidr));
}

/** The CIDR without host bits: 10.244.1.1/24 is in 10.244.1.0/24. */
export function networkOf(cidr: string): string {
  return `${ipaddr.IPv4.networkAddressFromCIDR(cidr).toString()}/${cidr.split("/")[1]}`;
}

/** The first address after the network's own: where Kubernetes puts its API in a service CIDR. */
export function firstAddress(cidr: string): string {
  const octets = ipaddr.IPv4.networkAddressFromCIDR(cidr).octets;
  return [...octets.slice(0, 3), (octets[3] ?? 0) + 1].join(".");
}
