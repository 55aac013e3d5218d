# shellcheck shell=bash
# The faults of this node.
# Parameters: none.

list_faults
