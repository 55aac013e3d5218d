/** What is done on the nodes of a lab so that every kind of claim about Services, names and discovery says no at once, and how it is mended. */

/** What is known of the lab that is broken; the client of the lesson `service` and a pod behind it run on the node `here`. */
export interface Bench {
  readonly here: string;
  readonly there: string;
  readonly podCidr: string;
  /** Addresses of pods. */
  readonly client: string;
  readonly backends: readonly [string, string];
  readonly dnsClient: string;
  readonly database: string;
  readonly replica: string;
  /** Addresses and ports of the Services of the lesson `service`, and the address of the cluster's DNS. */
  readonly clusterIp: string;
  readonly stickyIp: string;
  readonly emptyIp: string;
  readonly dnsIp: string;
  readonly redisIp: string;
  readonly nodePort: number;
  readonly localPort: number;
}

/** A rule of the packet filter: the table, the chain, and what it matches and does. */
type Rule = readonly [table: string, chain: string, rule: string];

const mark = "podnet-test";
const insert = ([table, chain, rule]: Rule): string =>
  `iptables --wait --table ${table} --insert ${chain} ${rule.replace(/ -j /, ` -m comment --comment ${mark} -j `)}`;
const every = (n: number): string => `-m statistic --mode nth --every ${n} --packet 0`;
const hello = "-p tcp --dport 8080";
const to = (address: string): string => `-m conntrack --ctorigdst ${address}`;
const at = (port: number): string => `-m conntrack --ctorigdstport ${port}`;

/** The rules that a node is given; each breaks what the comment before it names. */
function rulesOn(node: string, lab: Bench): readonly Rule[] {
  const { client, backends, dnsClient, clusterIp, stickyIp, emptyIp, dnsIp, podCidr, nodePort, localPort } = lab;
  const [one, other] = backends;
  const atBoth: readonly Rule[] = [
    // service-from-node: some connections are refused.
    ["filter", "OUTPUT", `${hello} --syn ${to(clusterIp)} ${every(3)} -j REJECT --reject-with tcp-reset`],
    // service-balance: one pod gets all.
    ["nat", "PREROUTING", `-s ${client} -d ${clusterIp} -p tcp -j DNAT --to-destination ${one}:8080`],
    // service-translation: the pod sees somebody else.
    ["nat", "POSTROUTING", `-s ${client} ${hello} -j MASQUERADE`],
    // service-affinity: the last that is inserted comes first, and takes every second connection.
    ["nat", "PREROUTING", `-s ${client} -d ${stickyIp} -p tcp -j DNAT --to-destination ${one}:8080`],
    ["nat", "PREROUTING", `-s ${client} -d ${stickyIp} -p tcp ${every(2)} -j DNAT --to-destination ${other}:8080`],
    // service-masquerade: the node's own connection keeps its source.
    ["nat", "POSTROUTING", `-p tcp ! -s ${podCidr} ${to(clusterIp)} -j ACCEPT`],
    // service-without-endpoints: lost, not refused.
    ["filter", "OUTPUT", `-d ${emptyIp} -j DROP`],
    ["filter", "FORWARD", `-d ${emptyIp} -j DROP`],
    // service-headless: a rule names it.
    ["nat", "POSTROUTING", "-d 192.0.2.1 -m comment --comment service/hello-world-headless -j RETURN"],
    // service-udp-from-pod and -node: some datagrams are lost; service-large-from-pod and -node: what is long is.
    ...(["FORWARD", "OUTPUT"] as const).flatMap((chain): Rule[] => [
      ["filter", chain, `-p udp --dport 7 ${every(5)} -j DROP`],
      ["filter", chain, "-p tcp --dport 7 -m length --length 1000:65535 -j DROP"],
    ]),
    // source-kept, and source-changed: what shall be kept is changed, and the other way round.
    ["nat", "POSTROUTING", `-p tcp ${at(localPort)} -j MASQUERADE`],
    ["nat", "POSTROUTING", `-p tcp ${at(nodePort)} -j ACCEPT`],
    // dns-replica: one of the CoreDNS, where it is asked by its own address.
    ["filter", "FORWARD", `-s ${dnsClient} -p udp --dport 53 ${to(lab.replica)} -j REJECT`],
    // database-by-name, and name-outlives-address.
    ["filter", "FORWARD", `-p tcp -d ${lab.database} --dport 6379 -j REJECT`],
  ];
  if (node === lab.here) return atBoth;
  return [
    ...atBoth,
    // node-port, and external-policy-local, as the other node sees them.
    ["raw", "PREROUTING", `-p tcp --dport ${nodePort} -j DROP`],
    ["raw", "PREROUTING", `-p tcp --dport ${localPort} -j DROP`],
    // dns-from-node.
    ["filter", "OUTPUT", `-p udp --dport 53 ${to(dnsIp)} -j DROP`],
  ];
}

/** Whether a bridge sends a frame back to the port that it came from. */
const hairpin = (state: "on" | "off"): string =>
  `for port in $(ls /sys/class/net/cni0/brif); do ip link set dev $port type bridge_slave hairpin ${state}; done`;

/** Command lines for a node. */
export function breakNode(node: string, lab: Bench): string {
  return [
    "set -e",
    ...rulesOn(node, lab).map(insert),
    // service-from-pod: what comes from one port of eight is lost. A refusal between pods of one bridge would not be translated back, and a packet that is
    // sent again would pass any rule that counts.
    `nft -f - <<RULES
table ip ${mark} { chain forward { type filter hook forward priority filter; ip saddr ${lab.client} tcp dport 8080 tcp sport & 0xe == 0x0 drop; }; }
RULES`,
    // proxy-mode: something of the other mode is left.
    "nft add table ip kube-proxy",
    // service-hairpin.
    hairpin("off"),
  ].join("\n");
}

