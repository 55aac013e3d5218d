import {
  type BackendName,
  backendNames,
  backendOf,
  type BackendOptions,
  type Carrier,
  carrierOf,
  flannelRules,
  optionsOf,
  toldOf,
  usualBackend,
} from "../../evidence/backends.ts";
import { hasFamily, ipv6, readFamilies } from "../../evidence/family.ts";
import type { Config } from "./keys.ts";
import { nearest } from "./nearest.ts";

type Given = Pick<Config, "backend" | "backendOptions" | "ipFamily">;

/** How packets are carried between nodes. Whether a machine's kernel can, the machine itself is asked. What is wrong is added to `problems`. */
export function readBackend(config: Given, problems: string[]): Carrier {
  const { backend } = config;
  const name = backendNames.find((known) => known === backend);
  if (name !== undefined) {
    checkOptions(name, config, problems);
    const { rules, ...numbers } = config.backendOptions;
    const told = toldOf(numbers, readFamilies(config.ipFamily));
    return carrierOf(backendOf({ name, ...told, ...(rules === "nftables" && { rules }) }));
  }
  const meant = nearest(backend, backendNames);
  const choice = `write one of: ${backendNames.join(", ")}`;
  problems.push(
    `backend "${backend}" is not one of flannel's that the lab knows; ${meant === undefined ? choice : `did you mean ${meant}?`}`,
  );
  return usualBackend;
}

/** What a value must be, beside a whole number, and how that is said. */
interface Rule {
  readonly fits: (value: unknown) => boolean;
  readonly words: string;
}

/** A Service's own ports on every node. */
const [firstNodePort, lastNodePort] = [30_000, 32_767];
const whole =
  (fits: (value: number) => boolean) =>
  (value: unknown): boolean =>
    typeof value === "number" && Number.isInteger(value) && fits(value);
const allowed: Readonly<Record<keyof BackendOptions, Rule>> = {
  vni: {
    fits: whole((value) => value >= 1 && value < 2 ** 24),
    words: "a whole number from 1 to 16777215, as VXLAN has it",
  },
  port: {
    fits: whole((value) => value >= 1024 && value <= 65_535 && !(value >= firstNodePort && value <= lastNodePort)),
    words: `a UDP port from 1024 to 65535 that is no Service's on the nodes, ${firstNodePort} to ${lastNodePort}; write one such as 4789, the standard's`,
  },
  // Of 50 less there must be room for what the lessons send.
  mtu: {
    fits: whole((value) => value >= 700 && value <= 9216),
    words: "a whole number of bytes from 700 to 9216, and no more than the wire between the machines has",
  },
  rules: { fits: (value) => flannelRules.some((known) => known === value), words: `one of ${flannelRules.join(", ")}` },
};

/** By IPv6 a device carries 1280 bytes or nothing, and 70 are wrapped around that. */
const leastByIpv6 = 1350;

function checkOptions(name: BackendName, { backendOptions, ipFamily }: Given, problems: string[]): void {
  const given = Object.entries(backendOptions) as [keyof BackendOptions, unknown][];
  for (const [option, value] of given) {
    const taken = optionsOf[name];
    const { fits, words } = allowed[option];
    if (!taken.includes(option))
      problems.push(
        `backendOptions.${option} ${String(value)} is not for backend "${name}", which takes ${taken.join(", ")}; leave it out`,
      );
    else if (!fits(value)) problems.push(`backendOptions.${option} ${String(value)} is not ${words}`);
  }
  const { mtu } = backendOptions;
  if (mtu !== undefined && allowed.mtu.fits(mtu) && hasFamily(readFamilies(ipFamily), ipv6) && mtu < leastByIpv6)
    problems.push(
      `backendOptions.mtu ${mtu} leaves pods less than the 1280 bytes without which a device has no IPv6, since 70 are wrapped around; write ${leastByIpv6} or more, or set ipFamily to ipv4`,
    );
}
