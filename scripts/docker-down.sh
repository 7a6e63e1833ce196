#!/usr/bin/env bash
# Stops the engine that docker-up.sh started, by the id in its pid file, with the containers it runs.
#
#   scripts/docker-down.sh [DIR] [--purge]     default /tmp/durabench-docker; --purge removes its images too
set -euo pipefail

dir=/tmp/durabench-docker
purge=no
for arg in "$@"; do
	case "$arg" in
	--purge) purge=yes ;;
	*) dir=$arg ;;
	esac
done

refuse() { echo "docker-down: $*" >&2; exit 3; }

pid=$(cat "$dir/dockerd.pid" 2>/dev/null || true)
if [ -n "$pid" ] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ]; then
	kill "$pid" || refuse "engine $pid may not be stopped by this user"
	for ((tenth = 0; tenth < 300; tenth++)); do
		[ -d "/proc/$pid" ] || break
		sleep 0.1
	done
	[ ! -d "/proc/$pid" ] || refuse "engine $pid still runs 30 s after it was told to stop"
	echo "docker-down: engine $pid stopped" >&2
else
	echo "docker-down: no engine of ours in $dir" >&2
fi
if [ "$purge" = yes ]; then
	umount "$dir"/run/netns/* 2>/dev/null || true # a network namespace may stay mounted
	rm -rf --one-file-system "$dir"
fi
