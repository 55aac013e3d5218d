# shellcheck shell=bash
# Waits until a machine that was just made has done all that its user-data says, and fails with what went wrong there.
# Parameters: none.

say "first boot"
code=0
timeout 600 cloud-init status --wait >/dev/null 2>&1 || code=$?
case $code in
  0) ;;
  # Done, with something to complain about: an Ubuntu image's own files are enough for that.
  2) say "cloud-init is done and has warnings; cloud-init status --long shows them" ;;
  124)
    say "cloud-init has not ended within 600 s:"
    cloud-init status --long >&2
    exit 1
    ;;
  *)
    cloud-init status --long >&2 && exit "$code"
    exit "$code"
    ;;
esac
