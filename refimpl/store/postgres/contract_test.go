package postgres_test

import (
	"fmt"
	"testing"

	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/postgres"
	"github.com/durabench/durabench/refimpl/store/storetest"
)

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		dsn, config := ground(t)
		return storetest.Harness{
			Store:     openStore(t, dsn, config),
			Rival:     openStore(t, dsn, config),
			Directory: func(t storetest.T) store.Directory { return openDirectory(t, dsn, config) },
			Cut: func(_ storetest.T, session store.Session) {
				terminate(t, session.(*postgres.Session))
			},
		}
	})
}

// terminate ends a session's process on the server and waits until it is gone,
// and its locks with it.
func terminate(t testing.TB, session *postgres.Session) {
	t.Helper()
	got := query(t, fmt.Sprintf("select pg_terminate_backend(%d, 10000)", session.PID()))
	if len(got) != 1 || got[0] != "t" {
		t.Fatalf("terminate backend %d: %v", session.PID(), got)
	}
}
