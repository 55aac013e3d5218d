// Proves, in a bash on this machine with stand-ins for a node's programs, how a change on a node is seen and which faults a node tells of.
import test from "ava";
import { z } from "zod";
import { readLibraries, readScript } from "../../../nodes/script.ts";
import { newRoot } from "./root.ts";

const change = readLibraries(["say", "node", "change", "breakage"]);

test("a bridge's timers are no change of the bridge, and that it is down is one", async (t) => {
  // A bridge tells in its details when it will next tidy up: another number at each look.
  const root = newRoot(t, {
    ip: `case "$*" in
      *address*) echo '[{"addr_info":[{"local":"10.244.1.1","broadcast":"10.244.1.255","prefixlen":24}]}]' ;;
      *link*) echo "[{\\"ifindex\\":4,\\"mtu\\":1450,\\"address\\":\\"d6:00:00:00:00:01\\",\\"flags\\":[\\"\${UP:-UP}\\"],
        \\"linkinfo\\":{\\"info_kind\\":\\"bridge\\",\\"info_data\\":{\\"gc_timer\\":$RANDOM}}}]" ;;
    esac`,
    bridge: "exit 0",
  });
  const look = `mkdir -p "$fault_folder"; save_device node cni0
    device_differs node cni0 "$saved" >&2 && echo another || echo "the same"
    export UP=NO-CARRIER; device_differs node cni0 "$saved" >&2 && echo another || echo "the same"`;
  const { stdout, stderr } = await root.run(`${change}\n${look}`, { FAULT: "bridge-down" });
  t.is(stdout, "the same\nanother", stderr);
});

test("a device that is made anew gets its routes back, of whichever sort they are", async (t) => {
  const root = newRoot(t, {
    ip: `echo "$*" >>"$CALLS"; case "$*" in *address*) echo '[]' ;; *"link show"*) echo '[{"mtu":1450,"address":"aa","flags":["UP"]}]' ;; esac`,
    bridge: "exit 0",
  });
  const routes = async (lines: string) => {
    root.write("calls");
    const saved = `saved=$fault_folder/device-0; mkdir -p "$saved"
      echo '{"mtu":1450,"address":"aa","up":true}' >"$saved/link"; printf '%s' "$ROUTES" >"$saved/routes"
      for each in addresses neighbours entries; do : >"$saved/$each"; done`;
    const { code, stderr } = await root.run(
      `${change}\n${saved}\nfill_device node flannel.1 "$saved"`,
      { FAULT: "one", ROUTES: lines },
      { env: { CALLS: root.path("calls") } },
    );
    t.is(code, 0, stderr);
    return root.read("calls").match(/route replace .*/g);
  };
  t.deepEqual(await routes("10.244.0.0/24 via 10.244.0.0 onlink\n10.244.1.0/24 via 10.244.1.0 onlink\n"), [
    "route replace 10.244.0.0/24 via 10.244.0.0 onlink dev flannel.1",
    "route replace 10.244.1.0/24 via 10.244.1.0 onlink dev flannel.1",
  ]);
  t.deepEqual(await routes("10.244.0.0/16 \n"), ["route replace 10.244.0.0/16 scope global dev flannel.1"]);
  t.deepEqual(await routes("default via 10.244.1.1\n10.244.1.0/24 proto kernel scope link\n"), [
    "route replace 10.244.1.0/24 proto kernel scope link dev flannel.1",
    "route replace default via 10.244.1.1 dev flannel.1",
  ]);
});

test("a device that was down gets its IPv6 addresses and routes back: the kernel has thrown them away", async (t) => {
  const root = newRoot(t, {
    ip: `echo "$*" >>"$CALLS"; case "$*" in
      *"-6 address show"*) printf '    inet6 fd00:10:244:1::1/64 scope global \n    inet6 2001:db8::7/64 scope global dynamic\n' ;;
      *"-6 route show"*) printf 'fd00:10:244:1::/64 proto kernel metric 256 pref medium\nfd00:10:244:2::/64 via fd00:10:244:2:: metric 1024 onlink pref medium\n' ;;
      *address*) echo '[]' ;; *link*) echo '[{"ifindex":4,"mtu":1450,"address":"aa","flags":["UP"]}]' ;; esac`,
    bridge: "exit 0",
  });
  root.write("calls");
  const { code, stderr } = await root.run(
    `${change}\nmkdir -p "$fault_folder"; save_device node cni0; : >"$CALLS"; fill_device node cni0 "$saved"`,
    { FAULT: "one" },
    { env: { CALLS: root.path("calls") } },
  );
  t.is(code, 0, stderr);
  t.deepEqual(root.read("calls").match(/-6 .* replace .*/g), [
    "-6 address replace fd00:10:244:1::1/64 dev cni0 nodad",
    "-6 route replace fd00:10:244:2::/64 via fd00:10:244:2:: metric 1024 onlink pref medium dev cni0",
  ]);
});

