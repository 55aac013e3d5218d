# shellcheck shell=bash
# Makes this machine the control plane, once, and prints { kubeconfig, caHash, emulated }: a secret. addons.sh does the last step of kubeadm's.
# Parameters: NODE_NAME, NODE_ADDRESS, API_HOST and API_PORT (where the user's machine reaches the API server), POD_CIDR
# and SERVICE_CIDR (of IPv4; may be absent), POD_CIDR6 and SERVICE_CIDR6 (of IPv6; may be absent), NODE_ADDRESS6 (beside an IPv4 address; may be absent), KUBERNETES_VERSION, ETCD_TAG and COREDNS_TAG (of the images that are there).

done_mark=/etc/kubernetes/podnet-initialised

patches=/etc/podnet/patches

# Of both families, or of the one that there is.
pods=${POD_CIDR:-}${POD_CIDR6:+${POD_CIDR:+,}$POD_CIDR6}
services=${SERVICE_CIDR:-}${SERVICE_CIDR6:+${SERVICE_CIDR:+,}$SERVICE_CIDR6}

# patient_probes: on an emulated processor a late probe is still a good probe; restarting the component would only add load. And a TLS
# handshake for each of them every second, as kubeadm has it, takes a good part of such a processor.
patient_probes() {
  local component ready
  mkdir -p "$patches"
  for component in etcd kube-apiserver kube-scheduler kube-controller-manager; do
    ready="readinessProbe: { periodSeconds: 20, timeoutSeconds: 150 }"
    if [[ $component == kube-controller-manager ]]; then
      ready="" # it has none
    fi
    cat >"$patches/$component+strategic.yaml" <<PATCH
spec:
  containers:
  - name: $component
    startupProbe: { timeoutSeconds: 150 }
    livenessProbe: { periodSeconds: 60, timeoutSeconds: 150, failureThreshold: 20 }
    $ready
PATCH
  done
}

# dns_probes: kubeadm's manifest leaves CoreDNS's readiness probe at its default of one look every ten seconds. A replica that misses
# the first look by a moment is taken for not ready that long.
dns_probes() {
  local readiness="{ periodSeconds: 1 }" liveness="{}"
  if emulated; then
    readiness="{ periodSeconds: 20, timeoutSeconds: 150 }"
    liveness="{ periodSeconds: 60, timeoutSeconds: 150, failureThreshold: 20 }"
  fi
  mkdir -p "$patches"
  cat >"$patches/corednsdeployment+strategic.yaml" <<PATCH
spec:
  template:
    spec:
      containers:
      - name: coredns
        livenessProbe: $liveness
        readinessProbe: $readiness
PATCH
}

configuration() {
  cat <<CONFIGURATION
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: $NODE_ADDRESS
  bindPort: 6443
$(node_registration)
$(timeouts)
patches:
  directory: $patches
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: pod-networking-lab
kubernetesVersion: v$KUBERNETES_VERSION
# Each Kubernetes would ask for others.
etcd:
  local:
    imageTag: $ETCD_TAG
dns:
  imageTag: $COREDNS_TAG
# Some ten key pairs are made one after the other, and each connection signs: RSA takes seconds for both, ECDSA does not.
encryptionAlgorithm: ECDSA-P256
networking:
  podSubnet: $pods
  serviceSubnet: $services
apiServer:
  # The certificate must hold every name by which the server is reached: by nodes, and from the user's machine.
  certSANs: ["$NODE_ADDRESS", "$API_HOST", "127.0.0.1", "localhost"]
# With one control plane there is no other candidate; on a slow machine a lost lease would restart both for ever.
controllerManager:
  extraArgs:
  - name: leader-elect
    value: "false"
  # It begins its controllers one after the other, each with an account of its own that it asks the API server for: at kube-api-qps' default of
  # 20 a second the one that signs for joins comes five seconds late.
  - name: kube-api-qps
    value: "200"
  - name: kube-api-burst
    value: "400"
$(if emulated; then
    # A kubelet that is late is not lost.
    printf '%s\n' "  - name: node-monitor-grace-period" '    value: "300s"'
  fi)
scheduler:
  extraArgs:
  - name: leader-elect
    value: "false"
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clusterCIDR: $pods
$(if in_container; then
    # The connection table is the host's; 0 leaves it as it is.
    printf '%s\n' "conntrack:" "  maxPerCore: 0" "  tcpEstablishedTimeout: 0s" "  tcpCloseWaitTimeout: 0s"
  fi)
$(kubelet_configuration)
CONFIGURATION
}

no_proxies
lock_kubeadm
made=''
if [[ ! -e $done_mark || ! -e /etc/kubernetes/admin.conf ]]; then
  if [[ -n $(ls /etc/kubernetes/manifests 2>/dev/null) || -e /etc/kubernetes/admin.conf ]]; then
    reset_node
  fi
  say "kubeadm init"
  if emulated; then
    patient_probes
  fi
  dns_probes
  configuration >/etc/podnet/init.yaml
  # shellcheck disable=SC2016 # the dollars belong to the inner shell
  detached init bash -c 'kubeadm init --config "$1" "$2" --skip-token-print && touch "$3"' init /etc/podnet/init.yaml "$(skipped addon)" "$done_mark"
  made=now
fi

# tells_schema: the API server hands out its schema, in the form that Pulumi's provider asks for, well within the half minute that the
# provider waits. The server makes it when it is first asked.
tells_schema() {
  local pki=/etc/kubernetes/pki accept="application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
  printf '%s\r\n' "GET /openapi/v2 HTTP/1.1" "Host: $NODE_ADDRESS" "Accept: $accept" "Connection: close" "" |
    timeout 15 openssl s_client -quiet -verify_return_error -CAfile "$pki/ca.crt" -cert "$pki/apiserver-kubelet-client.crt" \
      -key "$pki/apiserver-kubelet-client.key" -connect "$NODE_ADDRESS:6443" 2>/dev/null |
    LC_ALL=C awk 'NR == 1 { answered = / 200 / } END { exit !answered }'
}
# What kubeadm has just made answers. A machine that has begun anew has its API server some seconds later.
if emulated || [[ -z $made ]]; then
  wait_for "the API server to tell its schema" 60 tells_schema
fi

install -d -m 0700 "$HOME/.kube"
install -m 0600 /etc/kubernetes/admin.conf "$HOME/.kube/config"
sed "s#^\( *server: \).*#\1https://$API_HOST:$API_PORT#" /etc/kubernetes/admin.conf |
  jq --raw-input --slurp --arg caHash "$(ca_hash)" --argjson emulated "$(if emulated; then echo true; else echo false; fi)" \
    '{ kubeconfig: ., caHash: $caHash, emulated: $emulated }'
