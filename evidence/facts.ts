/** A pod that runs. */
export interface PodFacts {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Name of the node it was scheduled to. */
  readonly node: string;
  /** Address of the lab's first family. */
  readonly ip: string;
  /** IPv6 address, where the lab has any: the same as `ip` where it has no others. */
  readonly ip6?: string | undefined;
  /** Names of its containers. */
  readonly containers: readonly string[];
}

/** A machine as the lab knows it, whatever the cluster says. */
export interface NodeFacts {
  readonly name: string;
  /** Address of the lab's first family, in the lab's own network. */
  readonly address: string;
  /** IPv6 address there, where the lab has any: the same as `address` where it has no others. */
  readonly address6?: string | undefined;
}