test("what is changed at flannel's device is changed at the one that is named, and noted so", async (t) => {
  const root = newRoot(t, {
    ip: `echo "ip $*" >>"$CALLS"; case "$*" in *neigh*"flannel.42") echo '[{"dst":"10.244.2.0","lladdr":"0a:2a"}]' ;; *"route show 10.244.2.0/24") echo '10.244.2.0/24 via 10.244.2.0 dev flannel.42 onlink' ;; esac`,
    bridge: `echo "bridge $*" >>"$CALLS"; case "$*" in *"show dev flannel.42") echo '[{"mac":"0a:2a","dst":"10.0.0.12"},{"mac":"0a:2b"}]' ;; *show*) echo '[]' ;; esac`,
  });
  const broken = `mkdir -p "$fault_folder"; break_vtep_entry flannel.42 10.0.0.12; break_no_route node subnet:flannel.42:10.0.0.12; cat "$fault_folder/undo"
    break_vtep_entry flannel.1 10.0.0.12`;
  const { stdout, stderr } = await root.run(
    `${change}\n${broken}`,
    { FAULT: "one" },
    { env: { CALLS: root.path("calls") } },
  );
  t.deepEqual(stdout.trim().split("\n"), [
    "boot restore_vtep_entry flannel.42 0a:2a 10.0.0.12",
    "boot restore_route node 10.244.2.0/24 via 10.244.2.0 dev flannel.42 onlink",
  ]);
  t.regex(stderr, /flannel\.1 has no forwarding entry that leads to 10\.0\.0\.12/);
  t.regex(root.read("calls"), /^bridge fdb del 0a:2a dev flannel\.42 dst 10\.0\.0\.12$/m);
});

test("a node tells each fault that it has with whether it can be seen, and one without faults starts no jq", async (t) => {
  const root = newRoot(t, { jq: 'echo jq >>"$CALLS"; exec /usr/bin/jq "$@"' });
  const list = async (): Promise<unknown> => {
    const { stdout, stderr } = await root.run(readScript("faults/list"), {}, { env: { CALLS: root.path("calls") } });
    t.not(stdout, "", stderr);
    return z.array(z.object({ fault: z.string(), seen: z.boolean() })).parse(JSON.parse(stdout));
  };
  t.deepEqual(await list(), []);
  t.false(root.has("calls"));
  root.write("var/lib/podnet/faults/one/record", '{"fault":"one"}');
  root.write("var/lib/podnet/faults/one/program", "exit 0\n");
  root.write("var/lib/podnet/faults/two/record", '{"fault":"two"}');
  root.write("var/lib/podnet/faults/two/program", "exit 1\n");
  t.deepEqual(await list(), [
    { fault: "one", seen: true },
    { fault: "two", seen: false },
  ]);
});

test("a fault that the config has changed is taken away as it was put in, and put in anew; one by hand is not", async (t) => {
  const root = newRoot(t, {
    sysctl: `file=$KERNEL; case "$*" in *--write*) echo "\${@: -1}" | sed 's/.*=//' >"$file" ;; *) cat "$file" ;; esac`,
    systemctl: "exit 0",
  });
  root.write("kernel", "1\n");
  const put = async (value: string, by: string) =>
    await root.run(
      readScript("faults/break"),
      {
        FAULT: `${by}-one`,
        RECORD: JSON.stringify({ name: "one", params: {}, by, hidden: false }),
        STEPS: `kernel net.ipv4.ip_forward ${value}`,
        DURATION: "0",
      },
      { env: { KERNEL: root.path("kernel") } },
    );
  const kernel = (): string => root.read("kernel").trim();
  t.is((await put("0", "config")).code, 0);
  t.is(kernel(), "0");
  const again = await put("2", "config");
  t.is(again.code, 0, again.stderr);
  t.is(kernel(), "2");
  t.is(root.read("var/lib/podnet/faults/config-one/undo"), "boot sysctl --quiet --write net.ipv4.ip_forward=1\n");
  t.is((await put("2", "config")).code, 0, "asked again, it is in");
  t.is((await put("0", "hand")).code, 0);
  const twice = await put("1", "hand");
  t.is(twice.code, 3);
  t.regex(twice.stderr, /is in already/);
});

