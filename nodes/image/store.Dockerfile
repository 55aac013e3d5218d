# One layer of the machine image's container store: one of the tars that fill-store.sh writes, on the image that BASE names.
# The layer of what every node runs comes first; the workers' and the control plane's are on top of it.
ARG BASE
FROM ${BASE}
ARG TAR
ADD ${TAR} /
