import type { Cost } from "../outputs.ts";
import type { Settings } from "../settings/settings.ts";
import { archOf } from "../settings/aws.ts";

/** On demand, Linux, US dollars an hour, us-east-1. */
const hourly: Readonly<Record<string, number>> = {
  "t3.small": 0.0208,
  "t3.medium": 0.0416,
  "t3.large": 0.0832,
  "t3.xlarge": 0.1664,
  "t3a.small": 0.0188,
  "t3a.medium": 0.0376,
  "t3a.large": 0.0752,
  "t3a.xlarge": 0.1504,
  "t4g.small": 0.0168,
  "t4g.medium": 0.0336,
  "t4g.large": 0.0672,
  "t4g.xlarge": 0.1344,
  "m5.large": 0.096,
  "m6i.large": 0.096,
  "m6g.large": 0.077,
  "m7i.large": 0.1008,
  "m7g.large": 0.0816,
  "c5.large": 0.085,
  "c6i.large": 0.085,
  "c6g.large": 0.068,
  "c7i.large": 0.08925,
  "c7g.large": 0.0725,
};
/** A gp3 volume, a GiB and month of 730 hours. */
const gibMonth = 0.08;
/** A public IPv4 address. */
const address = 0.005;
const listed = "AWS's list prices for us-east-1 of mid-2025";

/** Pure. */
export function costOf({ platform, nodes }: Pick<Settings, "platform" | "nodes">): Cost {
  if (platform.kind !== "aws")
    return { perHour: 0, machines: {}, volumesAndAddresses: 0, prices: "the machines are not rented by the lab" };
  const { types, volumeSize, region, spot } = platform;
  const machines = Object.fromEntries(
    nodes.map(({ name, role }) => [name, { type: types[role], perHour: hourly[types[role]] ?? ("unknown" as const) }]),
  );
  const volumesAndAddresses = round(nodes.length * ((volumeSize * gibMonth) / 730 + address));
  const known = Object.values(machines).map(({ perHour }) => perHour);
  const missing = [
    ...new Set(
      Object.values(machines)
        .filter(({ perHour }) => perHour === "unknown")
        .map(({ type }) => type),
    ),
  ];
  return {
    perHour:
      missing.length > 0
        ? `unknown: the lab has no price of ${missing.join(", ")}; see aws.amazon.com/ec2/pricing/on-demand`
        : round(known.reduce<number>((sum, price) => sum + Number(price), volumesAndAddresses)),
    machines,
    volumesAndAddresses,
    prices: [
      listed,
      ...(region === "us-east-1" ? [] : [`${region} differs, most often by less than a third`]),
      ...(spot ? ["spot instances cost less than this"] : []),
      ...(Object.values(types).some((type) => type.startsWith("t"))
        ? [
            `a machine that works hard for hours is charged ${Object.values(types).every((type) => archOf(type) === "arm64") ? "0.04" : "0.05"} more a processor and hour`,
          ]
        : []),
    ].join("; "),
  };
}

const round = (dollars: number): number => Math.round(dollars * 10_000) / 10_000;
