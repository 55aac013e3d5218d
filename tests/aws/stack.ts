/** Stand-in for AWS: a stack of instances on it, and what it held before. */
import { rmSync } from "node:fs";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { hostArch } from "../../bundle/versions.ts";
import { configure, destroyAndRemove, root } from "../live/lab.ts";
import { type Api, holdings, startApi } from "./api.ts";
import { homeWithStandIn } from "./home.ts";
import { ensureMachineImage } from "./machine.ts";

export interface Instances {
  /** It does not know of the stand-in: api.env says where that is. */
  readonly stack: Stack;
  readonly api: Api;
  /** What the API held at first. */
  readonly empty: Record<string, string[]>;
  /** Image of the containers that stand for instances. */
  readonly image: string;
  readonly end: () => Promise<void>;
}

const region = "eu-central-1";

/** @param networks of the machines, whose first address is this machine's, and of their public addresses, which lead to them */
export async function openInstances(
  stackName: string,
  { machineCidr, publicCidr }: { readonly machineCidr: string; readonly publicCidr: string },
  config: Readonly<Record<string, string | number>> = {},
): Promise<Instances> {
  const graviton = hostArch() === "arm64";
  const image = await ensureMachineImage();
  const api = await startApi(region, publicCidr);
  const empty = await holdings(api.ec2);
  const pulumiHome = homeWithStandIn();
  const stack = await LocalWorkspace.createOrSelectStack({ stackName, workDir: root }, { pulumiHome });
  await configure(stack, {
    platform: "aws",
    machineCidr,
    awsRegion: region,
    awsControlPlaneType: graviton ? "t4g.medium" : "t3.medium",
    awsWorkerType: graviton ? "t4g.small" : "t3.small",
    ...config,
  });
  const me = machineCidr.replace(/0\/\d+$/, "1/32");
  await stack.setConfig("pod-networking-lab:awsAllowFrom[0]", { value: me }, true);
  return {
    stack,
    api,
    empty,
    image,
    end: async () => {
      stack.workspace.envVars = { ...stack.workspace.envVars, ...api.env };
      try {
        await destroyAndRemove(stack);
      } finally {
        // As long as it runs, ava waits for this file.
        await api.stop();
        rmSync(pulumiHome, { recursive: true });
      }
    },
  };
}
