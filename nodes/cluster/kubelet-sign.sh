# shellcheck shell=bash
# On the control plane: signs a kubelet's new key with the cluster's CA, for a year as kubeadm does, and prints { "certificate": ... }. The API server is
# not asked: a kubelet whose certificate has expired could not ask it.
# Parameters: NODE_NAME, PUBLIC_KEY (PEM). The node gives its key alone: whose it is stands here, so that no node gets another's name.

pki=/etc/kubernetes/pki
folder=$(mktemp -d -p /run)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit
printf '%s\n' "$PUBLIC_KEY" >public
printf '%s\n' "basicConstraints=critical,CA:FALSE" "keyUsage=critical,digitalSignature" "extendedKeyUsage=clientAuth" >extensions
# openssl wants a request, which is signed by its own key: this one goes away with the folder, and the node's takes its place.
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key \
  -subj "/O=system:nodes/CN=system:node:$NODE_NAME" -out request 2>/dev/null
openssl x509 -req -in request -force_pubkey public -CA "$pki/ca.crt" -CAkey "$pki/ca.key" -set_serial "0x$(openssl rand -hex 16)" \
  -days 365 -extfile extensions -out certificate 2>/dev/null
jq --raw-input --slurp '{ certificate: . }' certificate
