# shellcheck shell=bash
# The course's look at one pod from its own node: its containers, the namespaces they were given, and the address inside.
# Parameters: POD_UID.

observe tasks "ctr --namespace=k8s.io task ls"
observe pod "crictl --runtime-endpoint unix:///run/containerd/containerd.sock ps --label io.kubernetes.pod.uid=$POD_UID --output json"
observe containers "ctr --namespace=k8s.io container ls | grep net-box"
observe ports "ip link show master cni0"
observe subnet "cat /run/flannel/subnet.env"

tasks=$(output_of tasks)
pid_of() {
  awk -v id="$1" '$1 == id { print $2 }' <<<"$tasks"
}

# Only what runs is listed: a restarted container's first life is not mistaken for it.
while read -r name id sandbox; do
  sandbox_id=$sandbox
  observe "namespaces/$name" "ctr --namespace=k8s.io container info $id | jq .Spec.linux.namespaces"
  observe "network-namespace/$name" "readlink /proc/$(pid_of "$id")/ns/net"
done < <(output_of pod | jq --raw-output '.containers | sort_by(.metadata.name)[] | "\(.metadata.name) \(.id) \(.podSandboxId)"')

if [[ -n ${sandbox_id:-} ]]; then
  observe addresses "nsenter -t $(pid_of "$sandbox_id") -n ip addr"
fi
report
