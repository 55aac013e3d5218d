/** Outer IP 20, UDP 8, VXLAN 8 and inner Ethernet 14 bytes stand before a packet that travels in the overlay. */
const overhead = 50;

/** What libpcap is asked for: pings and answers with so many bytes of payload, bare or inside the overlay. */
export function pingFilter(payload: number): string {
  const length = payload + 28;
  return `(icmp and ip[2:2] = ${length}) or (udp port 8472 and ip[2:2] = ${length + overhead})`;
}
