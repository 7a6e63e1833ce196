package postgres

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/durabench/durabench/regions"
)

// Config says how a store uses its server. Its zero value is good.
type Config struct {
	// Schema holds the tables; it is made if it is not there. Stores of two
	// schemas share nothing but the server. Empty is DefaultSchema.
	Schema string
	// Slots is the number of slots of each region. It is decided when a schema is
	// made; zero takes what was decided, or DefaultSlots for a new schema.
	Slots int
	// Patience bounds one round trip, on both sides of the wire. A session that
	// has to wait longer is lost. Zero is 5 s.
	Patience time.Duration
	// Idle is how long the server keeps a session that says nothing: beat several
	// times within it. Zero is 3 s.
	Idle time.Duration
	// Dial makes the connections; nil is a plain dialer.
	Dial pgconn.DialFunc
}

// What the zero Config means.
const (
	DefaultSchema = "durabench"
	DefaultSlots  = 256
)

func (c Config) filled() Config {
	if c.Schema == "" {
		c.Schema = DefaultSchema
	}
	if c.Patience == 0 {
		c.Patience = 5 * time.Second
	}
	if c.Idle == 0 {
		c.Idle = 3 * time.Second
	}
	return c
}

// check refuses what cannot work, before anything is asked of the server.
func (c Config) check() error {
	if c.Slots < 0 || c.Slots > 1<<16 {
		return fmt.Errorf("%d slots per region: want 1 to %d", c.Slots, 1<<16)
	}
	if len(c.Schema) > 63 || strings.ContainsRune(c.Schema, 0) {
		return fmt.Errorf("schema name %q: want at most 63 bytes, none of them NUL", c.Schema)
	}
	return nil
}

// server reads a DSN into what is needed to connect.
func (c Config) server(dsn string) (*pgconn.Config, error) {
	server, err := pgconn.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("read Postgres address: %w", err)
	}
	if server.ConnectTimeout == 0 {
		server.ConnectTimeout = 2 * c.Patience
	}
	if c.Dial != nil {
		server.DialFunc = c.Dial
		// Names are the dialer's to resolve.
		server.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	}
	return server, nil
}

// quoted is the schema's name as SQL has it.
func (c Config) quoted() string { return pgx.Identifier{c.Schema}.Sanitize() }

// lockBase is the upper 48 bits of a region's advisory lock keys; the slot is the
// rest. If two regions' bases were equal their slots could not be owned apart,
// which would be inconvenient but not unsafe.
func (c Config) lockBase(region regions.ID) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte("durabench\x00" + c.Schema + "\x00" + string(region)))
	return int64(h.Sum64() &^ 0xffff)
}
