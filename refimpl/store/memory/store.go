package memory

import (
	"context"
	"fmt"
	"strconv"

	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

// Store is one process's view of a Server.
type Store struct{ server *Server }

var _ store.Store = (*Store)(nil)

// New opens a store on a server.
func New(server *Server) *Store { return &Store{server: server} }

// Slots is the number of slots of each region.
func (s *Store) Slots() int { return s.server.slots }

// Open begins a session. It fails only if ctx is done.
func (s *Store) Open(ctx context.Context, owner store.Owner) (store.Session, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("open session of %s: %w", owner.Node, err)
	}
	return &Session{
		server:  s.server,
		owner:   owner,
		epochs:  make([]uint64, s.server.slots),
		covered: make([]uint64, s.server.slots),
	}, nil
}

// Facts says that nothing here is durable.
func (s *Store) Facts() map[string]string {
	return map[string]string{
		"engine":     "memory",
		"durability": "none: gone with the process",
		"slots":      strconv.Itoa(s.server.slots),
	}
}

// Close does nothing: sessions are closed by those who opened them.
func (s *Store) Close() error { return nil }

// Directory is the homes of a Server's objects.
type Directory struct{ server *Server }

var _ store.Directory = (*Directory)(nil)

// NewDirectory opens the directory of a server.
func NewDirectory(server *Server) *Directory { return &Directory{server: server} }

// Place returns homes; the first to ask for an object decides its home.
func (d *Directory) Place(ctx context.Context, asks []store.Placement) ([]regions.ID, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("place %d objects: %w", len(asks), err)
	}
	d.server.mu.Lock()
	defer d.server.mu.Unlock()
	homes := make([]regions.ID, len(asks))
	for i, ask := range asks {
		decided, ok := d.server.homes[ask.Object]
		if !ok {
			decided = ask
			d.server.homes[ask.Object] = ask
		}
		homes[i] = decided.Want
	}
	return homes, nil
}

// Close does nothing.
func (d *Directory) Close() error { return nil }
