import { estimate } from "../../bundle/estimate.ts";
import { gib, GiB, roomInDocker, roomToMake } from "../../bundle/room.ts";
import { installBy } from "../../bundle/tools.ts";
import type { Facts } from "./facts.ts";
import type { Finding } from "./finding.ts";
import { isElsewhere } from "../stack/config.ts";
import { remedyForNames } from "../stack/names.ts";
import { type Feature, features } from "./kernel.ts";
import { judgeCertificate } from "./certificate.ts";
import { flag } from "../stack/results.ts";
import { overlap } from "../../evidence/cidr.ts";
import {
  cache,
  config,
  curl,
  dockerClient,
  dockerHost,
  lineEnds,
  node,
  npm,
  openSsh,
  passphrase,
  state,
  virtualisation,
} from "./preconditions.ts";
import { judgeVm } from "./vm.ts";

/** On which labs a row counts: hosts elsewhere have a preflight of their own, and containers share this host's kernel and routes. */
type Where = "every" | "machines here" | "containers" | "VMs";
type Judge = (facts: Facts) => Finding | readonly Finding[];

/** Every precondition, in the order in which it is shown. */
const rows: readonly (readonly [Where, Judge])[] = [
  ["every", config],
  ["every", lineEnds],
  ["every", cache],
  ["every", disk],
  ["machines here", memory],
  ["machines here", cores],
  ["machines here", virtualisation],
  ["containers", dockerHost],
  ["containers", engine],
  ["containers", dockerClient],
  ["containers", engineData],
  ["containers", (facts) => features.map((feature) => kernel(facts, feature))],
  ["containers", names],
  ["containers", cgroup],
  ["containers", inotify],
  ["containers", ranges],
  ["containers", ipv6],
  ["VMs", ({ vm, canInstall, apt }) => (vm === undefined ? [] : judgeVm(vm, canInstall, apt))],
  ["machines here", ports],
  ["every", curl],
  ["every", openSsh],
  ["every", node],
  ["every", npm],
  ["every", () => ({ what: "npm packages", verdict: "ok", found: "as package-lock.json has them" })],
  ["every", state],
  ["every", passphrase],
  ["every", pulumi],
  ["every", bundle],
  ["containers", image],
  ["every", stack],
  [
    "machines here",
    ({ certificateEnd, stack }) =>
      judgeCertificate(certificateEnd, new Date(), stack === undefined ? "" : flag(stack.name)),
  ],
  ["machines here", ({ paused }) => (paused === undefined ? [] : { what: "paused", verdict: "note", found: paused })],
  ["every", ({ broken = [] }) => broken.map((found) => ({ what: "fault", verdict: "note", found }))],
];

/** Judges what was found on this machine, one finding a line. Pure. */
export function judge(facts: Facts): Finding[] {
  const here = !isElsewhere(facts.platform);
  const counts: Readonly<Record<Where, boolean>> = {
    every: true,
    "machines here": here,
    containers: here && facts.vm === undefined,
    VMs: here && facts.vm !== undefined,
  };
  return rows.filter(([where]) => counts[where]).flatMap(([, row]) => row(facts));
}

/** ./lab up refuses to begin to make anything with less. The disks of VMs grow there too. */
function disk({ diskFree, cacheDir, bundleSeconds, pulumiSeconds, vm }: Facts): Finding {
  const needed = Math.max(roomToMake(bundleSeconds + pulumiSeconds), vm === undefined ? 0 : 6 * GiB);
  const found = `${gib(diskFree)} free for ${cacheDir}`;
  if (diskFree >= needed) return { what: "disk", verdict: "ok", found };
  return {
    what: "disk",
    verdict: "you",
    found,
    remedy: `free ${gib(needed - diskFree)}, or set PODNET_CACHE to a roomier place`,
  };
}

function memory({ memoryTotal }: Facts): Finding {
  const found = gib(memoryTotal);
  if (memoryTotal >= 5.5 * GiB) return { what: "memory", verdict: "ok", found };
  if (memoryTotal >= 3.5 * GiB) {
    return {
      what: "memory",
      verdict: "note",
      found,
      remedy: "tight for three nodes: ./lab pulumi config set workers 1",
    };
  }
  return { what: "memory", verdict: "you", found, remedy: "a control plane and a worker need 4 GiB" };
}

