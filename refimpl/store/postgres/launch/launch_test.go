package launch_test

import (
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/durabench/durabench/refimpl/store/postgres/launch"
)

func TestLocal(t *testing.T) {
	server, err := launch.Launch(t.Context(), launch.Spec{From: "local", Say: func(s string) { t.Log(s) }})
	if err != nil {
		if strings.Contains(err.Error(), "no initdb and postgres in PATH") {
			t.Skip("no Postgres binaries on this machine: ", err)
		}
		t.Fatal(err)
	}
	checkServer(t, server)
}

// checkServer asks a server what matters, stops it and looks for leftovers.
func checkServer(t *testing.T, server *launch.Server) {
	t.Helper()
	t.Cleanup(func() { _ = server.Stop() })
	conn, err := pgconn.Connect(t.Context(), server.DSN)
	if err != nil {
		t.Fatal("connect to", server.Source, err)
	}
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		result := conn.ExecParams(t.Context(), "show "+name, nil, nil, nil, nil).Read()
		if result.Err != nil || string(result.Rows[0][0]) != "on" {
			t.Errorf("%s is %q (error %v), want on", name, result.Rows, result.Err)
		}
	}
	data := conn.ExecParams(t.Context(), "show data_directory", nil, nil, nil, nil).Read()
	// The connection stays open: a server must be able to stop under its users.
	if err := server.Stop(); err != nil {
		t.Error("stop:", err)
	}
	if _, err := pgconn.Connect(t.Context(), server.DSN); err == nil {
		t.Error("the server answers after Stop")
	}
	if _, err := os.Stat(string(data.Rows[0][0])); !os.IsNotExist(err) {
		t.Errorf("data directory is still there after Stop (%v)", err)
	}
	if err := server.Stop(); err != nil {
		t.Error("stop again:", err)
	}
}
