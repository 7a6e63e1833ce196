package virtual

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

const (
	beatEvery    = 300 * time.Millisecond // without commits, as in a live node
	alarmsAtOnce = 10_000
)

// session does a shard's business with the store, one thing at a time, as a live
// node's keeper does: commits first, then loads, all that have come together.
type session struct {
	w      *world
	shard  *shard
	store  store.Session
	random *rand.Rand

	batch *store.Batch
	loads []actor.Load
	scan  time.Time
	probe bool

	doing   chore
	began   time.Duration
	loading []actor.Load // the loads under way
	quiet   time.Duration
	beats   beat
}

// chore is what a session is doing.
type chore uint8

const (
	nothing chore = iota
	committing
	loadingObjects
	scanning
	beating
)

// beat is the timer that proves ownership while nothing is committed.
type beat struct{ *session }

func (b beat) fire(w *world) {
	if b.session.doing == nothing && w.now-b.session.quiet >= beatEvery {
		b.session.probe = true
		b.session.begin()
	}
	w.after(beatEvery, b)
}

// begin starts the next chore, if the session is free.
func (s *session) begin() {
	if s.doing != nothing {
		return
	}
	profile := s.w.Profile
	var takes time.Duration
	switch {
	case s.batch != nil:
		rows := len(s.batch.Writes) + len(s.batch.Alarms) + len(s.batch.Wipes)
		s.doing, takes = committing, profile.commit(s.random, rows)
	case len(s.loads) > 0:
		s.doing, takes = loadingObjects, profile.Load.draw(s.random)
		s.loading, s.loads = s.loads, s.loading[:0]
	case !s.scan.IsZero():
		s.doing, takes = scanning, profile.Load.draw(s.random)
	case s.probe:
		s.doing, takes = beating, profile.commit(s.random, 1)
	default:
		return
	}
	s.began = s.w.now
	s.w.after(takes, s)
}

// fire ends the chore under way: it takes effect when its answer is there.
func (s *session) fire(w *world) {
	ctx := context.Background()
	var err error
	doing := s.doing
	s.doing, s.quiet = nothing, w.now
	switch doing {
	case committing:
		err = s.commit(ctx)
	case loadingObjects:
		err = s.load(ctx)
	case scanning:
		err = s.list(ctx)
	case beating:
		s.probe = false
		if err = s.store.Beat(ctx); err == nil {
			s.shard.put(actor.Confirmed{Sent: epoch.Add(s.began)})
		}
	}
	if err != nil {
		s.lose(err)
	}
	s.begin()
}

func (s *session) commit(ctx context.Context) error {
	batch := s.batch
	s.batch, s.probe = nil, false
	err := s.store.Commit(ctx, batch)
	var rejected *store.RejectedError
	switch {
	case err == nil:
		s.shard.put(actor.Committed{Sent: epoch.Add(s.began)})
	case errors.As(err, &rejected):
		s.shard.put(actor.CommitFailed{Cause: err})
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
		s.shard.put(&loadedLetter{load: s.loading[i], snapshot: snapshots[i]})
	}
	return nil
}

func (s *session) list(ctx context.Context) error {
	until := s.scan
	s.scan = time.Time{}
	alarms, err := s.store.Alarms(ctx, until, alarmsAtOnce)
	if err != nil {
		return err
	}
	if len(alarms) == alarmsAtOnce {
		until = alarms[len(alarms)-1].At
	}
	s.shard.put(actor.Found{Alarms: alarms, Until: until})
	return nil
}

// lose tells the core, and opens another session.
func (s *session) lose(cause error) {
	_ = s.store.Close() // it is dead
	s.batch, s.loads, s.scan, s.probe = nil, nil, time.Time{}, false
	s.shard.put(actor.Lost{Cause: cause})
	if err := s.open(); err != nil {
		s.w.failed = err
	}
}

// open acquires the shard's slots with a new session.
func (s *session) open() error {
	ctx := context.Background()
	opened, err := s.shard.home.store.Open(ctx, store.Owner{Region: s.shard.home.id, Node: s.shard.home.node})
	if err != nil {
		return err
	}
	s.store = opened
	leases, err := opened.Acquire(ctx, s.shard.slots)
	if err != nil {
		return err
	}
	s.shard.put(actor.Acquired{Leases: leases, Sent: s.w.clock()})
	return nil
}
