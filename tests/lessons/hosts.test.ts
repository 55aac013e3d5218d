// Every page of the course but load-balancer on machines that were there already: proved, and taken away. They are containers: it does not prove that a
// kernel of their own unloads the modules; nor what a destroy leaves (tests/live/hosts.test.ts, without these pages).
import test from "ava";
import { configure, progress, setLessons } from "../live/lab.ts";
import { openOnHosts } from "../live/on-hosts.ts";
import { invite } from "../live/strangers.ts";
import { type Page, pagesHold } from "./held.ts";

const stackName = "live-lessons-hosts";
const strangers = await invite(stackName, "172.28.60.0/24", ["root", "ops"], "trixie");
const { stack, snapshots, end } = await openOnHosts(stackName, strangers, { podCidr: "10.232.0.0/16" });

async function teach(pages: readonly Page[], proxyMode: "iptables" | "nftables"): Promise<void> {
  await configure(stack, { proxyMode });
  await setLessons(stack, ["pod-network", ...pages]);
  await stack.up(progress);
}
/** How many lines a command prints on each host. */
const onEach = (command: string): readonly number[] =>
  strangers.machines.map((stranger) => Number(strangers.inside(stranger, `${command} | wc -l`)));
const images = "ctr --namespace=k8s.io images list --quiet | grep -E 'kube-router|redis'";
const rules = "iptables-save | grep -E 'KUBE-(ROUTER|POD-FW|NWPLCY)'";
/** Chains and rules of kube-proxy in its mode iptables. */
const proxied = "iptables-save | grep -E 'KUBE-(SVC|SEP|SERVICES|EXTERNAL-SERVICES|FORWARD|NODEPORTS|PROXY-FIREWALL)'";

test.after.always(end);

test.serial("the pages hold on hosts of two Debians, from nothing", async (t) => {
  const pages = ["service", "cluster-dns", "service-auto", "network-policy"] as const;
  await teach(pages, "iptables");
  await pagesHold(t, stack, pages);
  t.true(onEach(rules).every((lines) => lines > 0));
  for (const [host, { sets }] of Object.entries(snapshots()))
    t.true(
      sets!.some((name) => name.startsWith("KUBE-SRC-")),
      host,
    );
});

test.serial(
  "taken away, a page leaves no image, no rule and no set of addresses, kube-proxy in another mode at once",
  async (t) => {
    // The enforcer writes filters as a whole, and must not undo what kube-proxy does to them at the same moment.
    await teach(["service"], "nftables");
    await pagesHold(t, stack, ["service"]);
    t.deepEqual(onEach(images), [0, 0]);
    t.deepEqual(onEach(rules), [0, 0]);
    t.deepEqual(onEach(proxied), [0, 0]);
    for (const { sets } of Object.values(snapshots())) t.deepEqual(sets, []);
  },
);
