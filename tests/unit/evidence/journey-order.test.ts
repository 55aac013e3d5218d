// Proves in which order the hops of several machines are told. It does not prove what a machine captures.
import test from "ava";
import { type Hop, inOrder } from "../../../evidence/journey/journey.ts";

type Seen = Pick<Hop, "leg" | "direction" | "interface" | "outer"> & { readonly at: string };
const on = (machine: string, leg: Hop["leg"], ...hops: readonly (readonly [string, Hop["direction"]])[]): Seen[] =>
  hops.map(([device, direction]) => ({ leg, direction, interface: device, at: `${machine} ${device}` }));
const told = (leg: Hop["leg"], hops: readonly Seen[]): string[] =>
  hops.filter((hop) => hop.leg === leg).map(({ at }) => at);

test("through a node port the packet passes the node that is called, and then comes to the pod's", (t) => {
  const here = [
    ...on("a", "request", ["veth1", "in"], ["eth0", "out"]),
    ...on("a", "reply", ["eth0", "in"], ["veth1", "out"]),
  ];
  const passed = [
    ...on("b", "request", ["eth0", "in"], ["flannel.1", "out"]),
    ...on("b", "reply", ["flannel.1", "in"], ["eth0", "out"]),
  ];
  const there = [
    ...on("c", "request", ["flannel.1", "in"], ["veth2", "out"]),
    ...on("c", "reply", ["veth2", "in"], ["flannel.1", "out"]),
  ];
  const hops = inOrder(here, passed, there);
  t.deepEqual(told("request", hops), ["a veth1", "a eth0", "b eth0", "b flannel.1", "c flannel.1", "c veth2"]);
  t.deepEqual(told("reply", hops), ["c veth2", "c flannel.1", "b flannel.1", "b eth0", "a eth0", "a veth1"]);
});

test("a pod of the sender's own node, called at another node's port, is reached over that node", (t) => {
  const here = [
    ...on("a", "request", ["veth1", "in"], ["eth0", "out"], ["flannel.1", "in"], ["veth2", "out"]),
    ...on("a", "reply", ["veth2", "in"], ["flannel.1", "out"], ["eth0", "in"], ["veth1", "out"]),
  ];
  const passed = [
    ...on("b", "request", ["eth0", "in"], ["flannel.1", "out"]),
    ...on("b", "reply", ["flannel.1", "in"], ["eth0", "out"]),
  ];
  const hops = inOrder(here, passed, []);
  t.deepEqual(told("request", hops), ["a veth1", "a eth0", "b eth0", "b flannel.1", "a flannel.1", "a veth2"]);
  t.deepEqual(told("reply", hops), ["a veth2", "a flannel.1", "b flannel.1", "b eth0", "a eth0", "a veth1"]);
});

test("between two machines, and on one alone, nothing is cut", (t) => {
  const here = [
    ...on("a", "request", ["veth1", "in"], ["eth0", "out"]),
    ...on("a", "reply", ["eth0", "in"], ["veth1", "out"]),
  ];
  const there = [
    ...on("b", "request", ["eth0", "in"], ["veth2", "out"]),
    ...on("b", "reply", ["veth2", "in"], ["eth0", "out"]),
  ];
  t.deepEqual(told("request", inOrder(here, [], there)), ["a veth1", "a eth0", "b eth0", "b veth2"]);
  t.deepEqual(told("reply", inOrder(here, [], there)), ["b veth2", "b eth0", "a eth0", "a veth1"]);
  const alone = [
    ...on("a", "request", ["veth1", "in"], ["veth2", "out"]),
    ...on("a", "reply", ["veth2", "in"], ["veth1", "out"]),
  ];
  t.deepEqual(inOrder(alone, [], []), alone);
});
