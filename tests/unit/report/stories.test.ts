// Proves what the report of a healthy lab tells of each fault: where its packets would be seen last, and which of its claims would fail.
import test from "ava";
import { labFacts } from "../../../cli/faults/lab.ts";
import { parseResults } from "../../../cli/stack/results.ts";
import { catalogue } from "../../../faults/catalogue.ts";
import { tellStories } from "../../../faults/story.ts";
import { allClaims, anchorOf } from "../../../report/proofs.ts";
import { readOutputs, render } from "./lab.ts";

const outputs = readOutputs();
const claims = allClaims(outputs);
const lab = labFacts("test", parseResults(outputs));
const stories = tellStories(catalogue, claims, lab);
const page = render(outputs, { stories });
const story = (name: string) => stories.find((one) => one.name === name)!;

test("each fault has a story at its place in this lab", (t) => {
  t.deepEqual(
    stories.map(({ name }) => name),
    catalogue.map(({ name }) => name),
  );
  for (const { name, title, text } of stories) {
    const part = page.slice(page.indexOf(`id="fault-${name}"`)).split("</details>")[0]!;
    for (const said of [title, text].flatMap(({ en, zh }) => [en, zh]))
      t.true(part.includes(said.slice(0, 12).split(/[`&'"<>]/)[0]!), `${name}: ${said}`);
    t.true(part.includes(`./lab break -s test ${name}\n`) && part.includes(`./lab heal -s test ${name}`), name);
  }
});

test("a packet's way ends where the fault says, the answer's as well as the question's", (t) => {
  t.like(story("vtep-entry-gone").loss, { leg: "request", last: 2 });
  t.is(story("vtep-entry-gone").loss!.way[2], "vtep out");
  t.like(story("pod-no-routes").loss, { leg: "request", last: -1 });
  // What the other side sends comes in, and is dropped there: it is the answer that is missed.
  t.like(story("vxlan-port-closed").loss, { protocol: "icmp" });
  t.is(story("pod-neighbour-poisoned").loss!.way.length, 3, "between pods of one node there is no overlay");
  t.is(story("pod-resolver-dead").loss, undefined);
  t.regex(
    page,
    /aria-label="From pod-to-pod-multi-node\/mypod1 to pod-to-pod-multi-node\/mypod2: seen last at flannel\.1"/,
  );
  t.regex(page, /data-text-zh-cn="从 pod-to-pod-multi-node\/mypod1 到 pod-to-pod-multi-node\/mypod2：没有离开 Pod"/);
});

test("the claims that would fail are claims of this page", (t) => {
  const part = page.slice(page.indexOf('id="fault-vtep-entry-gone"')).split("</details>")[0]!;
  const linked = [...part.matchAll(/href="#([^"]+)"/g)].map(([, anchor]) => anchor);
  t.true(linked.length >= 8);
  for (const anchor of linked) t.true(page.includes(`id="${anchor}"`), anchor);
  t.true(claims.some((claim) => claim.kind === "vtep-forwarding" && linked.includes(anchorOf(claim))));
  t.regex(part, /31 claims would fail, and 7 more might\. One of each kind:/);
});

test("a lab that is too small for a fault is told nothing of it, and without stories there is no section", (t) => {
  const alone = { ...lab, pods: lab.pods.filter(({ namespace }) => namespace === "container-to-container") };
  t.deepEqual(tellStories(catalogue, claims, alone), []);
  t.false(render(outputs).includes("stories-title"));
});
