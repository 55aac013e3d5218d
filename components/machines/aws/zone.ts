import * as aws from "@pulumi/aws";
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { isZoneOf } from "../../settings/aws.ts";

export interface ZoneArgs {
  /** Such as eu-central-1. */
  readonly region: string;
  /** Instance types that the zone must offer. */
  readonly types: readonly string[];
  /** The zone that the config asks for. @default the first that offers every type */
  readonly asked?: string;
  /** EC2 is asked once this is there: a preview of a lab that is not up needs no credentials for it. */
  readonly after: pulumi.Resource;
}

/** Which type is offered where, as two lists side by side. */
export interface Offerings {
  readonly instanceTypes: readonly string[];
  readonly locations: readonly string[];
}

/** The region's own zones that offer every one of these types, sorted. Pure. */
export function zonesWith(types: readonly string[], region: string, { instanceTypes, locations }: Offerings): string[] {
  // Local and wavelength zones, such as us-west-2-lax-1a, are listed too where the account has joined them.
  const zones = [...new Set(locations)].filter((zone) => isZoneOf(region, zone));
  const offers = (zone: string, type: string): boolean =>
    locations.some((location, index) => location === zone && instanceTypes[index] === type);
  return zones.filter((zone) => types.every((type) => offers(zone, type))).toSorted();
}

/** @throws pulumi.RunError where this zone offers not every type, or none does. Pure. */
export function acceptZone(zone: string | undefined, zones: readonly string[], types: readonly string[]): string {
  const all = types.join(" and ");
  const [first] = zones;
  if (first === undefined) {
    throw new pulumi.RunError(
      `no zone of the region offers ${all}; write other types in awsControlPlaneType and awsWorkerType, or another awsRegion`,
    );
  }
  if (zone !== undefined && !zones.includes(zone)) {
    throw new pulumi.RunError(
      `zone ${zone} does not offer ${all}; ${zones.join(", ")} would. Write other types, or awsZone: ${first}, which makes the lab anew there`,
    );
  }
  return zone ?? first;
}

/** A zone that offers every type: us-east-1 has one without t3. Once picked it stays, since a subnet cannot move. */
export function pickZone(
  name: string,
  { region, types: given, asked, after }: ZoneArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const types = [...new Set(given)];
  const zones = aws.ec2
    .getInstanceTypeOfferingsOutput(
      { locationType: "availability-zone", filters: [{ name: "instance-type", values: types }] },
      { ...(opts.parent !== undefined && { parent: opts.parent }), dependsOn: [after] },
    )
    .apply((offerings) => zonesWith(types, region, offerings));
  if (asked !== undefined) return zones.apply((offering) => acceptZone(asked, offering, types));
  const kept = new local.Command(
    name,
    {
      create: 'printf %s "$ZONE"',
      environment: { ZONE: zones.apply((offering) => acceptZone(undefined, offering, types)) },
      logging: "none",
    },
    pulumi.mergeOptions(opts, { ignoreChanges: ["environment"] }),
  ).stdout;
  return pulumi.all([kept, zones]).apply(([zone, offering]) => acceptZone(zone, offering, types));
}