export const mendNode = [
  "set -e",
  `for table in raw nat filter; do iptables-save --table $table | sed -n "/ ${mark} /s/^-A /iptables --wait --table $table --delete /p"; done | bash -e`,
  `nft delete table ip ${mark}`,
  "nft delete table ip kube-proxy",
  hairpin("on"),
].join("\n");

const kubectl = "kubectl --kubeconfig=/etc/kubernetes/admin.conf";
const inClient = `${kubectl} exec --namespace cluster-dns client -- sh -c`;
/** Makes the Service redis anew, with this address. */
const moved = (address: string): string =>
  `service=$(${kubectl} get service redis --namespace service-auto --output json); ${kubectl} delete service redis --namespace service-auto; ` +
  `jq 'del(.status, .metadata.uid, .metadata.resourceVersion, .metadata.creationTimestamp, .spec.clusterIPs) | .spec.clusterIP = "${address}"' <<<"$service" | ${kubectl} create --filename -`;

/** Command lines for the control plane. */
export function breakCluster({ client, here, redisIp }: Bench): string {
  return [
    "set -e",
    // endpoints, service-rules: one more, that is no pod of the Service's and refuses.
    `${kubectl} create --filename - <<SLICE
{"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
 "metadata": {"name": "${mark}", "namespace": "service", "labels": {"kubernetes.io/service-name": "hello-world", "endpointslice.kubernetes.io/managed-by": "${mark}"}},
 "endpoints": [{"addresses": ["${client}"], "nodeName": "${here}", "conditions": {"ready": true}}], "ports": [{"port": 8080, "protocol": "TCP", "name": ""}]}
SLICE`,
    // dns-service: a port is gone. dns-corefile: a line is another one. dns-record: a name that nobody shall have is there.
    `${kubectl} patch service kube-dns --namespace kube-system --type json --patch '[{"op": "remove", "path": "/spec/ports/2"}]'`,
    `${kubectl} get configmap coredns --namespace kube-system --output json | sed 's/pods insecure/pods verified/' | ${kubectl} replace --filename -`,
    `${kubectl} create service clusterip nobody --tcp 80 --namespace cluster-dns`,
    // resolv-conf, dns-questions: another order.
    `${inClient} 'sed s/ndots:5/ndots:1/ /etc/resolv.conf >/tmp/conf && cat /tmp/conf >/etc/resolv.conf'`,
    // service-variables: the later pod's are of an address that is another one now.
    moved(redisIp.replace(/\d+$/, (last) => String((Number(last) % 250) + 3))),
  ].join("\n");
}

export function mendCluster({ redisIp }: Bench): string {
  return [
    "set -e",
    `${kubectl} delete endpointslice ${mark} --namespace service`,
    `${kubectl} patch service kube-dns --namespace kube-system --type json --patch '[{"op": "add", "path": "/spec/ports/-", "value": {"name": "metrics", "port": 9153, "protocol": "TCP", "targetPort": 9153}}]'`,
    `${kubectl} get configmap coredns --namespace kube-system --output json | sed 's/pods verified/pods insecure/' | ${kubectl} replace --filename -`,
    `${kubectl} delete service nobody --namespace cluster-dns`,
    `${inClient} 'sed s/ndots:1/ndots:5/ /etc/resolv.conf >/tmp/conf && cat /tmp/conf >/etc/resolv.conf'`,
    moved(redisIp),
  ].join("\n");
}

/** A Service's addresses for callers outside, by its externalTrafficPolicy. */
export interface Balanced {
  readonly plain: string;
  readonly local: string;
}

/** On every node: balancer-from-outside, balancer-from-node, and source-changed and source-kept the wrong way round. */
export const breakBalancers = ({ plain, local }: Balanced): string =>
  [
    "set -e",
    ...["FORWARD", "OUTPUT"].map((chain) =>
      insert(["filter", chain, `${hello} --syn ${to(plain)} ${every(3)} -j REJECT --reject-with tcp-reset`]),
    ),
    insert(["nat", "POSTROUTING", `-p tcp ${to(plain)} -j ACCEPT`]),
    insert(["nat", "POSTROUTING", `-p tcp ${to(local)} -j MASQUERADE`]),
  ].join("\n");
/** On a node that does not answer for it: balancer-announced. */
export const takeAddress = (address: string): string => `ip addr add ${address}/32 dev eth0`;
export const leaveAddress = (address: string): string => `ip addr del ${address}/32 dev eth0`;
/** At the API server: balancer-address. */
export const offer = (range: string): string =>
  `patch ipaddresspools.metallb.io machines --namespace load-balancer --type merge --patch '{"spec": {"addresses": ["${range}"]}}'`;

/** Some connections of pods to others are refused by a rule that no policy has made: policy-ignored. */
export const refuseSome = insert(["filter", "FORWARD", `${hello} --syn ${every(4)} -j REJECT --reject-with tcp-reset`]);
/** Everybody gets to that pod before its policy is asked, and nobody is counted: policy-matrix, policy-rule. */
export const letAllTo = (pod: string): string =>
  `${insert(["filter", "FORWARD", `-d ${pod} -j ACCEPT`])} && iptables --wait --zero`;
export const takeRulesAway = mendNode.split("\n").slice(0, 2).join("\n");
