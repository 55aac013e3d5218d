#!/usr/bin/env bash
# Purpose: see that "docker" is Docker's own engine, on this machine and run by root; one sentence and exit code 1 where it is not.
#   Where docker is missing or does not answer, it prints nothing. Parameters: none.
set -euo pipefail

if ! command -v docker >/dev/null; then
  exit 0
fi

no() {
  echo "$1" >&2
  exit 1
}
podman='platform "local" needs Docker'\''s own engine, and "docker" is podman here; install docker.io, or point DOCKER_HOST to a Docker engine'

if [[ $(docker --version 2>/dev/null) == *podman* ]]; then
  no "$podman"
fi

if [[ -n ${DOCKER_HOST:-} ]]; then
  endpoint=$DOCKER_HOST
  chosen="DOCKER_HOST $endpoint"
  remedy="unset DOCKER_HOST"
else
  # A docker without contexts has its one socket.
  endpoint=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null) || endpoint=
  chosen="the docker context's engine $endpoint"
  remedy="run: docker context use default"
fi

elsewhere() {
  no "$chosen is on another machine, and the lab's machines are reached on 127.0.0.1 of this one; run the lab there, or $remedy"
}
case $endpoint in
  "" | unix://* | fd://*) ;;
  tcp://127.* | tcp://localhost:* | tcp://\[::1\]:*)
    # It may be this machine's own, or the near end of a tunnel.
    if there=$(timeout 20 docker info --format '{{.Name}} {{.KernelVersion}}' 2>/dev/null) && [[ $there != "$(uname -n) $(uname -r)" ]]; then
      elsewhere
    fi
    ;;
  *://*) elsewhere ;;
esac

# Two questions at once: each takes a program's start. Docker's client may have been pointed to podman's socket.
exec 3< <(docker version --format '{{range .Server.Components}}{{.Name}} {{end}}' 2>/dev/null)
if ! about=$(timeout 60 docker info --format '{{.SecurityOptions}}' 2>/dev/null); then
  exit 0
fi
if [[ $about == *rootless* ]]; then
  no 'platform "local" needs an engine that runs as root: machines mount file systems and write kernel settings; point DOCKER_HOST to one'
fi
if [[ $(cat <&3) == *[Pp]odman* ]]; then
  no "$podman"
fi