function cores(facts: Facts): Finding {
  const found = String(facts.cores);
  if (facts.cores >= 2) return { what: "cores", verdict: "ok", found };
  return { what: "cores", verdict: "note", found, remedy: "works, slowly; two or more are better" };
}

function engine({ engine: found, root, canInstall, apt, surroundings: { docker } }: Facts): Finding {
  const what = "container engine";
  switch (found.state) {
    case "answers":
      if (!found.rootless) return { what, verdict: "ok", found: `docker ${found.version}` };
      return {
        what,
        verdict: "you",
        found: "docker, rootless",
        remedy: "machines need an engine that runs as root: point DOCKER_HOST to one",
      };
    case "unusable":
      return { what, verdict: "you", found: "docker, but not one for this", remedy: found.why };
    case "silent":
      // What the user has chosen is never changed, and nothing is started in its place.
      if (docker.host !== undefined)
        return {
          what,
          verdict: "you",
          found: `DOCKER_HOST ${docker.host} does not answer`,
          remedy: "start that engine, or unset DOCKER_HOST to let the lab start one",
        };
      if (found.refuses)
        return {
          what,
          verdict: "you",
          found: "docker refuses this user",
          remedy: "sudo usermod -aG docker $USER, then log in again",
        };
      if (root) return { what, verdict: "lab", found: "docker does not answer", remedy: "./lab up starts it" };
      return {
        what,
        verdict: "you",
        found: "docker does not answer",
        remedy: "sudo systemctl start docker",
      };
    case "none":
      if (canInstall)
        return { what, verdict: "lab", found: "none", remedy: "./lab up installs docker.io and starts it" };
      return { what, verdict: "you", found: "none", remedy: `install Docker: ${installBy("docker.io", apt)}` };
    default: {
      const unknown: never = found;
      throw new Error(`no such state: ${JSON.stringify(unknown)}`);
    }
  }
}

/** The images take most of it. platforms/local/ground.sh asks for as much. */
function engineData({ engine: found, image }: Facts): Finding[] {
  if (found.state !== "answers" || found.data === undefined) return [];
  const { folder, free } = found.data;
  const [what, needed] = ["docker's data", roomInDocker(image !== undefined)];
  const text = `${gib(free)} free in ${folder}`;
  if (free >= needed) return [{ what, verdict: "ok", found: text }];
  return [
    { what, verdict: "you", found: text, remedy: `free ${gib(needed - free)}, or give docker another data-root` },
  ];
}

function kernel({ kernel: states }: Facts, feature: Feature): Finding {
  const [what, state] = [`kernel: ${feature}`, states[feature]];
  switch (state) {
    case "built in":
    case "loaded":
    case "works":
      return { what, verdict: "ok", found: state };
    case "loadable":
      return {
        what,
        verdict: "ok",
        found: "a module",
        remedy: `loaded when first needed; by hand: sudo modprobe ${feature}`,
      };
    case "unknown":
      return {
        what,
        verdict: "note",
        found: "cannot be seen from here",
        remedy: `if the lab fails: sudo modprobe ${feature}`,
      };
    case "missing":
      return { what, verdict: "you", found: "not in this kernel", remedy: "boot a distribution's stock kernel" };
    default: {
      const unknown: never = state;
      throw new Error(`no such state: ${String(unknown)}`);
    }
  }
}

function names({ engine: found, taken }: Facts): Finding[] {
  if (found.state !== "answers") return [];
  if (taken === undefined) return [{ what: "names", verdict: "ok", found: "no other lab has this one's" }];
  return [{ what: "names", verdict: "you", found: taken, remedy: remedyForNames }];
}

function cgroup({ cgroup: version, apt }: Facts): Finding {
  if (version !== "none") return { what: "cgroups", verdict: "ok", found: version };
  return {
    what: "cgroups",
    verdict: "you",
    found: "none mounted",
    remedy: `run cgroupfs-mount; install it: ${installBy("cgroupfs-mount", apt)}`,
  };
}

