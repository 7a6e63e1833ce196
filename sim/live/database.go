package live

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

// patience is how long a session waits for a database that is silent.
const patience = 5 * time.Second

var errSilent = errors.New("the database does not answer")

// database stands between homes and their store, so that it can fail them.
type database struct {
	store.Store
	mu       sync.Mutex
	silent   int           // faults that silence it
	up       chan struct{} // closed when it speaks again
	late     time.Duration // that answers to commits come later
	lostAck  *ticket       // the next commit that takes it loses its answer
	refused  uint64        // answers that silence swallowed, so far
	sessions map[*session]struct{}
}

// ticket can be taken once, by any of several databases.
type ticket struct{ once sync.Once }

func (t *ticket) take() (taken bool) {
	t.once.Do(func() { taken = true })
	return taken
}

func newDatabase(inner store.Store) *database {
	return &database{Store: inner, up: make(chan struct{}), sessions: make(map[*session]struct{})}
}

// silence begins (1) or ends (-1) a time without answers.
func (d *database) silence(change int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.silent += change; d.silent == 0 {
		close(d.up)
		d.up = make(chan struct{})
	}
}

// slow lets answers to commits come later than before.
func (d *database) slow(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.late += by
}

func (d *database) loseAck(t *ticket) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lostAck = t
}

// sever ends all sessions, each when the call under way is over.
func (d *database) sever() {
	d.mu.Lock()
	var open []*session
	for s := range d.sessions {
		open = append(open, s)
	}
	d.mu.Unlock()
	for _, s := range open {
		s.calls.Lock()
		s.end()
		s.calls.Unlock()
	}
}

// wait returns when the database speaks, and says no if that takes too long.
func (d *database) wait(ctx context.Context, within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	for {
		d.mu.Lock()
		silent, up := d.silent > 0, d.up
		d.mu.Unlock()
		if !silent {
			return true
		}
		select {
		case <-up:
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// Open is part of store.Store. A silent database takes no connections.
func (d *database) Open(ctx context.Context, owner store.Owner) (store.Session, error) {
	d.mu.Lock()
	silent := d.silent > 0
	d.mu.Unlock()
	if silent {
		return nil, fmt.Errorf("open session of %s: the database takes no connections", owner.Node)
	}
	inner, err := d.Store.Open(ctx, owner)
	if err != nil {
		return nil, err
	}
	s := &session{inner: inner, database: d}
	d.mu.Lock()
	d.sessions[s] = struct{}{}
	d.mu.Unlock()
	return s, nil
}

// session is one session of a database that can fail it.
type session struct {
	inner    store.Session
	database *database
	calls    sync.Mutex // held during a call: sever ends the session between two
	ended    bool
}

func (s *session) end() {
	if !s.ended {
		s.ended = true
		_ = s.inner.Close() // its owner is told that it is lost
	}
	s.database.mu.Lock()
	delete(s.database.sessions, s)
	s.database.mu.Unlock()
}

// call does one thing. If the database is silent, every other one had reached it
// before, and only its answer is missing.
func (s *session) call(ctx context.Context, do func() error) error {
	s.calls.Lock()
	defer s.calls.Unlock()
	d := s.database
	if s.ended {
		return fmt.Errorf("the database ended the session: %w", store.ErrLost)
	}
	d.mu.Lock()
	done := false
	if d.silent > 0 {
		d.refused++
		done = d.refused%2 == 0
	}
	d.mu.Unlock()
	var err error
	if done {
		err = do()
	}
	if !d.wait(ctx, patience) {
		s.end()
		return fmt.Errorf("%w: %w", store.ErrLost, errSilent)
	}
	if !done {
		err = do()
	}
	return err
}

// acknowledge delays, or loses, the answer to what is durable.
func (s *session) acknowledge(ctx context.Context, commit bool) error {
	s.database.mu.Lock()
	late, lost := s.database.late, s.database.lostAck
	s.database.mu.Unlock()
	if commit && lost != nil && lost.take() {
		late = patience
	}
	if late == 0 {
		return nil
	}
	timer := time.NewTimer(min(late, patience))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	if late < patience {
		return nil
	}
	s.calls.Lock()
	defer s.calls.Unlock()
	s.end()
	return fmt.Errorf("%w: %w", store.ErrLost, errSilent)
}

// Acquire is part of store.Session.
func (s *session) Acquire(ctx context.Context, slots []store.Slot) (leases []store.Lease, err error) {
	err = s.call(ctx, func() (err error) { leases, err = s.inner.Acquire(ctx, slots); return err })
	return leases, err
}

// Release is part of store.Session.
func (s *session) Release(ctx context.Context, slots []store.Slot) error {
	return s.call(ctx, func() error { return s.inner.Release(ctx, slots) })
}

// Load is part of store.Session.
func (s *session) Load(ctx context.Context, ids []object.ID) (snapshots []store.Snapshot, err error) {
	err = s.call(ctx, func() (err error) { snapshots, err = s.inner.Load(ctx, ids); return err })
	return snapshots, err
}

// Commit is part of store.Session.
func (s *session) Commit(ctx context.Context, batch *store.Batch) error {
	if err := s.call(ctx, func() error { return s.inner.Commit(ctx, batch) }); err != nil {
		return err
	}
	return s.acknowledge(ctx, true)
}

// Move is part of store.Session.
func (s *session) Move(ctx context.Context, id object.ID, to regions.ID) error {
	if err := s.call(ctx, func() error { return s.inner.Move(ctx, id, to) }); err != nil {
		return err
	}
	return s.acknowledge(ctx, true)
}

// Beat is part of store.Session.
func (s *session) Beat(ctx context.Context) error {
	if err := s.call(ctx, func() error { return s.inner.Beat(ctx) }); err != nil {
		return err
	}
	return s.acknowledge(ctx, false)
}

// Alarms is part of store.Session.
func (s *session) Alarms(ctx context.Context, until time.Time, limit int) (due []store.Alarm, err error) {
	err = s.call(ctx, func() (err error) { due, err = s.inner.Alarms(ctx, until, limit); return err })
	return due, err
}

// Close is part of store.Session.
func (s *session) Close() error {
	s.calls.Lock()
	defer s.calls.Unlock()
	s.end()
	return nil
}

// directory is a directory of homes whose database can be silent.
type directory struct {
	store.Directory
	database *database
}

// Place is part of store.Directory.
func (d directory) Place(ctx context.Context, asks []store.Placement) ([]regions.ID, error) {
	if !d.database.wait(ctx, directoryPatience) {
		return nil, fmt.Errorf("place %d objects: %w", len(asks), errSilent)
	}
	return d.Directory.Place(ctx, asks)
}

// directoryPatience bounds one question to a silent directory.
const directoryPatience = 10 * time.Second
