package moving

import (
	"context"
	"slices"
	"sync"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

// bent is a store whose sessions have a bug.
type bent struct {
	store.Store
	bend func(store.Session) store.Session
}

func (b bent) Open(ctx context.Context, owner store.Owner) (store.Session, error) {
	inner, err := b.Store.Open(ctx, owner)
	if err != nil {
		return nil, err
	}
	return b.bend(inner), nil
}

func loseLast() func(store.Store) store.Store {
	return func(s store.Store) store.Store {
		return bent{s, func(inner store.Session) store.Session { return newHasty(inner, nil) }}
	}
}

func moveEarly() func(store.Store) store.Store {
	g := &gate{waiting: make(map[object.ID]bool)}
	return func(s store.Store) store.Store {
		return bent{s, func(inner store.Session) store.Session { return newHasty(inner, g) }}
	}
}

func believeAll() func(store.Store) store.Store {
	return func(s store.Store) store.Store {
		return bent{s, func(inner store.Session) store.Session { return credulous{inner} }}
	}
}

// gate holds last writes back until another home has read the object without them.
type gate struct {
	mu      sync.Mutex
	waiting map[object.ID]bool
}

func (g *gate) set(id object.ID, waits bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting[id] = waits
}

func (g *gate) open(id object.ID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return !g.waiting[id]
}

// hasty says that what an object writes is durable before it is: it is written with the
// object's next batch. If the object moves first, it comes when the gate opens; without
// a gate, never.
type hasty struct {
	store.Session
	gate *gate
	last map[object.ID]*store.Batch // of each object, said to be durable
	late map[object.ID]*store.Batch // of those that have moved since
}

func newHasty(inner store.Session, g *gate) *hasty {
	return &hasty{Session: inner, gate: g, last: make(map[object.ID]*store.Batch), late: make(map[object.ID]*store.Batch)}
}

func (s *hasty) Commit(ctx context.Context, batch *store.Batch) error {
	if err := s.tooLate(ctx); err != nil {
		return err
	}
	apart := split(batch)
	for _, one := range apart {
		if err := s.write(ctx, one.id); err != nil {
			return err
		}
		s.last[one.id] = one.batch
	}
	if len(apart) > 0 {
		return nil
	}
	return s.Session.Commit(ctx, batch)
}

// write makes an object's last batch durable.
func (s *hasty) write(ctx context.Context, id object.ID) error {
	batch := s.last[id]
	if batch == nil {
		return nil
	}
	delete(s.last, id)
	return s.Session.Commit(ctx, batch)
}

// tooLate writes what moved objects left behind, if their new homes have read them.
func (s *hasty) tooLate(ctx context.Context) error {
	for _, id := range inOrder(s.late) {
		if !s.gate.open(id) {
			continue
		}
		batch := s.late[id]
		delete(s.late, id)
		if err := s.Session.Commit(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

func (s *hasty) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	for _, id := range ids {
		if err := s.write(ctx, id); err != nil {
			return nil, err
		}
	}
	snapshots, err := s.Session.Load(ctx, ids)
	if s.gate != nil && err == nil {
		for i := range snapshots {
			if snapshots[i].Elsewhere == "" {
				s.gate.set(snapshots[i].Object, false)
			}
		}
	}
	return snapshots, err
}

func (s *hasty) Release(ctx context.Context, slots []store.Slot) error {
	for _, id := range inOrder(s.last) { // nothing is wrong but moves
		if err := s.write(ctx, id); err != nil {
			return err
		}
	}
	return s.Session.Release(ctx, slots)
}

func (s *hasty) Move(ctx context.Context, id object.ID, to regions.ID) error {
	if s.gate != nil {
		s.gate.set(id, true)
	}
	err := s.Session.Move(ctx, id, to)
	if err != nil {
		return err
	}
	if s.gate != nil && s.last[id] != nil {
		s.late[id] = s.last[id]
	}
	delete(s.last, id)
	return nil
}

// part is what a batch says of one object.
type part struct {
	id    object.ID
	batch *store.Batch
}

// split takes a batch apart, in the order in which it names its objects. Every part
// asserts all of the batch's leases. A batch's memory is used again, so parts are copies.
func split(batch *store.Batch) []part {
	var all []part
	of := func(id object.ID) *store.Batch {
		at := slices.IndexFunc(all, func(p part) bool { return p.id == id })
		if at < 0 {
			at, all = len(all), append(all, part{id, &store.Batch{Leases: slices.Clone(batch.Leases)}})
		}
		return all[at].batch
	}
	for _, id := range batch.Wipes {
		b := of(id)
		b.Wipes = append(b.Wipes, id)
	}
	for _, w := range batch.Writes {
		b := of(w.Object)
		b.Writes = append(b.Writes, w)
	}
	for _, a := range batch.Alarms {
		b := of(a.Object)
		b.Alarms = append(b.Alarms, a)
	}
	return all
}

func inOrder[T any](of map[object.ID]T) []object.ID {
	ids := make([]object.ID, 0, len(of))
	for id := range of {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b object.ID) int { return slices.Compare(a[:], b[:]) })
	return ids
}

// credulous does not heed the directory's word that an object which it loads lives elsewhere.
type credulous struct{ store.Session }

func (s credulous) Load(ctx context.Context, ids []object.ID) ([]store.Snapshot, error) {
	snapshots, err := s.Session.Load(ctx, ids)
	for i := range snapshots {
		snapshots[i].Elsewhere = ""
	}
	return snapshots, err
}
