# shellcheck shell=bash
# How long ago this machine booted, by its first process: a container's is younger than its kernel. Parameters: none. Prints { "seconds": SECONDS }.

echo "{\"seconds\": $(ps --no-headers -o etimes -p 1)}"
