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
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

const (
	beatEvery    = 300 * time.Millisecond // without commits; well under store.ReadTrust
	reopenPause  = 200 * time.Millisecond // doubled up to reopenLimit
	reopenLimit  = 5 * time.Second
	alarmsAtOnce = 10_000
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

	mu   sync.Mutex
	todo chores
	// unheard counts sessions that were lost and the shard has not read so. What it
	// asks meanwhile, it asks of a session that is gone.
	unheard int
	wake    chan struct{}
	commits *spread // microseconds
}

// chores are what the shard has asked for.
type chores struct {
	commit *store.Batch
	loads  []actor.Load
	scan   time.Time
	probe  bool
	moves  []*moveLetter
}

func (c *chores) none() bool {
	return c.commit == nil && len(c.loads) == 0 && c.scan.IsZero() && !c.probe && len(c.moves) == 0
}

func (k *keeper) ask(change func(*chores)) {
	k.mu.Lock()
	if k.unheard == 0 {
		change(&k.todo)
	}
	k.mu.Unlock()
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

func (k *keeper) commit(b *store.Batch) { k.ask(func(c *chores) { c.commit = b }) }

func (k *keeper) load(l actor.Load) { k.ask(func(c *chores) { c.loads = append(c.loads, l) }) }

func (k *keeper) scan(until time.Time) { k.ask(func(c *chores) { c.scan = until }) }

func (k *keeper) probe() { k.ask(func(c *chores) { c.probe = true }) }

// lose tells the shard, and forgets what it has asked.
func (k *keeper) lose(cause error) {
	k.mu.Lock()
	k.todo = chores{}
	k.unheard++
	k.mu.Unlock()
	k.mail.put(actor.Lost{Cause: cause})
}

// heard says that the shard has read of the loss.
func (k *keeper) heard() {
	k.mu.Lock()
	k.unheard--
	k.mu.Unlock()
}

func (k *keeper) take() chores {
	k.mu.Lock()
	defer k.mu.Unlock()
	todo := k.todo
	k.todo = chores{}
	return todo
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

// do returns an error only if the session is dead. It does not take the node's
// context: a stop must not tear a commit in two; the session has its own deadlines.
func (k *keeper) do(session store.Session, todo chores) error {
	ctx := context.Background()
	if todo.commit != nil {
		if err := k.doCommit(ctx, session, todo.commit); err != nil {
			return err
		}
	}
	for _, l := range todo.moves { // before loads: one of them may ask for what has just gone
		err := session.Move(ctx, l.id, l.to)
		if err != nil && !errors.Is(err, store.ErrElsewhere) {
			return fmt.Errorf("move: %w", err)
		}
		k.mail.put(wroteMove{l, err})
	}
	if len(todo.loads) > 0 {
		if err := k.doLoads(ctx, session, todo.loads); err != nil {
			return err
		}
	}
	if !todo.scan.IsZero() {
		if err := k.doScan(ctx, session, todo.scan); err != nil {
			return err
		}
	}
	if todo.probe && todo.commit == nil {
		sent := k.clock()
		if err := session.Beat(ctx); err != nil {
			return fmt.Errorf("beat: %w", err)
		}
		k.mail.put(actor.Confirmed{Sent: sent})
	}
	return nil
}

func (k *keeper) doCommit(ctx context.Context, session store.Session, batch *store.Batch) error {
	sent := k.clock()
	err := session.Commit(ctx, batch)
	k.commits.time(k.clock().Sub(sent))
	var rejected *store.RejectedError
	switch {
	case err == nil:
		k.mail.put(actor.Committed{Sent: sent})
	case errors.As(err, &rejected):
		k.mail.put(actor.CommitFailed{Cause: err})
	default:
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func (k *keeper) doLoads(ctx context.Context, session store.Session, loads []actor.Load) error {
	ids := make([]object.ID, len(loads))
	for i := range loads {
		ids[i] = loads[i].Object.ID
	}
	snapshots, err := session.Load(ctx, ids)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	for i := range loads {
		k.mail.put(loadedLetter{load: loads[i], snapshot: snapshots[i]})
	}
	return nil
}

func (k *keeper) doScan(ctx context.Context, session store.Session, until time.Time) error {
	alarms, err := session.Alarms(ctx, until, alarmsAtOnce)
	if err != nil {
		return fmt.Errorf("list alarms: %w", err)
	}
	if len(alarms) == alarmsAtOnce {
		until = alarms[len(alarms)-1].At
	}
	k.mail.put(actor.Found{Alarms: alarms, Until: until})
	return nil
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
