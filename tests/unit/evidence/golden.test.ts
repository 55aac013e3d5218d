// Proves that on real labs with each backend flannel has written its own golden rules, all of them, in upstream's order, and no other.
// It does not prove that flannel's rules are right: that is upstream's to prove.
import test from "ava";
import { backendNames, backendOf, usualBackend } from "../../../evidence/backends.ts";
import { networkOf } from "../../../evidence/cidr.ts";
import { outputOf } from "../../../evidence/observation.ts";
import { parseSubnet } from "../../../evidence/parse/flannel.ts";
import { flannelsRules, goldenRules } from "../../upstream/flannel-rules.ts";
import { readCarried } from "./backends.ts";
import { readLab } from "./lab.ts";

// Of those that not every kernel has there is no real lab's transcript.
for (const backend of backendNames.filter((name) => backendOf(name).kernel === undefined))
  test(`with ${backend} a node has flannel's golden rules for what leaves`, (t) => {
    const { reports } = backend === usualBackend ? readLab() : readCarried(backend);
    const seen = Object.entries(reports).filter(([name]) => name.startsWith("overlay-"));
    t.true(seen.length >= 2);
    for (const [name, report] of seen) {
      const { network, subnet } = parseSubnet(outputOf(report, "subnet"));
      const golden = goldenRules("nat", { network, subnet: networkOf(subnet) });
      t.deepEqual(flannelsRules(outputOf(report, "nat")), golden, name);
    }
  });
