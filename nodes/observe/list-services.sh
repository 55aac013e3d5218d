# shellcheck shell=bash
# Every Service of the cluster, with the pods that its selector fits and its endpoints, asked on the control plane.
# Parameters: none.

no_proxies
kubectl="kubectl --kubeconfig=/etc/kubernetes/admin.conf"
known=$($kubectl get services,endpointslices,pods --all-namespaces --output=json)
# Where MetalLB has given a Service its address, its speakers know which node answers for it.
announced='[]'
speakers=$(jq --raw-output 'if any(.items[]; .status.loadBalancer.ingress[0].ip)
  then .items[] | select(.kind == "Pod" and .metadata.labels.app == "metallb" and .metadata.labels.component == "speaker") | .status.hostIP // empty
  else empty end' <<<"$known")
if [[ -n $speakers ]]; then
  # shellcheck disable=SC2086 # addresses, one a line
  announced=$(bash -c "$(ask_speakers $speakers)")
fi
jq --argjson announced "$announced" '
  [.items[] | select(.kind == "EndpointSlice")] as $slices | [.items[] | select(.kind == "Pod")] as $pods
  | [.items[] | select(.kind == "Service") | . as $service | .metadata.namespace as $namespace | {
    $namespace, name: .metadata.name, address: (.spec.clusterIP // ""),
    balancers: [.status.loadBalancer.ingress[]?.ip // empty],
    announcer: (first($announced[] | select(.namespace == $namespace and .service == $service.metadata.name) | .node) // ""),
    ports: [.spec.ports[]? | {name: (.name // ""), protocol, port, targetPort: (.targetPort | tostring), nodePort: (.nodePort // 0)}],
    selector: [(.spec.selector // {}) | to_entries[] | "\(.key)=\(.value)"],
    selected: [$pods[] | select(.metadata.namespace == $namespace and $service.spec.selector != null) | (.metadata.labels // {}) as $labels
      | select($service.spec.selector | to_entries | all($labels[.key] == .value))
      | {name: .metadata.name, ready: any(.status.conditions[]?; .type == "Ready" and .status == "True"), ports: [.spec.containers[].ports[]?.containerPort]}],
    endpoints: [$slices[] | select(.metadata.namespace == $namespace and .metadata.labels["kubernetes.io/service-name"] == $service.metadata.name)
      | .ports as $ports | .endpoints[]? | {address: .addresses[0], ready: (.conditions.ready != false)} as $endpoint
      | $ports[]? | $endpoint + {name: (.name // ""), port}]
  }]' <<<"$known"
