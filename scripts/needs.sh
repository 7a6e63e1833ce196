#!/usr/bin/env bash
# needs.sh bench|test: says in one sentence what this machine lacks for a target
# of the Makefile, and fails; says nothing if it lacks nothing.
set -euo pipefail

lacks=()
have() { command -v "$1" >/dev/null 2>&1; }

have go || lacks+=("Go (see go.mod for the version)")
if [ "$1" = test ] && ! have gcc && ! have clang; then
	lacks+=("a C compiler for the race detector (Debian: gcc libc6-dev)")
fi
if [ -z "${DATABASE_URL:-}" ] && ! have postgres && ! have docker && ! have npm &&
	! compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
	lacks+=("a Postgres to run on: its binaries (Debian: postgresql), Docker, npm, or a URL in DATABASE_URL")
fi
[ "${#lacks[@]}" = 0 ] && exit 0
list=$(printf '; %s' "${lacks[@]}")
echo "make $1 needs ${list:2}." >&2
exit 1
