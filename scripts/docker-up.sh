#!/usr/bin/env bash
# Starts a private Docker engine in the background, for machines without an init system (CI).
#
# Why: the launcher's Docker path is tested for real, and a bare CI machine has the engine's package
# but nobody who starts it. How: dockerd with its own data, run directory and socket under one
# directory, so that an engine already here is neither touched nor confused with it. Where the usual
# way (overlay2, a bridge) is refused, plainer ways are tried: storage vfs, then no bridge and no iptables.
#
#   scripts/docker-up.sh [DIR]             default /tmp/durabench-docker; prints export lines:
#   eval "$(scripts/docker-up.sh)"         DOCKER_HOST, and DURABENCH_DOCKER_NETWORK=host if there is no bridge
#
# An engine that already answers is used as it is. scripts/docker-down.sh stops what this one started.
set -euo pipefail

dir=$(realpath -m "${1:-/tmp/durabench-docker}") # dockerd wants absolute paths
socket=unix://$dir/docker.sock
patience=30 # seconds to wait for one engine to answer

refuse() { echo "docker-up: $*" >&2; exit 3; }
answers() { timeout 5 docker -H "$1" version >/dev/null 2>&1; }

command -v docker >/dev/null || refuse "no docker command: install the package docker.io"
if [ -z "${1:-}" ] && timeout 5 docker version >/dev/null 2>&1; then
	echo "docker-up: an engine already answers" >&2
	exit 0
fi
command -v dockerd >/dev/null || refuse "no dockerd: install the package docker.io"
[ "$(id -u)" = 0 ] || refuse "dockerd must be started as root"

exports() {
	echo "export DOCKER_HOST=$socket"
	case "$(cat "$dir/flags")" in *--bridge=none*) echo "export DURABENCH_DOCKER_NETWORK=host" ;; esac
}

start() { # flags of dockerd; succeeds when the engine answers
	rm -f "$dir/dockerd.pid"
	echo "$*" >"$dir/flags"
	setsid dockerd --data-root "$dir/data" --exec-root "$dir/run" --pidfile "$dir/dockerd.pid" -H "$socket" "$@" \
		>"$dir/dockerd.log" 2>&1 </dev/null &
	local pid=$!
	for ((tenth = 0; tenth < patience * 10; tenth++)); do
		kill -0 "$pid" 2>/dev/null || return 1
		answers "$socket" && return 0
		sleep 0.1
	done
	kill "$pid" 2>/dev/null || true
	wait "$pid" || true
	return 1
}

mkdir -p "$dir"
if answers "$socket"; then
	exports
	exit 0
fi
for flags in "" "--storage-driver=vfs" "--storage-driver=vfs --iptables=false --ip6tables=false --bridge=none"; do
	# shellcheck disable=SC2086 # the flags are words
	if start $flags; then
		echo "docker-up: engine $(cat "$dir/dockerd.pid") answers${flags:+ with $flags}" >&2
		exports
		exit 0
	fi
done
refuse "dockerd does not run here: $(grep -oE 'failed to start daemon.*|level=(error|fatal) msg=.*' "$dir/dockerd.log" | tail -n 1)"
