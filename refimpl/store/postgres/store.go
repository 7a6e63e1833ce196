// Package postgres keeps objects in Postgres, with ownership by connection.
//
// An object belongs to a slot, a slot to a session-level advisory lock, and the
// session that holds the lock is the only one that commits the slot's writes.
// Postgres frees a session's locks only after its last transaction is resolved:
// whoever gets a lock next sees every commit the owner before will ever make. So
// there is no lease to renew in time and no window between losing the lock and
// losing the ability to write: both are the same connection. What this needs is
// that a session is one connection, for good (no pool, no silent reconnect, no
// caller's context on the wire), and a server whose locks are real, which Open
// tests and otherwise refuses.
//
// Epochs are a tripwire beside that. A batch is refused whole if the epochs it
// believes in are not those its session was given, or if anyone has since taken
// a slot from that session: who takes one that was not released marks the
// session before as fenced, and every commit asserts that its own is not.
package postgres

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/durabench/durabench/refimpl/store"
)

// Store opens sessions on one server. It may be used by many goroutines.
type Store struct {
	server *pgconn.Config
	config Config
	slots  int
	facts  map[string]string

	mu     sync.Mutex
	closed bool
}

var _ store.Store = (*Store)(nil)

// Open tests that the server at dsn is one on which ownership is safe (else
// store.ErrUnsafe), brings the schema up to date and returns a store.
func Open(ctx context.Context, dsn string, config Config) (*Store, error) {
	config = config.filled()
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	server, err := config.server(dsn)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	facts, err := selfTest(ctx, server, config)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	slots, err := migrate(ctx, server, config)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := facts.roomForLocks(slots); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	return &Store{server: server, config: config, slots: slots, facts: facts.printed(config, slots)}, nil
}

// Slots is the number of slots of each region.
func (s *Store) Slots() int { return s.slots }

// Facts are the server's version and the settings that decide durability.
func (s *Store) Facts() map[string]string { return maps.Clone(s.facts) }

// Open begins a session: one connection, which is the lease of all its slots.
func (s *Store) Open(ctx context.Context, owner store.Owner) (store.Session, error) {
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return nil, fmt.Errorf("open session of %s: store is closed", owner.Node)
	}
	name := fmt.Sprintf("durabench %s %s", owner.Region, owner.Node)
	l, err := connect(ctx, s.server, s.config, name, sessionStatements(s.config.quoted()))
	if err != nil {
		return nil, fmt.Errorf("open session of %s: %w", owner.Node, err)
	}
	session := newSession(l, owner, s.config.lockBase(owner.Region), s.slots)
	if err := session.enrol(); err != nil {
		l.drop()
		return nil, fmt.Errorf("open session of %s: %w", owner.Node, err)
	}
	return session, nil
}

// Close makes no more sessions. Those that are open are their openers' to close.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return nil
}
