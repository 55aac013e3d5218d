// Proves that the page draws a connection through a Service with both addresses before and after, and the rule between. It does not prove how it looks.
import test from "ava";
import { followedThrough } from "../../../evidence/judge/service-journey.ts";
import { journeyNodes, soundPassage as sound } from "../evidence/service-journey-lab.ts";
import { changeable, readOutputs, render } from "./lab.ts";

const { client, far, clusterIp } = sound;
const { hops } = followedThrough(sound, journeyNodes);
const rule = `-A KUBE-SEP-AAAA -p tcp -m tcp -j DNAT --to-destination ${far.ip}:8080`;
const page = (journey: typeof hops = hops): string => {
  const outputs = changeable(readOutputs());
  const about = { service: "hello-world", node: client.node };
  const claims = [
    {
      id: `service/service-rules/hello-world/${client.node}`,
      kind: "service-rules" as const,
      about,
      claim: "rules",
      node: client.node,
      at: "2026-01-02T03:04:05Z",
      command: "iptables-save -t nat",
      output: `-A KUBE-SEP-BBBB -j DNAT --to-destination 10.1.1.1:8080\n${rule}\n`,
      expected: "",
      observed: "",
      ok: true,
    },
  ];
  return render({
    ...outputs,
    scenarios: { ...outputs.scenarios, service: { pods: [], claims, journey: [...journey] } },
  });
};
const picture = (text: string): string => /<svg class="loss through"[^]*?<\/svg>/.exec(text)?.[0] ?? "";

test("the picture has each hop there and back, both nodes, and the addresses of each stretch", (t) => {
  const drawn = picture(page());
  t.is(drawn.match(/<circle class="seen"/g)?.length, 16);
  t.is(drawn.match(/class="gate"/g)?.length, 2, "changed once there, and once back");
  for (const node of journeyNodes.filter(({ name }) => name === client.node || name === far.node))
    t.true(drawn.includes(`>${node.name}<`), node.name);
  for (const stretch of [
    `${client.ip} → ${clusterIp}`,
    `${client.ip} → ${far.ip}`,
    `${far.ip} → ${client.ip}`,
    `${clusterIp} → ${client.ip}`,
  ])
    t.true(drawn.includes(stretch), stretch);
});

test("the rule stands below, and the hop behind it stands out in the table", (t) => {
  const text = page();
  t.true(text.includes(`<code>${rule}</code>`));
  t.true(text.includes(`<b><code>${client.ip} → ${far.ip}</code></b>`));
  t.true(text.includes(`<b><code>${clusterIp} → ${client.ip}</code></b>`));
});

test("a packet that was lost behind the Service is drawn as far as it was seen; one that nothing changed is not drawn", (t) => {
  const lost = hops.filter(({ leg }) => leg === "request").slice(0, 5);
  t.is(picture(page(lost)).match(/<circle class="seen"/g)?.length, 5);
  t.is(picture(page(hops.slice(0, 1))), "");
});
