// Proves which tokens are left when nodes/cluster/token.sh has run, with stand-ins for kubectl and kubeadm on PATH. It does not prove that a
// cluster takes a token.
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import test from "ava";
import { execa } from "execa";
import { invoke } from "../../nodes/script.ts";

const secret = (id: string, description: string): object => ({
  metadata: { name: `bootstrap-token-${id}` },
  data: { description: Buffer.from(description).toString("base64") },
});

test("a worker has one token, which holds until it is revoked; another worker's is left alone", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "podnet-token-"));
  t.teardown(() => rm(folder, { recursive: true }));
  const items = [secret("left00", "join of left"), secret("right0", "join of right"), { metadata: { name: "bare" } }];
  await writeFile(join(folder, "secrets.json"), JSON.stringify({ items }));
  const programs = {
    kubectl: `case "$*" in *'get secrets'*) cat ${folder}/secrets.json ;; *'get node'*) exit 1 ;; *cluster-info*) echo '{"jws-kubeconfig-abcdef":"x"}' ;; *) echo "$*" >>${folder}/calls ;; esac`,
    kubeadm: `echo "$*" >>${folder}/calls; echo abcdef.0123456789abcdef`,
    "systemd-detect-virt": "echo none; exit 1",
  };
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`);
    await chmod(join(folder, name), 0o755);
  }
  const { command, stdin } = invoke("cluster/token", { params: { WORKER: "left" } }, "root");
  const { stdout } = await execa("/bin/sh", ["-c", command], {
    input: stdin,
    env: { PATH: [folder, process.env["PATH"]].join(delimiter) },
  });
  t.is(stdout, "abcdef.0123456789abcdef");
  t.deepEqual((await readFile(join(folder, "calls"), "utf8")).trim().split("\n"), [
    "--namespace kube-system delete secret bootstrap-token-left00",
    "token create --kubeconfig /etc/kubernetes/admin.conf --ttl 0 --description join of left",
  ]);
});
