#!/bin/sh
# Restarts the nodes one after another, on a new image if there is one, without an interruption:
# `docker compose build && ./restart.sh`.
set -eu
cd "$(dirname "$0")"

# nginx asks no node how it is, so it is told: requests that run go on, new ones go elsewhere. Caddy asks.
tell_nginx() {
  [ -n "$(docker compose ps -q nginx)" ] || return 0
  # Written over, not replaced: sed -i is not the same everywhere.
  sed "$1" nginx/upstream.conf > .upstream.new
  cat .upstream.new > nginx/upstream.conf
  rm .upstream.new
  docker compose exec -T nginx nginx -c /etc/nginx/halley/nginx.conf -s reload
  # The new workers are there within this.
  sleep 2
}

for node in 1 2 3; do
  server="server 172.30.87.1$node:8787"
  tell_nginx "s/\($server\)\( down\)* /\1 down /"
  # SIGTERM and the wait for its end, then a new container and the wait until /readyz says 200.
  docker compose up -d --no-deps --force-recreate --wait "halley-$node"
  tell_nginx "s/\($server\) down /\1 /"
done
