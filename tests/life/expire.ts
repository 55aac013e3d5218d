import type { Inside } from "./settled.ts";

/** kubeadm's for half a minute, and a kubelet's that ended a moment ago: as they stand on a machine after a year. */
export function letExpire(inside: Inside, master: string, workers: readonly string[]): void {
  inside(
    master,
    `sed '/^kind: ClusterConfiguration/a certificateValidityPeriod: 30s' /etc/podnet/init.yaml >/run/short.yaml
     kubeadm certs renew all --config /run/short.yaml
     for component in etcd kube-apiserver kube-controller-manager kube-scheduler; do
       crictl ps --quiet --label io.kubernetes.container.name=$component | xargs --no-run-if-empty crictl --timeout 300s stop --timeout 10
     done`,
  );
  for (const node of [master, ...workers]) {
    const request = inside(
      node,
      `openssl req -new -key /var/lib/kubelet/pki/kubelet-client-current.pem -subj /O=system:nodes/CN=system:node:${node}`,
    );
    const certificate = inside(
      master,
      `cd "$(mktemp -d)" && touch index && openssl rand -hex 8 >serial && printf '%s\n' '[ca]' default_ca=d '[d]' database=index new_certs_dir=. serial=serial default_md=sha256 policy=p \
         '[p]' organizationName=supplied commonName=supplied >config &&
       openssl ca -batch -notext -config config -cert /etc/kubernetes/pki/ca.crt -keyfile /etc/kubernetes/pki/ca.key -startdate 20250101000000Z -enddate 20260101000000Z \
         -in /dev/stdin -out certificate <<<'${request}' 2>/dev/null && cat certificate`,
    );
    inside(
      node,
      `cd /var/lib/kubelet/pki && openssl pkey -in kubelet-client-current.pem >/run/key && echo '${certificate}' | cat - /run/key >old.pem &&
       ln -sfn "$PWD/old.pem" kubelet-client-current.pem && systemctl restart kubelet`,
    );
  }
}
