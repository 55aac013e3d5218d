# shellcheck shell=bash
# Makes a host what it was before the lab, by what claim.sh, apt.sh and install.sh wrote down; runs again where it was interrupted.
# Parameters: LAB (the lab's own id).

# The reader must learn where it stopped.
set -o errtrace
trap 'say "this failed: $BASH_COMMAND"' ERR

record=/var/lib/podnet
if [[ ! -e $record/owner ]]; then
  # A claim that was interrupted had changed nothing yet.
  rm -rf "$record"
  say "nothing of the lab is here"
  exit 0
fi
if [[ $(<"$record/owner") != "$LAB" ]]; then
  say "held by another lab by now ($(<"$record/owner")); left as it is"
  exit 0
fi

found() {
  grep --quiet --line-regexp --fixed-strings "$2" "$record/found/$1"
}

# What was broken on purpose, while the programs that heal it are there.
for program in "$record"/faults/*/program; do
  if [[ -e $program ]]; then
    bash "$program" || say "a fault could not be healed: $program"
  fi
done

# Network policies are enforced with sets of addresses in the kernel. The program that deletes sets is in the enforcer's image alone, which is looked into
# while there is a store of images; the sets can go once no rule speaks of them.
enforcer=/run/podnet-enforcer
if systemctl is-active --quiet containerd.service; then
  # Read to its end: who stops listening ends ctr, and that would be a failure.
  image=$(ctr --namespace=k8s.io images list --quiet | sed -n 's|^\(.*/kube-router:.*\)$|\1|p')
  if [[ -n $image ]] && ! mountpoint --quiet "$enforcer"; then
    mkdir -p "$enforcer"
    ctr --namespace=k8s.io images mount "$image" "$enforcer" >/dev/null || say "cannot look into $image; its sets of addresses stay until the next boot"
  fi
fi

# An init or join of an update that was killed may still run.
exec 9>/run/lock/podnet-kubeadm
flock --timeout 600 9

if [[ -x /usr/local/bin/kubeadm ]] && systemctl is-active --quiet containerd.service; then
  say "kubeadm reset"
  # All nodes go: nobody is left to take leave of. What it does not manage is done below.
  if ! timeout 180 kubeadm reset --force --skip-phases=preflight,remove-etcd-member \
    --cri-socket unix:///run/containerd/containerd.sock >"$record/reset.log" 2>&1; then
    say "kubeadm reset: $(tail -n 1 "$record/reset.log"); going on without it"
  fi
fi

say "units and containers"
for unit in kubelet podnet-guard containerd; do
  if [[ -e /etc/systemd/system/$unit.service ]]; then
    systemctl disable --quiet --now "$unit.service"
  fi
