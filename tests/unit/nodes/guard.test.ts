// Proves what the guard on a machine's uplinks refuses, by the calls that it makes of iptables, nft and ip, which are stand-ins here. That a kernel refuses so is tests/live's.
import test, { type ExecutionContext } from "ava";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newRoot } from "./root.ts";

const prepare = readFileSync(join(import.meta.dirname, "../../../nodes/cluster/prepare.sh"), "utf8");
const guard = /<<'GUARD'\n#!\/bin\/bash\n([\s\S]*?)\nGUARD\n/.exec(prepare)![1]!;
const last = "unreachable 10.244.0.0/16 metric 4278198272";

/** The calls that change something. */
async function calls(
  t: ExecutionContext,
  packets: string,
  routes = "",
  LEFT = "",
  ranges = "10.0.0.11 10.244.0.0/16 10.96.0.0/16",
): Promise<string[]> {
  const noted = 'echo "${0##*/} $*" >>"$CALLS"; [[ $* != *" -C "* ]]';
  const root = newRoot(t, {
    iptables: noted,
    ip6tables: noted,
    nft: `{ printf nft; tr -s "\\n " " "; echo; } >>"$CALLS"`,
    ip: `case "$*" in
  "-o addr show to 10.0.0.11") echo "2: eth1 inet 10.0.0.11/24" ;;
  "-o addr show to fd00:10::11") echo "2: eth1 inet6 fd00:10::11/64" ;;
  "-o -4 route show default") echo "default via 192.0.2.1 dev eth0" ;;
  "route") echo "${routes}" ;;
  "-6 route") echo "\${LEFT:-}" ;;
  *) echo "ip $*" >>"$CALLS" ;;
esac`,
  });
  const file = root.path("calls");
  const words = `set -- ${ranges} ${packets}`;
  const { code, stderr } = await root.run(`${words}\n${guard}`, {}, { env: { CALLS: file, LEFT } });
  t.is(code, 0, stderr);
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => / -A | route |^nft/.test(line));
}

test("where packets are wrapped, nothing for a pod or a Service leaves by an uplink", async (t) => {
  const made = await calls(t, "wrapped");
  for (const uplink of ["eth0", "eth1"]) {
    const rules = made.filter((line) => line.includes(`-o ${uplink} `));
    t.is(rules.filter((line) => line.includes("-d 10.244.0.0/16")).length, 2, uplink);
    t.is(rules.filter((line) => line.includes("-d 10.96.0.0/16")).length, 1, uplink);
  }
  // Who is first in FORWARD, and accepts, is not before that.
  const refusals = ["eth0", "eth1"].map(
    (uplink) => `oifname "${uplink}" ip daddr 10.96.0.0/16 reject with icmp type net-prohibited;`,
  );
  t.true(made.some((line) => line.includes(`type filter hook forward priority 10 ${refusals.join("")} } }`)));
  t.false(made.some((line) => line.includes("route")));
});

test("where they leave bare, the last route to them leads nowhere, and the rules are about Services alone", async (t) => {
  const made = await calls(t, "bare");
  t.true(made.includes(`ip route replace ${last}`));
  t.false(made.some((line) => line.includes("-d 10.244.0.0/16")));
  t.is(made.filter((line) => line.includes("-d 10.96.0.0/16")).length, 2);
  t.is(made.filter((line) => line.includes("ip daddr 10.96.0.0/16 reject")).length, 1);
});

test("wrapped again, that route is gone", async (t) => {
  t.true((await calls(t, "wrapped", `${last} `)).includes(`ip route del ${last}`));
});

test("with a second family, ip6tables refuses as much of it, and IPv4's rules are the same", async (t) => {
  const six = "fd00:10:244::/48 fd00:10:96::/112";
  const made = await calls(t, `wrapped ${six}`);
  const of = (program: string): string[] => made.filter((line) => line.startsWith(`${program} `));
  const ofIpv4 = (lines: readonly string[]): string[] =>
    lines.filter((line) => /^(iptables|nftadd table ip) /.test(line));
  t.deepEqual(ofIpv4(made), ofIpv4(await calls(t, "wrapped")));
  t.true(
    made.some((line) =>
      line.includes('oifname "eth1" ip6 daddr fd00:10:96::/112 reject with icmpv6 type admin-prohibited;'),
    ),
  );
  t.is(of("ip6tables").filter((line) => line.includes("-d fd00:10:244::/48")).length, 4);
  t.is(
    of("ip6tables").filter((line) => line.includes("-d fd00:10:96::/112 -j REJECT --reject-with icmp6-adm-prohibited"))
      .length,
    2,
  );
  t.true(
    (await calls(t, `bare ${six}`)).includes("ip -6 route replace unreachable fd00:10:244::/48 metric 4278198272"),
  );
  const left = "unreachable fd00:10:244::/48 dev lo metric 4278198272 pref medium";
  t.true(
    (await calls(t, `wrapped ${six}`, "", left)).includes(
      "ip -6 route del unreachable fd00:10:244::/48 metric 4278198272",
    ),
  );
});

test("with IPv6 alone ip6tables refuses the same, and iptables is asked for nothing", async (t) => {
  const six = "fd00:10:244::/48 fd00:10:96::/112";
  const made = await calls(t, `wrapped ${six}`, "", "", "fd00:10::11 - -");
  const ofIpv6 = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith("ip6tables "));
  t.deepEqual(ofIpv6(made), ofIpv6(await calls(t, `wrapped ${six}`)));
  t.false(made.some((line) => /^(iptables|nftadd table ip) /.test(line)));
  t.true(made.some((line) => line.includes("-o eth1 -d fd00:10:244::/48")));
});
