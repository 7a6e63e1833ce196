package postgres

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/durabench/durabench/refimpl/store"
)

// connect opens a link that is set up for ownership: read committed, durable,
// and left by the server soon after its client has gone silent.
func connect(ctx context.Context, server *pgconn.Config, config Config, name string, statements []statement) (*link, error) {
	l, err := dial(ctx, server, config.Patience+time.Second)
	if err != nil {
		return nil, fmt.Errorf("connect to Postgres: %w", err)
	}
	var backend uint32
	l.prepare("pid", "select pg_backend_pid()")
	l.bind("pid", 0)
	l.run()
	err = l.send(func(_ int, columns [][]byte) { backend = binary.BigEndian.Uint32(columns[0]) })
	if err == nil && backend != l.pid {
		// A pooler invents the number it greets us with.
		err = fmt.Errorf("%w: a connection pooler stands before it (or another proxy that shares connections); "+
			"give the server's own address", store.ErrUnsafe)
	}
	if err == nil {
		err = l.setUp(config, name, statements)
	}
	if err != nil {
		l.drop()
		return nil, err
	}
	return l, nil
}

// setUp applies the session's settings and prepares its statements, in one round
// trip. A server that does not know a setting is left without it.
func (l *link) setUp(config Config, name string, statements []statement) error {
	patience := strconv.FormatInt(config.Patience.Milliseconds(), 10)
	var names, values []string
	for _, setting := range [][2]string{
		{"application_name", printable(name)},
		// Later statements of a transaction must see what others have committed.
		{"default_transaction_isolation", "read committed"},
		{"default_transaction_read_only", "off"},
		{"plan_cache_mode", "force_generic_plan"},
		{"jit", "off"},
		{"statement_timeout", patience},
		{"lock_timeout", patience},
		{"idle_in_transaction_session_timeout", patience},
		{"idle_session_timeout", strconv.FormatInt(config.Idle.Milliseconds(), 10)},
		{"tcp_user_timeout", patience},
		{"tcp_keepalives_idle", "2"},
		{"tcp_keepalives_interval", "1"},
		{"tcp_keepalives_count", "3"},
		{"client_connection_check_interval", "1000"},
	} {
		names, values = append(names, setting[0]), append(values, setting[1])
	}
	l.prepare("settings", `select count(set_config(s.name, w.value, false))
		from unnest($1::text[], $2::text[]) as w(name, value) join pg_settings s on s.name = w.name`)
	l.bind("settings", 2)
	for _, array := range [][]string{names, values} {
		l.arrayOf(oidText, len(array))
		for _, text := range array {
			l.text(text)
		}
		l.arrayEnd()
	}
	l.run()
	l.prepare("compression", `select set_config(name, 'lz4', false) from pg_settings
		where name = 'default_toast_compression' and 'lz4' = any(enumvals)`)
	l.bind("compression", 0)
	l.run()
	// A commit that is acknowledged before it is on disk would not be one.
	l.prepare("durable", `select set_config(name, 'on', false) from pg_settings
		where name = 'synchronous_commit' and setting = 'off'`)
	l.bind("durable", 0)
	l.run()
	for _, s := range statements {
		l.prepare(s.name, s.sql)
	}
	if err := l.send(nil); err != nil {
		return fmt.Errorf("set up session: %w", err)
	}
	return nil
}

// printable keeps a name fit for a setting, which takes ASCII and 63 bytes.
func printable(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, name)
	return name[:min(len(name), 63)]
}
