#!/bin/sh
# Restarts the nodes one after another, on a new image if there is one, without an interruption:
# `docker compose build && ./restart.sh`. It stops where a node does not come up.
set -eu
cd "$(dirname "$0")"

for node in halley-1 halley-2 halley-3; do
  # SIGTERM and the wait for its end, then a new container and the wait until /readyz says 200.
  docker compose up -d --no-deps --force-recreate --wait "$node"
done
