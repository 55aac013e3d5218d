# The machine image with its containers' images on top: one layer for what every node runs, and for the control plane one
# layer more. Context: the three tars that fill-store writes.
ARG BASE
FROM ${BASE} AS common
ADD common.tar /

FROM common AS worker
ADD worker.tar /

FROM common AS control-plane
ADD control-plane.tar /
