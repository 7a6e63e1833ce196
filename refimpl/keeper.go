package refimpl

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/store"
)

const (
	beatEvery   = 300 * time.Millisecond // without commits; well under store.ReadTrust
	reopenPause = 200 * time.Millisecond // doubled up to reopenLimit
	reopenLimit = 5 * time.Second
)

// keeper does a shard's business with its session, one thing at a time: commits
// first, for replies wait for them; then loads, all that have come together.
type keeper struct {
	store store.Store
	owner store.Owner
	slots []store.Slot
	clock Clock
	mail  *mailbox
	log   *slog.Logger

	// missing are slots that were not free when the session asked for them: after
	// a lost session, the server may not have noticed yet that it is gone.
	missing []store.Slot

	mu   sync.Mutex // of todo and unheard
	todo chores
	// unheard counts sessions that were lost and the shard has not read so. What it
	// asks meanwhile, it asks of a session that is gone.
	unheard int
	wake    chan struct{}
	commits *spread // microseconds
}

// open gets a session that owns the keeper's slots, or as many of them as are free.
func (k *keeper) open(ctx context.Context) (store.Session, actor.Acquired, error) {
	session, err := k.store.Open(ctx, k.owner)
	if err != nil {
		return nil, actor.Acquired{}, err
	}
	k.missing = k.slots
	acquired, err := k.acquire(ctx, session)
	if err != nil {
		return nil, actor.Acquired{}, errors.Join(err, session.Close())
	}
	return session, acquired, nil
}

// acquire takes those of the missing slots that are free.
func (k *keeper) acquire(ctx context.Context, session store.Session) (actor.Acquired, error) {
	sent := k.clock()
	leases, err := session.Acquire(ctx, k.missing)
	if err != nil {
		return actor.Acquired{}, fmt.Errorf("acquire slots: %w", err)
	}
	k.missing = slices.DeleteFunc(slices.Clone(k.missing), func(slot store.Slot) bool {
		return slices.ContainsFunc(leases, func(l store.Lease) bool { return l.Slot == slot })
	})
	return actor.Acquired{Leases: leases, Sent: sent}, nil
}

// held are the slots that the session owns.
func (k *keeper) held() []store.Slot {
	return slices.DeleteFunc(slices.Clone(k.slots), func(slot store.Slot) bool {
		return slices.Contains(k.missing, slot)
	})
}

// run keeps the session until ctx ends, then releases its slots, if the session
// still lives: cleanly, unless ctx says why not. A session that dies is replaced.
func (k *keeper) run(ctx context.Context, session store.Session) {
	beat := time.NewTimer(beatEvery)
	defer beat.Stop()
	for {
		err := k.serve(ctx, session, beat)
		if err == nil {
			k.release(session, context.Cause(ctx) == context.Canceled)
			return
		}
		k.log.Warn("session lost", "cause", err)
		_ = session.Close() // it is dead already
		k.lose(err)
		if session = k.reopen(ctx); session == nil {
			return
		}
	}
}

// serve does chores until ctx ends (nil) or the session dies.
func (k *keeper) serve(ctx context.Context, session store.Session, beat *time.Timer) error {
	for {
		todo := k.take()
		if todo.none() {
			select {
			case <-ctx.Done():
				return nil
			case <-k.wake:
				continue
			case <-beat.C:
				todo.probe = true
				if err := k.claimMissing(session); err != nil {
					return err
				}
			}
		}
		if err := k.do(session, todo); err != nil {
			return err
		}
		beat.Reset(beatEvery)
	}
}

func (k *keeper) claimMissing(session store.Session) error {
	if len(k.missing) == 0 {
		return nil
	}
	acquired, err := k.acquire(context.Background(), session)
	if err == nil && len(acquired.Leases) > 0 {
		k.mail.put(acquired)
	}
	return err
}

// reopen tries until it has a session, or ctx ends (nil).
func (k *keeper) reopen(ctx context.Context) store.Session {
	pause := reopenPause
	for {
		session, acquired, err := k.open(ctx)
		if err == nil {
			k.mail.put(acquired)
			return session
		}
		k.log.Warn("session not opened", "cause", err, "again_in", pause)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
			pause = min(2*pause, reopenLimit)
		}
	}
}

func (k *keeper) release(session store.Session, cleanly bool) {
	ctx, cancel := context.WithTimeout(context.Background(), reopenLimit)
	defer cancel()
	if cleanly {
		if err := session.Release(ctx, k.held()); err != nil {
			k.log.Warn("slots not released", "cause", err)
		}
	}
	if err := session.Close(); err != nil {
		k.log.Warn("session not closed", "cause", err)
	}
}
