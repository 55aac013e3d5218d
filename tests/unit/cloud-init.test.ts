// Proves what a new machine is told, as text. That cloud-init takes it, and does it, is proved on a VM (tests/vm/machine.test.ts).
import test from "ava";
import { parse as parseYaml } from "yaml";
import { metaData, networkConfig, userData } from "../../components/machines/cloud-init.ts";

/** As cloud-init reads it. */
const parse = (text: string): unknown => parseYaml(text, { version: "1.1" });

const privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
const one = {
  name: "k8s-worker1",
  user: "root",
  authorizedKey: "ssh-ed25519 AAAALOGIN podnet-dev",
  hostKey: { privateKey, publicKey: "ssh-ed25519 AAAAHOST k8s-worker1" },
};

test("user-data begins with the line that makes it cloud-config", (t) => {
  t.true(userData(one).startsWith("#cloud-config\n"));
});

test("the host key that the lab knows is the machine's only one, character by character", (t) => {
  const { ssh_keys: keys, ssh_deletekeys: others } = parse(userData(one)) as Record<string, unknown>;
  t.deepEqual(keys, { ed25519_private: privateKey, ed25519_public: one.hostKey.publicKey });
  t.true(others);
});

test("root logs in with the lab's key alone, and is not locked, which sshd would take for closed", (t) => {
  const document = parse(userData(one)) as Record<string, unknown>;
  t.deepEqual(document["users"], [{ name: "root", lock_passwd: false, ssh_authorized_keys: [one.authorizedKey] }]);
  t.false(document["disable_root"]);
  t.false(document["ssh_pwauth"]);
});

test("another user becomes root by sudo without a password, and root stays out", (t) => {
  const document = parse(userData({ ...one, user: "admin" })) as {
    users: Record<string, unknown>[];
    disable_root: boolean;
  };
  t.is(document.users.length, 1);
  t.like(document.users[0], {
    name: "admin",
    sudo: "ALL=(ALL) NOPASSWD:ALL",
    ssh_authorized_keys: [one.authorizedKey],
  });
  t.true(document.disable_root);
});

test("a resolver is written where one is given, and left to the network otherwise", (t) => {
  const files = (nameservers?: string[]): unknown =>
    (parse(userData({ ...one, nameservers })) as Record<string, unknown>)["write_files"];
  t.deepEqual(files(["10.0.2.3"]), [{ path: "/etc/resolv.conf", content: "nameserver 10.0.2.3\n" }]);
  t.is(files(), undefined);
});

test("a name that YAML would read as something else stays a name", (t) => {
  t.is((parse(metaData("podnet-dev-1e3", "1e3")) as Record<string, unknown>)["local-hostname"], "1e3");
  t.is((parse(userData({ ...one, name: "no" })) as Record<string, unknown>)["hostname"], "no");
});

test("interfaces are told by their MAC, and only one leads outside", (t) => {
  const text = networkConfig([
    { name: "eth0", mac: "52:54:00:12:34:00", addresses: ["10.0.2.15/24"], gateway: "10.0.2.2" },
    {
      name: "eth1",
      mac: "52:54:00:12:34:01",
      addresses: ["172.28.56.10/24", "fd00:172:28:56::10/64", "fe80::1/64"],
    },
  ]);
  t.deepEqual(parse(text), {
    version: 2,
    ethernets: {
      eth0: {
        match: { macaddress: "52:54:00:12:34:00" },
        addresses: ["10.0.2.15/24"],
        routes: [{ to: "0.0.0.0/0", via: "10.0.2.2" }],
      },
      eth1: {
        match: { macaddress: "52:54:00:12:34:01" },
        addresses: ["172.28.56.10/24", "fd00:172:28:56::10/64", "fe80::1/64"],
      },
    },
  });
});

test("a MAC of digits only stays text: YAML 1.1, which cloud-init reads, has numbers to the base of sixty", (t) => {
  const text = networkConfig([{ name: "eth0", mac: "52:54:00:12:34:00", addresses: ["10.0.2.15/24"] }]);
  t.regex(text, /macaddress: "52:54:00:12:34:00"/);
});
