// Proves that a kubelet gets a new certificate without its key leaving the node and for no other name than the node's, and in which order ./lab renew asks
// the machines. It does not prove that a cluster takes it: tests/life/renew.test.ts does.
import { execFileSync } from "node:child_process";
import { mkdirSync, readlinkSync } from "node:fs";
import test, { type ExecutionContext } from "ava";
import { renewOn } from "../../../cli/verbs/renew.ts";
import type { Run } from "../../../cli/trace/door.ts";
import { parseResult, readScript } from "../../../nodes/script.ts";
import { newRoot, type Root } from "./root.ts";

const pki = "var/lib/kubelet/pki";
const openssl = (...words: readonly string[]): string =>
  execFileSync("openssl", words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

function worker(t: ExecutionContext): Root {
  const root = newRoot(t, { systemctl: 'echo "$*" >>"$HOME/calls"' });
  mkdirSync(root.path(pki), { recursive: true });
  root.write("root/calls");
  return root;
}

function controlPlane(t: ExecutionContext): Root {
  const root = newRoot(t, {});
  root.write("etc/kubernetes/pki/.keep");
  const [key, ca] = [root.path("etc/kubernetes/pki/ca.key"), root.path("etc/kubernetes/pki/ca.crt")];
  openssl(
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-subj",
    "/CN=kubernetes",
    "-keyout",
    key,
    "-out",
    ca,
  );
  return root;
}

const keyOf = async (root: Root): Promise<string> =>
  parseResult("cluster/kubelet-key", (await root.run(readScript("cluster/kubelet-key"))).stdout).publicKey;
const signed = async (root: Root, publicKey: string): Promise<string> => {
  const params = { NODE_NAME: "k8s-worker1", PUBLIC_KEY: publicKey };
  return parseResult("cluster/kubelet-sign", (await root.run(readScript("cluster/kubelet-sign"), params)).stdout)
    .certificate;
};

test("certificates are renewed on a machine whose containers are still coming, with time for a slow one", async (t) => {
  const boss = newRoot(t, {
    "systemd-detect-virt": "echo qemu",
    // Between two tries; the deadline of a try takes its time.
    sleep: 'case $1 in 3) ;; *) exec /bin/sleep "$@" ;; esac',
    kubeadm: 'echo "kubeadm $*" >>"$HOME/calls"',
    crictl: `echo "crictl $*" >>"$HOME/calls"
[[ $(grep -c crictl "$HOME/calls") -gt 2 ]] || { echo "no such socket" >&2; exit 1; }
case $* in *name=etcd*) echo one ;; esac`,
  });
  boss.write("root/calls");
  boss.write("root/.kube/.keep");
  boss.write("etc/kubernetes/admin.conf");
  const certificate = boss.path("etc/kubernetes/pki/apiserver.crt");
  boss.write("etc/kubernetes/pki/.keep");
  const subject = ["-subj", "/CN=kube-apiserver", "-days", "365", "-keyout", "/dev/null", "-out", certificate];
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", ...subject);
  const { code, stderr } = await boss.run(readScript("cluster/renew"));
  t.is(code, 0, stderr);
  const calls = boss.read("root/calls").trimEnd().split("\n");
  t.regex(calls[0] ?? "", /^kubeadm certs renew all/);
  t.is(calls.filter((call) => call.endsWith("ps --quiet")).length, 3, "twice there was no runtime yet");
  t.true(calls.includes("crictl --timeout=300s stop --timeout 10 one"));
});

test("a node's new key is signed for that node's name for a year, and taken into use with its certificate", async (t) => {
  const [node, boss] = [worker(t), controlPlane(t)];
  const publicKey = await keyOf(node);
  t.notRegex(publicKey, /PRIVATE/);
  const { code, stdout } = await node.run(readScript("cluster/kubelet-take"), {
    CERTIFICATE: await signed(boss, publicKey),
  });
  t.is(code, 0);
  const days = (Date.parse(parseResult("cluster/kubelet-take", stdout).until) - Date.now()) / (24 * 3600 * 1000);
  t.is(Math.round(days), 365);
  const current = node.path(`${pki}/kubelet-client-current.pem`);
  t.regex(readlinkSync(current), /kubelet-client-[-\d]+\.pem$/);
  t.regex(openssl("x509", "-noout", "-subject", "-in", current), /O ?= ?system:nodes, ?CN ?= ?system:node:k8s-worker1/);
  t.regex(openssl("verify", "-purpose", "sslclient", "-CAfile", boss.path("etc/kubernetes/pki/ca.crt"), current), /OK/);
  t.is(openssl("pkey", "-pubout", "-in", current).trim(), publicKey.trim());
  t.false(node.has(`${pki}/podnet-new.key`));
  t.regex(node.read("root/calls"), /restart kubelet/);
});

test("a node that sends a request for a greater name instead of its key gets no certificate", async (t) => {
  const boss = controlPlane(t);
  const request = openssl(
    "req",
    "-new",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    "/dev/null",
    "-subj",
    "/O=system:masters/CN=admin",
  );
  const { code, stdout } = await boss.run(readScript("cluster/kubelet-sign"), {
    NODE_NAME: "k8s-worker1",
    PUBLIC_KEY: request,
  });
  t.not(code, 0);
  t.is(stdout, "");
});

test("a certificate of another key is not taken", async (t) => {
  const [node, other, boss] = [worker(t), worker(t), controlPlane(t)];
  await keyOf(node);
  const { code, stderr } = await node.run(readScript("cluster/kubelet-take"), {
    CERTIFICATE: await signed(boss, await keyOf(other)),
  });
  t.is(code, 1);
  t.regex(stderr, /not of this node's new key/);
  t.is(node.read("root/calls"), "");
});

test("the control plane comes first, each key goes there from its node and its certificate back, and the cluster is waited for", async (t) => {
  const asked: string[] = [];
  const until = (node: string): string => `202${node.length % 10}-01-01T00:00:00Z`;
  const run = (({ name }: { readonly name: string }, script: string, { params = {} }: { readonly params?: object }) => {
    asked.push([name, script, ...Object.values(params)].join(" "));
    return Promise.resolve({
      until: until(name),
      publicKey: `key of ${name}`,
      certificate: `for ${Object.values(params).join(", ")}`,
    });
  }) as unknown as Run;
  const node = (name: string, role: string) => ({ name, role, address: "", ssh: "" });
  t.is(
    await renewOn(run, { nodes: [node("boss", "control-plane"), node("left", "worker"), node("righty", "worker")] }),
    until("boss"),
  );
  t.deepEqual(asked, [
    "boss cluster/renew",
    ...["boss", "left", "righty"].flatMap((name) => [
      `${name} cluster/kubelet-key`,
      `boss cluster/kubelet-sign ${name} key of ${name}`,
      `${name} cluster/kubelet-take for ${name}, key of ${name}`,
    ]),
    "boss cluster/settled boss left righty",
  ]);
});
