// The whole lab: machines, a cluster on them, the course's lessons on the cluster, and what was proved as outputs, which
// components/outputs.ts promises.
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "./components/cluster/cluster.ts";
import { accessTo } from "./components/machines/access.ts";
import { costOf } from "./components/machines/cost.ts";
import { withScripts } from "./components/machines/kept-scripts.ts";
import { createMachines } from "./components/machines/machines.ts";
import { Lessons } from "./components/lessons/lessons.ts";
import { type Exported, networkOutput, type Outputs } from "./components/outputs.ts";
import { readSettings } from "./components/settings/read.ts";

const settings = readSettings();
const {
  platform,
  podCidr,
  serviceCidr,
  ipFamily,
  ranges6,
  dnsAddress,
  backend,
  proxyMode,
  verify,
  renewed,
  faults: declared,
} = settings;
const { kubernetes } = settings.artifacts;
const machines = withScripts("scripts", await createMachines("machines", settings));
const cluster = new Cluster("cluster", {
  machines,
  podCidr,
  serviceCidr,
  ipFamily,
  ...(ipFamily === "dual" && ranges6 && { second: ranges6 }),
  dnsAddress,
  backend,
  kubernetes,
  proxyMode,
  renewed,
});
const virtual = platform.kind === "vm";
const lessons = new Lessons("scenarios", {
  machines,
  cluster,
  podCidr,
  serviceCidr,
  dnsAddress,
  backend,
  ipFamily,
  lessons: settings.lessons,
  proxyMode,
  balancerPool: settings.balancerPool,
  artifacts: settings.artifacts,
  verify,
  virtual,
  faults: declared,
});

/** The nodes: { name, role, address, address6 with ipFamily dual or ipv6, ssh, packages }. */
export const nodes = machines.map(({ name, role, address, address6, shell }) => ({
  name,
  role,
  address,
  ...(address6 !== undefined && { address6 }),
  ssh: pulumi.interpolate`ssh://${shell.user}@${shell.host}:${shell.port}`,
  packages: cluster.packages[name]!,
})) satisfies Exported<Outputs["nodes"]>;
/** How flannel carries packets between nodes: { backend, options where some were set, ipFamily }. */
export const network = networkOutput(backend, ipFamily) satisfies Exported<Outputs["network"]>;
/** Pod addresses by namespace and pod name. */
export const podIPs = lessons.podIPs satisfies Exported<Outputs["podIPs"]>;
/** By namespace: { pods, claims }. */
export const scenarios = lessons.scenarios satisfies Exported<Outputs["scenarios"]>;
/** By namespace where a packet was followed: the frames behind its journey, a pcapng file in base64 (./lab captures writes them). */
export const captures = lessons.captures satisfies Exported<Outputs["captures"]>;
/** What is broken on purpose: { fault, name, params, by, hidden, since, until, seen } each. */
export const faults = lessons.faults satisfies Exported<Outputs["faults"]>;
/** { passed, failed, at }; a claim that does not hold has failed the update before this is written. */
export const verification = lessons.verification satisfies Exported<Outputs["verification"]>;
/** Admin kubeconfig, usable from this machine as it is; a secret. */
export const kubeconfig = cluster.kubeconfig satisfies Exported<Outputs["kubeconfig"]>;
/** What `./lab ssh` needs: { privateKey, privateKeys, knownHosts }; a secret. */
export const access = accessTo(machines) satisfies Exported<Outputs["access"]>;
/** What the machines cost an hour, 0 where the lab rents none: { perHour, machines, volumesAndAddresses, prices }. */
export const cost = costOf(settings) satisfies Exported<Outputs["cost"]>;
