# shellcheck shell=bash
# Every pod of the cluster, asked on the control plane: [{namespace, name, uid, node, ip, ip6 where it has one, phase, hostNetwork, containers}].
# Of a static pod the API server has a mirror; its uid there is not the one by which the kubelet and containerd know it.
# Parameters: none.

no_proxies
kubectl --kubeconfig=/etc/kubernetes/admin.conf get pods --all-namespaces --output=json | jq '[.items[] | {
  namespace: .metadata.namespace, name: .metadata.name, uid: (.metadata.annotations["kubernetes.io/config.mirror"] // .metadata.uid), node: (.spec.nodeName // ""),
  ip: (.status.podIP // ""), phase: .status.phase, hostNetwork: (.spec.hostNetwork // false),
  containers: [.spec.containers[].name]} + (first(.status.podIPs[]?.ip | select(contains(":")) | { ip6: . }) // {})]'
