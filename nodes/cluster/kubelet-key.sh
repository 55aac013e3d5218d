# shellcheck shell=bash
# Makes a new key for this node's kubelet and prints the public half of it, { "publicKey": ... }: the key itself stays here. kubelet-take.sh takes it into use.
# Parameters: none.

umask 077
key=/var/lib/kubelet/pki/podnet-new.key
openssl ecparam -name prime256v1 -genkey -noout -out "$key"
openssl pkey -in "$key" -pubout | jq --raw-input --slurp '{ publicKey: . }'
