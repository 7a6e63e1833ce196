package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/durabench/durabench/refimpl/store"
)

// serverFacts are settings by name, as the server prints them.
type serverFacts map[string]string

// oldest is the first version with all the settings that bound a silent session.
const oldest = 140_000

// probeStatements ask what selfTest has to know. The key of the lock is drawn by
// the server, so that two stores which open at once do not meet.
var probeStatements = []statement{
	{"facts", `select name, setting from pg_settings where name in ('server_version', 'server_version_num', 'fsync',
		'synchronous_commit', 'full_page_writes', 'wal_sync_method', 'wal_level', 'synchronous_standby_names',
		'shared_buffers', 'max_wal_size', 'checkpoint_timeout', 'commit_delay', 'max_connections',
		'max_locks_per_transaction', 'max_prepared_transactions')
		union all select 'in_recovery', pg_is_in_recovery()::text`},
	{"draw", "select (random() * 4e18)::bigint"},
	{"try", "select pg_try_advisory_lock($1::bigint)"},
}

// selfTest refuses servers on which two sessions could own one slot, or where a
// lock would not live as long as it must.
func selfTest(ctx context.Context, server *pgconn.Config, config Config) (serverFacts, error) {
	first, err := connect(ctx, server, config, "durabench self-test", probeStatements)
	if err != nil {
		return nil, err
	}
	defer first.close()
	second, err := connect(ctx, server, config, "durabench self-test", probeStatements)
	if err != nil {
		return nil, err
	}
	defer second.close()
	facts, err := first.facts()
	if err != nil {
		return nil, err
	}
	if err := facts.refuse(); err != nil {
		return nil, err
	}
	return facts, realLocks(first, second)
}

func (l *link) facts() (serverFacts, error) {
	facts := make(serverFacts)
	l.bind("facts", 0)
	l.run()
	err := l.send(func(_ int, columns [][]byte) { facts[string(columns[0])] = string(columns[1]) })
	if err != nil {
		return nil, fmt.Errorf("read server settings: %w", err)
	}
	return facts, nil
}

// refuse names the first fact that makes ownership unsafe.
func (f serverFacts) refuse() error {
	if f.number("server_version_num") < oldest {
		return fmt.Errorf("%w: Postgres %s is too old, 14 is the oldest that notices a silent owner", store.ErrUnsafe, f["server_version"])
	}
	if f["in_recovery"] != "false" {
		return fmt.Errorf("%w: it is a standby, whose locks nobody else sees; give the primary's address", store.ErrUnsafe)
	}
	return nil
}

// roomForLocks wants four times the locks that one region's slots need: a server
// whose lock table is full can grant no lock to anyone.
func (f serverFacts) roomForLocks(slots int) error {
	room := f.number("max_locks_per_transaction") * (f.number("max_connections") + f.number("max_prepared_transactions"))
	if room < 4*slots {
		return fmt.Errorf("%w: its lock table has room for %d locks, want %d (4 times %d slots); raise max_locks_per_transaction",
			store.ErrUnsafe, room, 4*slots, slots)
	}
	return nil
}

func (f serverFacts) number(name string) int {
	n, _ := strconv.Atoi(f[name]) // settings that are missing count as nothing
	return n
}

// printed is what a report shows.
func (f serverFacts) printed(config Config, slots int) map[string]string {
	printed := make(map[string]string, len(f)+5)
	for name, value := range f {
		printed[name] = value
	}
	delete(printed, "server_version_num")
	printed["engine"] = "postgres"
	printed["fence"] = "session: the connection that holds a slot's advisory lock"
	printed["schema"] = config.Schema
	printed["slots"] = strconv.Itoa(slots)
	printed["session_idle_timeout"] = config.Idle.Round(time.Millisecond).String()
	return printed
}

// realLocks takes one lock in both sessions: some servers grant it twice.
func realLocks(first, second *link) error {
	var key int64
	first.bind("draw", 0)
	first.run()
	err := first.send(func(_ int, columns [][]byte) { key = int64(binary.BigEndian.Uint64(columns[0])) })
	if err != nil {
		return fmt.Errorf("test advisory locks: %w", err)
	}
	got := [2]bool{}
	for i, l := range []*link{first, second} {
		l.bind("try", 1)
		l.int8(key)
		l.run()
		if err := l.send(func(_ int, columns [][]byte) { got[i] = columns[0][0] == 1 }); err != nil {
			return fmt.Errorf("test advisory locks: %w", err)
		}
	}
	if !got[0] || got[1] {
		return fmt.Errorf("%w: its advisory locks are not real (two sessions asked for one, granted: %v and %v)",
			store.ErrUnsafe, got[0], got[1])
	}
	return nil
}
