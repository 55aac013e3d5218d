# shellcheck shell=bash
# Takes files of a bundle into the stage. Parameters: STAGE. Standard input: a tar of them, compressed by zstd.

install -d -m 0700 "$STAGE"
zstd --decompress --stdout | tar --extract --directory "$STAGE" --no-same-owner
