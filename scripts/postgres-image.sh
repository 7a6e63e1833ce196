#!/usr/bin/env bash
# Builds a small local Docker image of Postgres out of this system's own Debian packages.
#
# Why: the launcher can start Postgres in Docker, and that path deserves a real run in CI also where
# Docker's engine can be installed but no image can be pulled. How: debootstrap makes a minimal root
# with the package postgresql, docker import turns it into an image, and postgres-entrypoint.sh makes
# it behave as the well-known image does. The mirror is the one apt already uses.
#
#   scripts/postgres-image.sh [IMAGE]      default durabench-postgres:local; an existing one is kept
#
# Needs root, debootstrap, a running engine (scripts/docker-up.sh), about 1 GB in $TMPDIR, 1-2 minutes.
set -euo pipefail

image=${1:-durabench-postgres:local}
here=$(cd "$(dirname "$0")" && pwd)

refuse() { echo "postgres-image: $*" >&2; exit 3; }

[ "$(id -u)" = 0 ] || refuse "debootstrap must run as root"
for tool in debootstrap docker tar; do
	command -v "$tool" >/dev/null || refuse "$tool is missing: install the package of that name (docker: docker.io)"
done
docker version >/dev/null 2>&1 || refuse "no Docker engine answers: start one with scripts/docker-up.sh"
if docker image inspect "$image" >/dev/null 2>&1; then
	echo "postgres-image: $image is already there"
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
root=$work/root

# What apt already uses here: suite, mirror and proxy. Nothing is named in this file.
# shellcheck disable=SC1091 # read where it is
suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
# shellcheck disable=SC2016 # apt fills these in, not the shell
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
	awk -v suite="$suite" '$1 == suite { print $2; exit }')
eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
export http_proxy https_proxy

echo "postgres-image: making a $suite root with Postgres in it"
debootstrap --variant=minbase --include=postgresql "$suite" "$root" ${mirror:+"$mirror"} >"$work/log" 2>&1 || {
	tail -n 5 "$work/log" "$root/debootstrap/debootstrap.log" >&2 || true
	refuse "debootstrap failed; its last lines are above"
}

bin=$(cd "$root" && echo usr/lib/postgresql/*/bin)
[ -x "$root/$bin/postgres" ] || refuse "the new root has no Postgres in it"
# Not needed to serve: package lists and archives, manuals, and the cluster the package made by itself.
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale}/* \
	"$root"/var/lib/postgresql/* "$root"/etc/postgresql/*
mkdir -p "$root/docker-entrypoint-initdb.d"
install -m 755 "$here/postgres-entrypoint.sh" "$root/usr/local/bin/postgres-entrypoint.sh"

tar -C "$root" --numeric-owner -c . | docker import \
	--change "ENV PATH=/$bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
	--change "ENV LANG=C.UTF-8" \
	--change "ENV PGDATA=/var/lib/postgresql/data" \
	--change "VOLUME /var/lib/postgresql/data" \
	--change "EXPOSE 5432" \
	--change 'ENTRYPOINT ["postgres-entrypoint.sh"]' \
	--change 'CMD ["postgres"]' \
	- "$image" >/dev/null
docker image inspect --format 'postgres-image: {{index .RepoTags 0}}, {{.Size}} bytes' "$image"
