package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// migrations are applied in the order of their names; a number never changes
// meaning once it was released.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings a schema up to date and returns its number of slots. Any number
// of processes may do so at once.
func migrate(ctx context.Context, server *pgconn.Config, config Config) (int, error) {
	conn, err := pgconn.ConnectConfig(ctx, server)
	if err != nil {
		return 0, fmt.Errorf("connect to Postgres: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	done, slots, err := shapeOf(ctx, conn, config)
	if err == nil && done < len(names) {
		if err = apply(ctx, conn, config, names); err == nil {
			done, slots, err = shapeOf(ctx, conn, config)
		}
	}
	switch {
	case err != nil:
		return 0, fmt.Errorf("prepare schema %s: %w", config.Schema, err)
	case done > len(names):
		return 0, fmt.Errorf("schema %s is of version %d, newer than this program (%d)", config.Schema, done, len(names))
	case config.Slots != 0 && config.Slots != slots:
		return 0, fmt.Errorf("schema %s was made with %d slots per region, not %d: use another schema", config.Schema, slots, config.Slots)
	}
	return slots, nil
}

// shapeOf tells how many migrations a schema has, and its slots.
func shapeOf(ctx context.Context, conn *pgconn.PgConn, config Config) (done, slots int, err error) {
	schema := config.quoted()
	rows, err := query(ctx, conn, "select version, slots from "+schema+".migrated, "+schema+".shape order by version desc limit 1")
	if refusal := (*pgconn.PgError)(nil); errors.As(err, &refusal) && (refusal.Code == "42P01" || refusal.Code == "3F000") {
		return 0, 0, nil // no table, or no schema: nothing was done yet
	}
	if err != nil || len(rows) == 0 {
		return 0, 0, err
	}
	done, err = strconv.Atoi(rows[0][0])
	if err != nil {
		return 0, 0, err
	}
	slots, err = strconv.Atoi(rows[0][1])
	return done, slots, err
}

// apply runs the migrations that are missing, in one transaction under a lock.
// Each notes its version under a key, so that two runners cannot both do it.
func apply(ctx context.Context, conn *pgconn.PgConn, config Config, names []string) error {
	slots := config.Slots
	if slots == 0 {
		slots = DefaultSlots
	}
	schema := config.quoted()
	var prelude strings.Builder
	fmt.Fprintf(&prelude, "begin; select pg_advisory_xact_lock(%d);", config.lockBase("migration"))
	fmt.Fprintf(&prelude, "create schema if not exists %s; set local search_path to %s;", schema, schema)
	prelude.WriteString("create table if not exists migrated (version integer primary key, at timestamptz not null default now());")
	prelude.WriteString("select coalesce(max(version), 0) from migrated")
	rows, err := query(ctx, conn, prelude.String())
	if err != nil {
		return err
	}
	done, err := strconv.Atoi(rows[len(rows)-1][0])
	if err != nil {
		return err
	}
	for version := done + 1; version <= len(names); version++ {
		text, err := migrations.ReadFile(names[version-1])
		if err != nil {
			return err
		}
		if _, err := query(ctx, conn, string(text)+fmt.Sprintf("; insert into migrated (version) values (%d)", version)); err != nil {
			return fmt.Errorf("%s: %w", names[version-1], err)
		}
	}
	_, err = query(ctx, conn, fmt.Sprintf("insert into shape (slots) values (%d) on conflict do nothing; commit", slots))
	return err
}

// query runs SQL text and returns the rows of all its statements as text.
func query(ctx context.Context, conn *pgconn.PgConn, sql string) ([][]string, error) {
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, err
	}
	var rows [][]string
	for _, result := range results {
		for _, columns := range result.Rows {
			row := make([]string, len(columns))
			for i, column := range columns {
				row[i] = string(column)
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}
