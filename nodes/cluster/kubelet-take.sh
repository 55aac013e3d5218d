# shellcheck shell=bash
# Takes the new key of kubelet-key.sh into use with its certificate, as the kubelet itself would, and restarts the kubelet; pods go on. Prints { "until": ... }.
# Parameters: CERTIFICATE (PEM).

umask 077
pki=/var/lib/kubelet/pki
new=$pki/kubelet-client-$(date --utc +%Y-%m-%d-%H-%M-%S).pem
# Whatever else was signed: only the key that is here goes with it.
if [[ $(openssl x509 -noout -pubkey <<<"$CERTIFICATE") != "$(openssl pkey -in "$pki/podnet-new.key" -pubout)" ]]; then
  say "the certificate is not of this node's new key; run ./lab renew again"
  exit 1
fi
printf '%s\n' "$CERTIFICATE" "$(<"$pki/podnet-new.key")" >"$new"
ln --symbolic --force --no-dereference "$new" "$pki/kubelet-client-current.pem"
rm -f "$pki/podnet-new.key"
# It may have given up starting.
systemctl reset-failed kubelet
systemctl restart kubelet
end=$(openssl x509 -noout -enddate <<<"$CERTIFICATE")
printf '{"until": "%s"}\n' "$(date --utc --date "${end#*=}" +%Y-%m-%dT%H:%M:%SZ)"
