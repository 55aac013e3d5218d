# shellcheck shell=bash
# Every pod of the cluster, asked on the control plane: [{namespace, name, uid, node, ip, phase, hostNetwork, containers}].
# Parameters: none.

kubectl --kubeconfig=/etc/kubernetes/admin.conf get pods --all-namespaces --output=json | jq '[.items[] | {
  namespace: .metadata.namespace, name: .metadata.name, uid: .metadata.uid, node: (.spec.nodeName // ""),
  ip: (.status.podIP // ""), phase: .status.phase, hostNetwork: (.spec.hostNetwork // false),
  containers: [.spec.containers[].name]}]'
