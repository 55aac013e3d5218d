// Proves that what a real kernel and a real flanneld make of ipip and wireguard is what the lab takes them to make: devices, routes, peers, and one packet on every
// interface. Debian's cloud kernel, which the lab's VMs have, with flannel v0.28.10 on two nodes that were network namespaces of one machine; etcd stood where the API
// server stands, so what flanneld announces on a Node object was read from there. It does not prove a whole cluster with them.
import { readFileSync } from "node:fs";
import test from "ava";
import { backendOf, hopsOnEnd } from "../../../evidence/backends.ts";
import { placeOf } from "../../../evidence/journey/journey.ts";
import { locateLoss } from "../../../evidence/loss.ts";
import { observationsJson } from "../../../evidence/observation.ts";
import { type Carried, followedIn, judgeCarried } from "./backends.ts";

function readKernel(name: "ipip" | "wireguard"): Carried {
  const file = new URL(`../../transcripts/backends/kernel/${name}.json`, import.meta.url);
  const { facts, reports } = JSON.parse(readFileSync(file, "utf8")) as Pick<Carried, "facts" | "reports">;
  const read = Object.entries(reports).map(([id, report]) => [id, observationsJson.parse(report)]);
  return { backend: name, facts, reports: Object.fromEntries(read) as Carried["reports"] };
}

/** What was looked at there; the rest is about a node of Kubernetes. */
const looked = /^(route|route-decision|tunnel-end|tunnel-peer|journey|in-node-cidr|different-pod-cidrs)\//;

for (const name of ["ipip", "wireguard"] as const) {
  const lab = readKernel(name);
  const claims = [...judgeCarried(lab)].filter(([id]) => looked.test(id));

  test(`with ${name} a real kernel and flanneld make what is claimed of them`, (t) => {
    t.deepEqual(
      claims.filter(([, { ok }]) => !ok).map(([id, { expected, observed }]) => [id, expected, observed]),
      [],
    );
    const kinds = new Set<string>(claims.map(([, { kind }]) => kind));
    for (const kind of ["route", "route-decision", "tunnel-end", "journey/encapsulation", "journey/request"])
      t.true(kinds.has(kind), kind);
    for (const kind of ["tunnel-peer", "journey/sealed"]) t.is(kinds.has(kind), name === "wireguard", kind);
  });

  test(`with ${name} the packet was seen on each interface of a real kernel, with what the backend puts around it`, (t) => {
    const { hops } = followedIn(lab);
    t.is(hops.length, 2 * hopsOnEnd(backendOf(name)));
    const request = hops.filter(({ leg }) => leg === "request");
    t.deepEqual(request.map(placeOf), ["pod", "bridge", "vtep", "wire", "wire", "vtep", "bridge", "pod"]);
    t.deepEqual(
      request.map(({ ttl }) => ttl),
      [64, 64, 63, 63, 63, 63, 62, 62],
    );
    const wire = hops.filter((hop) => placeOf(hop) === "wire");
    t.is(wire.length, 4);
    for (const { outer, length } of wire) {
      t.is(length, 107);
      t.is(outer?.length, name === "ipip" ? 127 : 172);
      t.is(outer?.sealed, name === "ipip" ? undefined : true);
    }
    t.is(locateLoss(hops.slice(0, 4), "en", backendOf(name)).last?.interface, "eth0");
  });
}
