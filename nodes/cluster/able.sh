# shellcheck shell=bash
# Which of these backends the machine's kernel can carry: prints each with the empty text, or with the reason why it cannot, { BACKEND: REASON }.
# Parameters: BACKENDS (by their names in the config, separated by blanks).

for backend in $BACKENDS; do
  reason=''
  if ! said=$(carries "$backend" 2>&1); then
    reason=${said:-it was tried}
  fi
  printf '%s\t%s\n' "$backend" "${reason//[$'\t\n']/ }"
done | jq --raw-input --null-input '[inputs / "\t" | { (.[0]): .[1] }] | add // {}'
