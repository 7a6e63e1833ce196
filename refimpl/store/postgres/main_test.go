package postgres_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/postgres"
	"github.com/durabench/durabench/refimpl/store/postgres/launch"
	"github.com/durabench/durabench/refimpl/store/storetest"
)

// cluster is the one Postgres of this package's tests; each test has a schema.
var cluster struct {
	dsn     string
	missing error // why there is none
	schemas atomic.Int64
}

func TestMain(m *testing.M) {
	server, err := launch.Launch(context.Background(), launch.Spec{})
	if err != nil {
		cluster.missing = err
		os.Exit(m.Run())
	}
	cluster.dsn = server.DSN
	code := m.Run()
	if err := server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// ground gives a test the cluster and a schema that nobody else uses. Its name
// is one that breaks SQL unless it is quoted.
func ground(t testing.TB) (dsn string, config postgres.Config) {
	t.Helper()
	if cluster.missing != nil {
		t.Skip(cluster.missing)
	}
	schema := fmt.Sprintf(`Test "%d"; @ %d`, os.Getpid(), cluster.schemas.Add(1))
	config = postgres.Config{Schema: schema, Slots: 16}
	t.Cleanup(func() {
		query(t, `drop schema if exists "`+strings.ReplaceAll(schema, `"`, `""`)+`" cascade`)
	})
	return cluster.dsn, config
}

// in quotes a schema's name for the SQL of tests.
func in(config postgres.Config) string {
	return `"` + strings.ReplaceAll(config.Schema, `"`, `""`) + `"`
}

// query runs SQL beside the store and returns the first column of all rows.
func query(t testing.TB, sql string) []string {
	t.Helper()
	ctx := context.Background() // also used when the test's own has ended
	conn, err := pgconn.Connect(ctx, cluster.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var column []string
	for _, result := range results {
		for _, row := range result.Rows {
			column = append(column, string(row[0]))
		}
	}
	return column
}

func openStore(t testing.TB, dsn string, config postgres.Config) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(t.Context(), dsn, config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func openDirectory(t storetest.T, dsn string, config postgres.Config) store.Directory {
	t.Helper()
	d, err := postgres.OpenDirectory(t.Context(), dsn, config)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return d
}

// openSession opens a session of the tests' region.
func openSession(t testing.TB, s *postgres.Store) *postgres.Session {
	t.Helper()
	session, err := s.Open(t.Context(), store.Owner{Region: "weur", Node: t.Name()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session.(*postgres.Session)
}
