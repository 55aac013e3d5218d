/** What the kernel's own tracing told of one packet. */
export interface KernelEvent {
  /** Name and number of the process in whose time it happened, such as "ping-30938". */
  readonly task: string;
  /** Seconds since the machine's start. */
  readonly at: number;
  /** The kernel's address of the packet, which stays while it goes from interface to interface. */
  readonly packet: string;
  /** Where a device sent or received it; none where it was dropped. */
  readonly device?: string;
  /** Bytes, without an Ethernet header where it was received. */
  readonly length?: number;
  readonly dropped?: {
    readonly function: string;
    /** None where the kernel does not say. */
    readonly reason?: string;
  };
}

/** A line of tracefs' `trace` each for net_dev_start_xmit, netif_rx, netif_receive_skb and kfree_skb. */
export function parseEvents(output: string): KernelEvent[] {
  return output.split("\n").flatMap((line): KernelEvent[] => {
    const head = /^\s*(.+-\d+)\s+\[\d+\]\s+\S+\s+([\d.]+): (\w+): (.*)$/.exec(line);
    const packet = /\bskbaddr=([0-9a-f]+)/.exec(head?.[4] ?? "")?.[1];
    if (head === null || packet === undefined) return [];
    const [, task = "", at, event, rest = ""] = head;
    const common = { task, at: Number(at), packet };
    if (event === "kfree_skb") {
      const reason = /\breason: (\S+)/.exec(rest)?.[1];
      return [
        {
          ...common,
          dropped: {
            function: /\blocation=([^+\s]+)/.exec(rest)?.[1] ?? "unknown",
            ...(reason !== undefined && reason !== "NOT_SPECIFIED" && { reason }),
          },
        },
      ];
    }
    const device = /\bdev=(\S+)/.exec(rest)?.[1];
    return device === undefined ? [] : [{ ...common, device, length: Number(/\blen=(\d+)/.exec(rest)?.[1]) }];
  });
}
