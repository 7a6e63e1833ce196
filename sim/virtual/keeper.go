package virtual

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

// act asks the store for the chore, and keeps the letters that tell the shard.
func (s *session) act() error {
	ctx := context.Background()
	switch s.doing {
	case opening:
		return s.open()
	case claiming:
		s.todo.probe = false
		return s.acquire(ctx)
	case committing:
		return s.commit(ctx)
	case loadingObjects:
		return s.load(ctx)
	case scanning:
		return s.list(ctx)
	case moving:
		return s.give(ctx)
	case beating:
		s.todo.probe = false
		err := s.store.Beat(ctx)
		if err == nil {
			s.tell(actor.Confirmed{Sent: epoch.Add(s.began)})
		}
		return err
	}
	panic("virtual: a session does nothing")
}

func (s *session) tell(letter any) { s.done.letters = append(s.done.letters, letter) }

// open gets a session that owns the shard's slots, or as many of them as are free.
func (s *session) open() error {
	ctx := context.Background()
	n := s.shard.node
	opened, err := n.home.store.Open(ctx, store.Owner{Region: n.home.id, Node: n.name})
	if err != nil {
		return err
	}
	s.store, s.missing = opened, s.shard.slots
	s.opened++
	return s.acquire(ctx)
}

// ready says that the shard has a session, perhaps its first.
func (s *session) ready(w *world) {
	for _, letter := range s.done.letters { // of a start, which nobody concludes
		if letter != nil {
			s.shard.put(letter)
		}
	}
	s.done.letters = s.done.letters[:0]
	s.pause, s.quiet = 0, w.now
	n := s.shard.node
	if n.opened < len(n.shards) {
		n.opened++
	}
}

// acquire takes those of the missing slots that are free.
func (s *session) acquire(ctx context.Context) error {
	leases, err := s.store.Acquire(ctx, s.missing)
	if err != nil || len(leases) == 0 {
		return err
	}
	s.missing = slices.DeleteFunc(slices.Clone(s.missing), func(slot store.Slot) bool {
		return slices.ContainsFunc(leases, func(l store.Lease) bool { return l.Slot == slot })
	})
	s.shard.node.takeOver(s.w)
	s.tell(actor.Acquired{Leases: leases, Sent: epoch.Add(s.began)})
	return nil
}

func (s *session) commit(ctx context.Context) error {
	batch := s.flying
	s.flying, s.todo.probe = nil, false
	err := s.store.Commit(ctx, batch)
	var rejected *store.RejectedError
	switch {
	case err == nil:
		s.tell(actor.Committed{Sent: epoch.Add(s.began)})
	case errors.As(err, &rejected):
		s.tell(actor.CommitFailed{Cause: err})
	default:
		return err
	}
	return nil
}

func (s *session) load(ctx context.Context) error {
	ids := make([]object.ID, len(s.loading))
	for i := range s.loading {
		ids[i] = s.loading[i].Object.ID
	}
	snapshots, err := s.store.Load(ctx, ids)
	if err != nil {
		return err
	}
	for i := range s.loading {
		s.tell(&loadedLetter{load: s.loading[i], snapshot: snapshots[i]})
	}
	return nil
}

func (s *session) list(ctx context.Context) error {
	until := s.todo.scan
	s.todo.scan = time.Time{}
	alarms, err := s.store.Alarms(ctx, until, alarmsAtOnce)
	if err != nil {
		return err
	}
	if len(alarms) == alarmsAtOnce {
		until = alarms[len(alarms)-1].At
	}
	s.tell(actor.Found{Alarms: alarms, Until: until})
	return nil
}

// lose tells the core that the session is dead, and tries to have another.
func (s *session) lose(cause error) {
	_ = s.store.Close() // it is dead
	s.todo, s.flying, s.done.letters = chores{}, nil, s.done.letters[:0]
	s.unheard++
	s.shard.put(actor.Lost{Cause: cause})
	s.reopen(0)
}

// reopen opens a session, after a pause.
func (s *session) reopen(pause time.Duration) {
	s.doing = opening
	s.plan(pause + s.w.Profile.Load.draw(s.random) + s.w.Profile.commit(s.random, 1))
}

// again tries to open after a failure, each time later.
func (s *session) again() {
	if s.store != nil {
		_ = s.store.Close() // half opened
	}
	s.done.letters = s.done.letters[:0]
	s.pause = min(max(2*s.pause, reopenPause), reopenLimit)
	s.reopen(s.pause)
}

// sever is the server ending the session. The node sees it when it speaks next.
func (s *session) sever() {
	if s.doing != opening {
		_ = s.store.Close()
	}
}

// die ends the session with its node. What is under way may have reached the server.
func (s *session) die() {
	if s.store == nil {
		return
	}
	if s.flying != nil && s.random.IntN(2) == 0 {
		_ = s.commit(context.Background()) // nobody is left to hear of it
	}
	_ = s.store.Close()
}
