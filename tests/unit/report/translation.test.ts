// Proves that the page shows both addresses of a Service's connection before and after, with the rule, in both modes of kube-proxy. It does not prove how it looks.
import test from "ava";
import { judgeService } from "../../../evidence/judge/service.ts";
import type { ServiceEvidence } from "../../../evidence/judge/service-lesson.ts";
import { soundNftables, soundServices } from "../evidence/service-lab.ts";
import { changeable, readOutputs, render } from "./lab.ts";

const page = (evidence: ServiceEvidence, change: (output: string) => string = (output) => output): string => {
  const outputs = changeable(readOutputs());
  const claims = judgeService(evidence).map((claim) => ({ ...claim, output: change(claim.output) }));
  return render({ ...outputs, scenarios: { ...outputs.scenarios, service: { pods: [], claims } } });
};
const rows = (text: string): string[][] =>
  [...text.matchAll(/<tr><th scope="row">[^]*?<\/tr>/g)]
    .map(([row]) => [...row.matchAll(/<td>([^]*?)<\/td>/g)].map(([, cell = ""]) => cell))
    .filter((cells) => cells[0]?.includes(" → "));
const plain = (cell: string | undefined): string => (cell ?? "").replaceAll(/<[^>]*>/g, "");

test("from a pod the destination alone is another one afterwards, and the answer is changed back", (t) => {
  const [request, reply] = rows(page(soundServices));
  t.regex(request?.[0] ?? "", /^<code>10\.244\.2\.9:\d+<\/code> → <b><code>10\.96\.25\.201:80<\/code><\/b>$/);
  t.regex(plain(request?.[1]), /^10\.244\.2\.9:\d+ → 10\.244\.\d\.\d+:8080$/);
  t.regex(plain(request?.[2]), /^-A KUBE-SEP-\w+ .* -j DNAT --to-destination 10\.244\.\d\.\d+:8080$/);
  t.regex(plain(reply?.[0]), /^10\.244\.\d\.\d+:8080 → 10\.244\.2\.9:\d+$/);
  t.regex(plain(reply?.[1]), /^10\.96\.25\.201:80 → 10\.244\.2\.9:\d+$/);
});

test("from a process of the node both are another one, and the rule that marks it stands beside the one that chooses", (t) => {
  const [, , request] = rows(page(soundServices));
  t.is(request?.[0]?.match(/<b>/g)?.length, 2);
  t.regex(plain(request?.[1]), /^10\.244\.0\.0:\d+ → /);
  t.regex(plain(request?.[2]), /DNAT --to-destination .*! -s 10\.244\.0\.0\/16 .*-j KUBE-MARK-MASQ$/);
});

test("with nftables the rules are those of its table", (t) => {
  const [pod, , node] = rows(page(soundNftables));
  t.regex(plain(pod?.[2]), /^meta l4proto tcp dnat ip to numgen random mod 2 map \{.*\}$/);
  t.regex(plain(node?.[2]), /ip daddr @cluster-ips ip saddr != 10\.244\.0\.0\/16 /);
});

test("a connection that conntrack tells nothing of is left out, and so is the heading where there is none", (t) => {
  const silent = page(soundServices, (output) => output.replaceAll(/^tcp .*$/gm, ""));
  t.is(rows(silent).length, 0);
  t.notRegex(silent, /Both addresses, before and after/);
  t.regex(page(soundServices), /Both addresses, before and after/);
});
