package refimpl

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
)

const alarmsAtOnce = 10_000

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

func (k *keeper) take() chores {
	k.mu.Lock()
	defer k.mu.Unlock()
	todo := k.todo
	k.todo = chores{}
	return todo
}

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
