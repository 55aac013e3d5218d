# shellcheck shell=bash
# Installing distribution packages so that they can be taken away again, on a machine that is not the lab's own.
# Parameters: none.

record=/var/lib/podnet
apt_options=(-o "DPkg::Lock::Timeout=$(patient 300)" -o APT::Keep-Downloaded-Packages=false)

# status_of PACKAGE: as dpkg knows it; nothing where it does not.
status_of() {
  # shellcheck disable=SC2016 # the dollar is dpkg's
  dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null || true
}

# installed PACKAGE...: whether all of them are.
installed() {
  local package
  for package; do
    [[ $(status_of "$package") == installed ]] || return 1
  done
}

# apt_install PACKAGE...: those that are missing, by the machine's own package lists, else by new ones from its own sources.
apt_install() {
  local package missing=()
  for package; do
    # One that is there already would be marked as wanted by hand.
    if ! installed "$package"; then
      missing+=("$package")
    fi
  done
  if ((${#missing[@]} == 0)); then
    return
  fi
  say "apt-get install ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if [[ -d $record/lists/partial ]]; then
    apt_options+=(-o "Dir::State::lists=$record/lists")
  fi
  # The machine's package lists may be absent or old: fetch them only when they do not serve.
  if ! write_down "${missing[@]}" || ! apt_get install "${missing[@]}"; then
    if [[ -e $record/owner ]]; then
      # A host's own lists stay as they are: these go with the lab.
      install -d "$record/lists/partial"
      apt_options+=(-o "Dir::State::lists=$record/lists")
    fi
    if ! apt_get update || ! write_down "${missing[@]}" || ! apt_get install "${missing[@]}"; then
      say "apt-get could not install ${missing[*]}; its last words:"
      tail -n 20 "$apt_log" >&2
      strike_out
      return 1
    fi
  fi
}

# apt_get VERB...: its words go into a file and not over the connection: one that breaks must not leave dpkg half done.
apt_log=/run/podnet-apt.log
apt_get() {
  # What is there is never to go for it: apt-get fails instead, and names it.
  local command=(apt-get --quiet --quiet --yes --no-remove --no-install-recommends "${apt_options[@]}" "$@")
  "${command[@]}" </dev/null >>"$apt_log" 2>&1 || { end_interrupted && "${command[@]}" </dev/null >>"$apt_log" 2>&1; }
}

# end_interrupted: where an update was ended while dpkg worked, apt-get refuses everything until that is brought to its end; fails where nothing of the kind
# is there. On a host only what the lab itself has begun.
end_interrupted() {
  compgen -G '/var/lib/dpkg/updates/[0-9]*' >/dev/null || return
  [[ ! -e $record/owner || -s $record/packages ]] || return
  say "an installation was ended in the middle: dpkg --configure --pending"
  dpkg --configure --pending </dev/null >>"$apt_log" 2>&1
}

# strike_out: what was written down and is not there after all: who installs it by hand from now on is to keep it.
strike_out() {
  local how name
  if [[ ! -e $record/packages ]]; then
    return
  fi
  while read -r how name; do
    case "$how $(status_of "$name")" in
      *' ' | *' not-installed' | 'remove config-files') ;;
      *) printf '%s %s\n' "$how" "$name" ;;
    esac
  done <"$record/packages" >"$record/packages.new"
  mv "$record/packages.new" "$record/packages"
}

# write_down PACKAGE...: on a host, notes what is about to be installed newly, so that an interrupted installation is known as well; and which version is
# there of what will be newer, since its mirror may not have that one any more.
# A package that was removed before and has left its configuration is not to lose that.
write_down() {
  local plan name how old new
  if [[ ! -e $record/owner ]]; then
    return
  fi
  if ! plan=$(apt-get --yes --no-install-recommends "${apt_options[@]}" --simulate install "$@" 2>&1); then
    printf '%s\n' "$plan" >>"$apt_log"
    return 1
  fi
  sed -n 's/^Inst \([^ ]*\) (.*/\1/p' <<<"$plan" | while read -r name; do
    how=purge
    if [[ $(status_of "$name") == config-files ]]; then
      how=remove
    fi
    printf '%s %s\n' "$how" "$name"
  done >>"$record/packages"
  # "Inst NAME [OLD] (NEW Debian:12/stable [amd64])"
  sed -n 's/^Inst \([^ ]*\) \[\([^]]*\)\] (\([^ ]*\) .*/\1 \2 \3/p' <<<"$plan" | while read -r name old new; do
    say "$name becomes newer, as what is installed needs it: $new instead of $old"
    if ! grep --quiet --no-messages "^$name " "$record/newer"; then
      printf '%s %s\n' "$name" "$old" >>"$record/newer"
    fi
  done
}