test("a fault with an end has a timer whose moment systemd can read: with one blank too many it refused the timer, and the fault", async (t) => {
  const root = newRoot(t, {
    sysctl: 'case "$*" in *--write*) : >"$KERNEL" ;; *) [[ -e $KERNEL ]] && echo 0 || echo 1 ;; esac',
    systemctl: "exit 0",
  });
  root.write("etc/systemd/system/kept");
  const { code, stdout, stderr } = await root.run(
    readScript("faults/break"),
    {
      FAULT: "one",
      RECORD: JSON.stringify({ name: "one", params: {}, by: "hand", hidden: false }),
      STEPS: "kernel net.ipv4.ip_forward 0",
      DURATION: "90",
    },
    { env: { KERNEL: root.path("kernel") } },
  );
  t.is(code, 0, stderr);
  const { until } = z.object({ until: z.iso.datetime() }).parse(JSON.parse(stdout));
  const left = Date.parse(until) - Date.now();
  t.true(left > 0 && left <= 90_000);
  const moment = /^OnCalendar=(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC$/m.exec(
    root.read("etc/systemd/system/podnet-heal-one.timer"),
  );
  t.is(`${moment?.[1]}T${moment?.[2]}Z`, until);
});

const pod = {
  metadata: { uid: "uid-1", name: "mypod1", namespace: "demo" },
  spec: { nodeName: "k8s-worker1", containers: [{ name: "box" }] },
  status: { podIP: "10.244.1.2", containerStatuses: [{ containerID: "containerd://c1" }] },
};
for (const [what, items, uid, expected] of [
  [
    "runs as it is named",
    [pod],
    "uid-1",
    { name: "mypod1", namespace: "demo", uid: "uid-1", node: "k8s-worker1", ip: "10.244.1.2", containers: ["box"] },
  ],
  ["is gone", [pod], "uid-2", /no longer on k8s-worker1: someone has deleted it/],
  [
    "has another container than the one that runs",
    [{ ...pod, status: { ...pod.status, containerStatuses: [{ containerID: "containerd://c0" }] } }],
    "uid-1",
    /in vain/,
  ],
  ["has no address yet", [{ ...pod, status: { containerStatuses: pod.status.containerStatuses } }], "uid-1", /in vain/],
] as const)
  test(`the facts of a pod that ${what}`, async (t) => {
    const root = newRoot(t, { curl: `cat <<'J'\n${JSON.stringify({ items })}\nJ`, crictl: "echo c1" });
    root.write("etc/kubernetes/kubelet.conf", "    server: https://10.0.0.10:6443\n");
    root.write("etc/podnet/node-name", "k8s-worker1\n");
    const { code, stdout, stderr } = await root.run(
      readScript("observe/pod-facts").replace(
        " 180 ",
        expected instanceof RegExp && expected.source === "in vain" ? " 1 " : " 60 ",
      ),
      {
        POD_NAMESPACE: "demo",
        POD_NAME: "mypod1",
        POD_UID: uid,
      },
    );
    if (expected instanceof RegExp) {
      t.not(code, 0);
      t.regex(stderr, expected);
    } else t.deepEqual(JSON.parse(stdout), expected, stderr);
  });

test("a node that is cut off from the API server tells a pod's facts as containerd has them, once all its containers run", async (t) => {
  const crictl = (state: string) => `case "$*" in
    "pods "*) echo s1 ;;
    inspectp*) echo '{"status":{"metadata":{"name":"mypod1","namespace":"demo","uid":"uid-1"},"network":{"ip":"10.244.1.2"}}}' ;;
    "ps --all"*) echo '{"containers":[{"createdAt":"20","state":"CONTAINER_RUNNING","metadata":{"name":"second"}},
      {"createdAt":"10","state":"${state}","metadata":{"name":"first"}}]}' ;;
  esac`;
  const ask = async (state: string, seconds: number) => {
    const root = newRoot(t, { curl: "echo timed out >&2; exit 28", crictl: crictl(state) });
    root.write("etc/kubernetes/kubelet.conf", "    server: https://10.0.0.10:6443\n");
    root.write("etc/podnet/node-name", "k8s-worker1\n");
    const script = readScript("observe/pod-facts")
      .replace(" 180 ", ` ${seconds} `)
      .replace("begun >= $(patient 30)", "begun >= 1");
    return await root.run(script, { POD_NAMESPACE: "demo", POD_NAME: "mypod1", POD_UID: "uid-1" });
  };
  const { stdout, stderr } = await ask("CONTAINER_RUNNING", 60);
  t.deepEqual(
    JSON.parse(stdout),
    {
      name: "mypod1",
      namespace: "demo",
      uid: "uid-1",
      node: "k8s-worker1",
      ip: "10.244.1.2",
      containers: ["first", "second"],
    },
    stderr,
  );
  t.not((await ask("CONTAINER_EXITED", 3)).code, 0);
});
