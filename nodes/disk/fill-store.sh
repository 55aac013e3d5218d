#!/usr/bin/env bash
# Purpose: unpack container images into the store on a VM's disk; runs in its root file system, with its containerd.
# Parameters: the image tars.
set -euo pipefail
# shellcheck source=nodes/image/store.sh
. /opt/podnet/store.sh

start_containerd
import_images "$@"
stop_containerd
# Each machine is somebody else.
rm -rf /var/lib/containerd/io.containerd.grpc.v1.introspection
