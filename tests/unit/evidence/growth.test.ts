// How the number of claims grows with the nodes, as docs/evidence.md says. It does not prove how long they take to gather.
import test from "ava";
import { unseen } from "../../../evidence/observation.ts";
import { judgeVteps } from "../../../evidence/judge/vteps.ts";

for (const [workers, claims] of [
  [1, 6],
  [2, 15],
  [8, 153],
] as const)
  test(`${workers} workers have ${claims} claims about who knows whom in the overlay`, (t) => {
    const nodes = Array.from({ length: workers + 1 }, (_, index) => ({
      name: `node${index}`,
      address: `172.28.57.${10 + index}`,
    }));
    const nobody = unseen("node0", "");
    const found = judgeVteps("lesson", nodes, nobody, (node) => unseen(node, ""));
    t.is(found.length, claims);
    t.is(new Set(found.map(({ id }) => id)).size, claims);
  });
