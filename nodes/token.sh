# shellcheck shell=bash
# Makes a token for one worker to join with and prints it: a secret. ready.sh revokes it once the worker is there.
# Parameters: WORKER (its node name).

kubeadm token create --kubeconfig /etc/kubernetes/admin.conf --ttl 24h --description "join of $WORKER"
