#!/bin/sh
# First program of the container that postgres-image.sh builds.
#
# Why: the launcher speaks to Postgres in Docker through testcontainers-go, which expects what the
# well-known image does: POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB from the environment, files
# of /docker-entrypoint-initdb.d run once, port 5432 on all addresses, and the line "database system
# is ready to accept connections" twice in the log: once from the private server that makes the
# database, once from the one that stays. No durability setting is touched here.
set -eu

data=${PGDATA:-/var/lib/postgresql/data}
user=${POSTGRES_USER:-postgres}
db=${POSTGRES_DB:-$user}

case "${1:-postgres}" in
-*) set -- postgres "$@" ;; # only options given: they are the server's
postgres) ;;
*) exec "$@" ;;
esac

if [ "$(id -u)" = 0 ]; then # Postgres refuses to run as root
	install -d -o postgres -g postgres -m 700 "$data"
	install -d -o postgres -g postgres -m 755 /run/postgresql
	exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

create_cluster() {
	[ -n "${POSTGRES_PASSWORD:-}" ] || { echo "set POSTGRES_PASSWORD: the superuser needs one" >&2; exit 1; }
	pwfile=$(mktemp)
	printf '%s\n' "$POSTGRES_PASSWORD" >"$pwfile"
	initdb --pgdata="$data" --username="$user" --pwfile="$pwfile" --encoding=UTF8 --locale=C.UTF-8 \
		--auth-local=trust --auth-host=scram-sha-256
	rm -f "$pwfile"
	echo "listen_addresses = '*'" >>"$data/postgresql.conf"
	echo "host all all all scram-sha-256" >>"$data/pg_hba.conf"
}

run_init_files() { # over the socket only: nobody outside sees a half-made database
	pg_ctl --pgdata="$data" --wait --options="-c listen_addresses=''" start
	[ "$db" = postgres ] || createdb --username="$user" --maintenance-db=postgres "$db"
	for f in /docker-entrypoint-initdb.d/*; do
		case "$f" in
		*.sql) psql --no-psqlrc -v ON_ERROR_STOP=1 -U "$user" -d "$db" -f "$f" ;;
		*.sh) sh "$f" ;;
		esac
	done
	pg_ctl --pgdata="$data" --wait --mode=fast stop
}

export PGDATA="$data"
if [ ! -s "$data/PG_VERSION" ]; then
	create_cluster
	run_init_files
fi

# A container is stopped with TERM, for which Postgres would wait until its last client leaves; INT
# makes it end their sessions and shut down cleanly. An imported image cannot name its own stop signal.
"$@" &
server=$!
trap 'kill -INT "$server"' TERM INT
wait "$server" || wait "$server"
