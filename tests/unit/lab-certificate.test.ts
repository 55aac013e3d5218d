// Proves what ./lab doctor says of a cluster's certificates, and that it reads their end from a server's own. Not that kubeadm makes them for a year.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:tls";
import test from "ava";
import { certificateEnd, judgeCertificate } from "../../cli/doctor/certificate.ts";

const now = new Date("2026-11-28T12:00:00Z");

test("certificates are well for a month more, then noted, and the remedy renews them, expired or not", (t) => {
  t.deepEqual(judgeCertificate(new Date("2027-11-28T12:00:00Z"), now, ""), [
    { what: "certificates", verdict: "ok", found: "valid until 2027-11-28, 365 days more" },
  ]);
  const [soon] = judgeCertificate(new Date("2026-12-08T12:00:00Z"), now, " -s other");
  t.like(soon, { verdict: "note", found: "valid until 2026-12-08, 10 days more" });
  t.regex(soon?.remedy ?? "", /\.\/lab renew -s other makes new ones/);
  t.like(judgeCertificate(new Date("2026-11-27T12:00:00Z"), now, "")[0], {
    verdict: "you",
    found: "expired since 2026-11-27",
  });
  t.deepEqual(judgeCertificate(undefined, now, ""), []);
});

test("the end is read from the certificate that a server shows, whoever signed it; where nothing answers there is none", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "podnet-certificate-"));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const [key, cert] = ["key", "cert"].map((name) => join(folder, name));
  const args = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "20", "-subj", "/CN=kube-apiserver"];
  execFileSync("openssl", [...args, "-keyout", key ?? "", "-out", cert ?? ""], { stdio: "ignore" });
  const server = createServer({ key: readFileSync(key ?? ""), cert: readFileSync(cert ?? "") });
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.teardown(() => server.close());
  const end = await certificateEnd((server.address() as AddressInfo).port);
  t.is(Math.round(((end?.getTime() ?? 0) - Date.now()) / (24 * 3600 * 1000)), 20);
  const shut = createTcp();
  await once(shut.listen(0, "127.0.0.1"), "listening");
  const { port } = shut.address() as AddressInfo;
  shut.close();
  t.is(await certificateEnd(port), undefined);
});
