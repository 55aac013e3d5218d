/** Which address families a lab has, as the config names them: IPv4 alone, both, IPv6 alone. */
export const ipFamilies = ["ipv4", "dual", "ipv6"] as const;
export type IpFamilies = (typeof ipFamilies)[number];

/** As somebody has written it; undefined where it is another word. */
export const readFamilies = (word: unknown): IpFamilies | undefined => ipFamilies.find((known) => known === word);

/** One address family, as claims and packets are of it. */
export interface Family {
  readonly name: "ipv4" | "ipv6";
  /** How `ip addr` calls an address of it. */
  readonly word: "inet" | "inet6";
  /** Bits of an address. */
  readonly bits: number;
  /** Bytes of an IP header without options. */
  readonly header: number;
  /** The device that flannel's backend vxlan makes for it. */
  readonly vtep: "flannel.1" | "flannel-v6.1";
}

export const ipv4: Family = { name: "ipv4", word: "inet", bits: 32, header: 20, vtep: "flannel.1" };
export const ipv6: Family = { name: "ipv6", word: "inet6", bits: 128, header: 40, vtep: "flannel-v6.1" };

const families: Readonly<Record<IpFamilies, readonly [Family, ...Family[]]>> = {
  ipv4: [ipv4],
  dual: [ipv4, ipv6],
  ipv6: [ipv6],
};

/** The family that a lab is in first of all: of it are the addresses of nodes and pods wherever there is one only. */
export const firstFamily = (lab: IpFamilies = "ipv4"): Family => families[lab][0];

export const hasFamily = (lab: IpFamilies = "ipv4", family: Family): boolean => families[lab].includes(family);

/** What a claim says of its family: nothing of the first one. */
export const aboutFamily = ({ name }: Family): { readonly family?: "ipv6" } =>
  name === "ipv6" ? { family: name } : {};

/** What ends a claim's id: nothing for the first family. */
export const whoseFamily = ({ name }: Family): readonly string[] => (name === "ipv6" ? [name] : []);