function inotify({ inotify: { watches, instances }, root, engine, image }: Facts): Finding {
  const found = `${watches} watches, ${instances} instances`;
  if (watches >= 524_288 && instances >= 512) return { what: "inotify limits", verdict: "ok", found };
  if (root) return { what: "inotify limits", verdict: "lab", found, remedy: "./lab up raises them to 524288 and 512" };
  if (engine.state === "answers" && image !== undefined)
    return { what: "inotify limits", verdict: "lab", found, remedy: "./lab up raises them, through docker" };
  const command = "sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512";
  return { what: "inotify limits", verdict: "note", found, remedy: command };
}

/** As platforms/local/kernel.sh looks before anything is made. */
function ipv6({ ipv6: there }: Facts): Finding[] {
  if (there === undefined) return [];
  const what = "kernel: ipv6";
  if (there) return [{ what, verdict: "ok", found: "works" }];
  const remedy = "sudo modprobe ipv6, or boot without ipv6.disable=1, or: ./lab pulumi config set ipFamily ipv4";
  return [{ what, verdict: "you", found: "ipFamily asks for IPv6, and there is no /proc/net/if_inet6", remedy }];
}

/** Only the machines' range meets the host's routes for sure: pod and service addresses live inside the machines. */
function ranges({ ranges: wanted, routes }: Facts): Finding[] {
  return Object.entries(wanted).map(([key, cidr]) => {
    const route = routes.find(({ destination }) => overlap(cidr, destination));
    if (route === undefined) return { what: key, verdict: "ok", found: cidr };
    const found = `${cidr} overlaps this host's route to ${route.destination} (${route.device})`;
    const sample =
      { machineCidr: "172.28.57.0/24", podCidr: "10.245.0.0/16", serviceCidr: "10.97.0.0/16" }[key] ?? "another range";
    return {
      what: key,
      verdict: key === "machineCidr" ? "you" : "note",
      found,
      remedy: `./lab pulumi config set ${key} ${sample}`,
    };
  });
}

function ports({ portBase, busyPorts }: Facts): Finding {
  const what = "ports";
  const block = `${portBase} to ${portBase + 9} on 127.0.0.1`;
  if (busyPorts.length === 0) return { what, verdict: "ok", found: block };
  return {
    what,
    verdict: "you",
    found: `in use: ${busyPorts.join(", ")}`,
    remedy: `./lab pulumi config set portBase ${portBase + 100}`,
  };
}

function pulumi({ pulumi: own, pulumiSeconds }: Facts): Finding {
  if (own !== undefined) return { what: "Pulumi", verdict: "ok", found: `yours, ${own}` };
  return built("Pulumi", "CLI and kubernetes plugin", pulumiSeconds);
}

function built(what: string, content: string, seconds: number): Finding {
  if (seconds === 0) return { what, verdict: "ok", found: content };
  return { what, verdict: "lab", found: "not built yet", remedy: `./lab up builds it, about ${estimate(seconds)}` };
}

function bundle({ bundleSeconds, bundleWay }: Facts): Finding {
  const content = "Kubernetes, its images and programs";
  switch (bundleWay) {
    case "source":
      return built("bundle", content, bundleSeconds);
    case "release":
      if (bundleSeconds === 0) return { what: "bundle", verdict: "ok", found: `${content}, as released` };
      return {
        what: "bundle",
        verdict: "lab",
        found: "not downloaded yet",
        remedy: `./lab up does, about ${estimate(bundleSeconds)}`,
      };
    case undefined: {
      const remedy = `./lab up asks whether upstream's releases can be reached; else it builds from source, about ${estimate(bundleSeconds)}`;
      return { what: "bundle", verdict: "lab", found: "not there yet", remedy };
    }
    default: {
      const unknown: never = bundleWay;
      throw new Error(`no such way: ${String(unknown)}`);
    }
  }
}

function image({ image: ref }: Facts): Finding {
  if (ref !== undefined) return { what: "machine image", verdict: "ok", found: ref };
  return { what: "machine image", verdict: "lab", found: "not there yet", remedy: "./lab up makes it, about 1 min" };
}

function stack({ stack: known }: Facts): Finding {
  if (known === undefined) return { what: "lab", verdict: "lab", found: "none yet", remedy: "./lab up" };
  const found = `"${known.name}", ${known.resources} resources`;
  if (known.pending === 0) return { what: "lab", verdict: "ok", found };
  return {
    what: "lab",
    verdict: "lab",
    found: `${found}, interrupted`,
    remedy: "./lab up or ./lab destroy goes on from here",
  };
}