done
# What an interrupted update left running: captures and echo servers.
systemctl stop 'podnet-*'
# Containers outlive containerd, and so do their keepers.
for link in /proc/[0-9]*/exe; do
  if [[ $(readlink "$link" 2>/dev/null) == /usr/local/bin/containerd-shim-runc-v2* ]]; then
    process=${link#/proc/}
    kill -KILL "${process%/exe}"
  fi
done
if systemctl is-active --quiet kubepods.slice; then
  systemctl kill --signal=KILL kubepods.slice
  systemctl stop kubepods.slice
fi
awk '$5 ~ "^/(var/lib/(kubelet|containerd)|run/containerd|run/netns/cni-)" { print $5 }' /proc/self/mountinfo | sort --reverse |
  while read -r mount; do
    # Detached even where a process that is ending still looks at it.
    umount --lazy "$(printf '%b' "$mount")"
  done
rm -f /run/netns/cni-*

say "links and chains"
for link in /sys/class/net/cni0 /sys/class/net/flannel*; do
  if [[ -e $link ]]; then
    ip link delete "${link##*/}"
  fi
done

# Routes to other nodes' pods by those nodes' addresses go with no device, and neither does the guard's.
pods=$(sed -n 's/^ExecStart=[^ ]*podnet-guard [^ ]* \([^ ]*\) .*/\1/p' /etc/systemd/system/podnet-guard.service 2>/dev/null) || pods=''
if [[ -n $pods ]]; then
  ip route show root "$pods" | while read -ra route; do
    ip route del "${route[@]}"
  done
fi
pods6=$(sed -n 's/^ExecStart=[^ ]*podnet-guard \([^ ]* \)\{4\}\([^ ]*\) .*/\2/p' /etc/systemd/system/podnet-guard.service 2>/dev/null) || pods6=''
if [[ -n $pods6 ]]; then
  ip -6 route show root "$pods6" | while read -ra route; do
    ip -6 route del "${route[@]}"
  done
fi

# unchain PROGRAM: takes our chains and the jumps to them out of every table, at once and without touching any other rule.
unchain() {
  "$1-save" | awk '
    /^\*/ { table = $0 }
    $1 ~ /^:(KUBE|CNI|FLANNEL|PODNET)-/ {
      ours[table] = ours[table] $1 " - [0:0]\n"
      gone[table] = gone[table] "-X " substr($1, 2) "\n"
    }
    $1 == "-A" && $2 !~ /^(KUBE|CNI|FLANNEL|PODNET)-/ && / -[jg] (KUBE|CNI|FLANNEL|PODNET)-/ {
      sub(/^-A/, "-D")
      jumps[table] = jumps[table] $0 "\n"
    }
    END { for (table in ours) printf "%s\n%s%s%sCOMMIT\n", table, ours[table], jumps[table], gone[table] }
  ' | "$1-restore" --noflush --wait 30
}
for family in ip ip6; do
  if command -v "${family}tables-nft-save" >/dev/null; then
    unchain "${family}tables-nft"
  fi
  # To ask the old tables would make them.
  if [[ -s /proc/net/${family}_tables_names ]] && command -v "${family}tables-legacy-save" >/dev/null; then
    unchain "${family}tables-legacy"
  fi
done

# What is written into nftables stands in tables of their own.
if command -v nft >/dev/null; then
  nft list tables | { grep -E ' (kube-proxy|flannel-ipv[46]|podnet-[a-z-]+)$' || true; } | while read -r _ family table; do
    nft delete table "$family" "$table"
  done
fi
if mountpoint --quiet "$enforcer"; then
  chroot "$enforcer" ipset list -name | { grep -E '^(inet6:)?KUBE-(SRC|DST)-' || true; } | while read -r set; do
    chroot "$enforcer" ipset destroy "$set"
  done
  umount "$enforcer"
fi
if [[ -d $enforcer ]]; then
  rmdir "$enforcer"
fi

say "files"
if [[ -e $record/files ]]; then
  sort -u "$record/files" | while read -r file; do
    rm -f "$file"
  done
fi
written_paths | while read -r path; do
  rm -rf "$path"
done
rm -rf /var/log/podnet-*.log /run/lock/podnet-kubeadm /run/podnet-apt.log /run/podnet
systemctl daemon-reload
# Only what failed of the lab's: what had failed before still has.
systemctl reset-failed 'kubelet*' 'containerd*' 'podnet-*' 'kubepods*' 'cri-containerd-*'
node_folders | while read -r folder; do
  if [[ -d $folder ]] && found folders "$folder"; then
    find "$folder" -mindepth 1 -delete
  fi
done
made_folders | while read -r folder; do
  if [[ -d $folder ]] && ! found folders "$folder"; then
    if mountpoint --quiet "$folder"; then
      umount --lazy "$folder"
    fi
    rm -rf "$folder"
  fi
done

say "kernel settings"
while read -r setting value; do
  if [[ -e /proc/sys/$setting && $(tr '\t' ' ' <"/proc/sys/$setting") != "$value" ]]; then
    printf '%s' "$value" >"/proc/sys/$setting"
  fi
done <"$record/found/settings"
# In the other order: one may need another.
{ kernel_modules && enforcer_modules; } | tac | while read -r module; do
  if [[ -d /sys/module/$module/holders ]] && ! found modules "$module" && ! modprobe --remove --quiet "$module"; then
    say "module $module stays loaded until the next boot: something uses it"
  fi
done

# removed_with PACKAGE...: what would go if these were taken away.
removed_with() {
  apt-get --simulate --quiet --quiet purge "$@" | sed -n 's/^\(Purg\|Remv\) \([^ ]*\) .*/\2/p' | sed 's/:.*//'
}

# others: those of the names on standard input that are not among the lab's packages.
others() {
  grep --invert-match --line-regexp --fixed-strings --regexp="$(printf '%s\n' "${!ours[@]}")" || [[ $? == 1 ]] # 1: there is none
}

declare -A ours=()
if [[ -e $record/packages ]]; then
  while read -r how name; do
    if dpkg-query --show "$name" >/dev/null 2>&1; then
      ours[${name%%:*}]=$how
    fi
  done <"$record/packages"
fi
# A package that something newer depends on is no longer the lab's alone; nor are the packages that it needs itself.
# needing PACKAGE...: the first other package that would go with these.
needing() {
  if (($#)); then
    removed_with "$@" | others | sed -n 1p
  fi
}
while ((${#ours[@]})); do
  user=$(needing "${!ours[@]}")
  if [[ -z $user ]]; then
    break
  fi
  stays=""
  for name in "${!ours[@]}"; do
    needed_by=$(needing "$name")
    if [[ -n $needed_by ]]; then
      say "package $name stays: $needed_by needs it"
      unset "ours[$name]"
      stays=$name
    fi
  done
  # A package that needs one of two goes with neither alone: one of them is to stay.
  if [[ -z $stays ]]; then
    for name in "${!ours[@]}"; do
      without=("${!ours[@]}")
      for index in "${!without[@]}"; do
        if [[ ${without[index]} == "$name" ]]; then
          unset "without[$index]"
        fi
      done
      if [[ -z $stays && $(needing "${without[@]}") != "$user" ]]; then
        say "package $name stays: $user needs it or another"
        stays=$name
      fi
    done
    if [[ -n $stays ]]; then
      unset "ours[$stays]"
    else
      say "packages ${!ours[*]} stay: $user needs some of them"
      ours=()
    fi
  fi
done
if ((${#ours[@]})); then
  say "packages"
  export DEBIAN_FRONTEND=noninteractive
  for how in purge remove; do
    names=()
    for name in "${!ours[@]}"; do
      if [[ ${ours[$name]} == "$how" ]]; then
        names+=("$name")
      fi
    done
    if ((${#names[@]})); then
      apt-get --quiet --quiet --yes -o DPkg::Lock::Timeout=300 "$how" "${names[@]}" </dev/null >"$record/apt.log" 2>&1 ||
        { tail -n 20 "$record/apt.log" >&2 && exit 1; }
    fi
  done
fi

# Its mirror may not have the older version any more, and the newer one is what it would have got from its next upgrade.
newer=()
if [[ -e $record/newer ]]; then
  while read -r name old; do
    # shellcheck disable=SC2016 # the dollar is dpkg's
    new=$(dpkg-query --show --showformat='${Version}' "$name" 2>/dev/null) || continue
    if [[ $new != "$old" ]]; then
      newer+=("$name $new (was $old)")
    fi
  done <"$record/newer"
fi

rm -rf "$record"
but=$(printf ', %s' "${newer[@]}")
say "as it was before the lab${newer[*]:+, but newer: ${but:2}}"
