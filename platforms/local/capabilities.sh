# shellcheck shell=bash
# Purpose: what containers of the lab may do, as options for docker; sourced by the verbs beside it and run by image-build.ts.

process_status=/proc/self/status

# capability_options: all of them but SYS_RESOURCE, a word each. A host that is a container itself may not have that one to give: there an
# engine before 23 fails to give "ALL" of them unless it is told to leave it out, and one since then gives what there is, but refuses to
# leave out what there is not. The caller may have found out the engine's version already, as engine_version.
capability_options() {
  local bounding version
  echo --cap-add ALL
  bounding=$(awk '$1 == "CapBnd:" { print $2 }' "$process_status")
  if ! ((0x${bounding:-0} & 1 << 24)); then
    version=${engine_version:-$(docker version --format '{{.Server.Version}}')}
    version=${version%%.*}
    if ((${version:-0} >= 23)); then
      return 0
    fi
  fi
  echo --cap-drop SYS_RESOURCE
}
