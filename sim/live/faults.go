package live

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/fault"
	"github.com/durabench/durabench/sim/wan"
)

// troubles are what goes wrong in a world. One goroutine applies them.
type troubles struct {
	stop    context.CancelFunc
	done    sync.WaitGroup
	links   map[*wan.Link]*damage
	central *database // of the directory: only its silence counts

	mu    sync.Mutex
	spans []fault.Span
}

// damage is what faults together do to a link.
type damage struct {
	cuts [2]int
	slow time.Duration
}

// Available says whether a live world can have these faults. All its nodes are one
// process: it cannot be paused in part, and no clock of its own can be set.
func Available(s fault.Schedule) error {
	for _, f := range s {
		switch {
		case f.Kind == fault.Pause || f.Kind == fault.Clock:
			return fmt.Errorf("fault %q: not in a live world, whose nodes share a process and its clock; try --engine virtual", f)
		case f.Kind == fault.Slow && f.OneWay:
			return fmt.Errorf("fault %q: links of a live world are slow both ways (write | for >); try --engine virtual", f)
		}
	}
	return nil
}

// Apply lets things go wrong, at instants counted from now. It returns at once; the
// faults that are left when ctx ends or the world stops are dropped, and what is
// broken is mended. It may be called once.
func (w *World) Apply(ctx context.Context, s fault.Schedule) error {
	if err := Available(s); err != nil {
		return err
	}
	bound, err := s.Bind(fault.World{Map: w.config.Map, Homes: w.config.Homes, Edges: w.config.Edges})
	if err != nil {
		return err
	}
	strikes := make([]strike, 0, 2*len(bound))
	for i := range bound {
		strikes = append(strikes, strike{Bound: &bound[i], at: bound[i].At})
		if bound[i].For > 0 {
			strikes = append(strikes, strike{Bound: &bound[i], at: bound[i].At + bound[i].For, ends: true})
		}
	}
	slices.SortStableFunc(strikes, func(a, b strike) int { return cmp.Compare(a.at, b.at) })
	ctx, w.troubles.stop = context.WithCancel(ctx)
	began := time.Now()
	w.troubles.done.Go(func() { w.suffer(ctx, began, strikes) })
	return nil
}

// Faults are what went wrong so far, and when, counted from Apply.
func (w *World) Faults() []fault.Span {
	w.troubles.mu.Lock()
	defer w.troubles.mu.Unlock()
	return slices.Clone(w.troubles.spans)
}

// mend ends all that is wrong, but for nodes that are dead.
func (w *World) mend() {
	if w.troubles.stop != nil {
		w.troubles.stop()
	}
	w.troubles.done.Wait()
	for _, h := range w.homes {
		h.stopRevival()
	}
}

// strike is a fault that begins or ends.
type strike struct {
	*fault.Bound
	at   time.Duration
	ends bool
}

func (s *strike) sign() int {
	if s.ends {
		return -1
	}
	return 1
}

// suffer applies strikes when they are due. When ctx ends, those that mend come at once.
func (w *World) suffer(ctx context.Context, began time.Time, strikes []strike) {
	begun := make(map[*fault.Bound]int) // where its span is
	for i := range strikes {
		s := &strikes[i]
		timer := time.NewTimer(time.Until(began.Add(s.at)))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		span, known := begun[s.Bound]
		if ctx.Err() != nil && !known {
			continue
		}
		w.hit(ctx, s)
		now := time.Since(began)
		w.troubles.mu.Lock()
		if !known {
			begun[s.Bound] = len(w.troubles.spans)
			w.troubles.spans = append(w.troubles.spans, fault.Span{Name: s.String(), From: now, To: now})
		} else {
			w.troubles.spans[span].To = now
		}
		w.troubles.mu.Unlock()
	}
}

func (w *World) hit(ctx context.Context, s *strike) {
	switch s.Kind {
	case fault.Partition, fault.Slow:
		for _, e := range w.edges {
			for i, at := range w.config.Homes {
				w.damage(s, e.id, at, w.links[slices.Index(w.edges, e)*len(w.config.Homes)+i])
			}
			w.damage(s, e.id, w.config.Directory, e.toDirectory)
		}
		for id, h := range w.homes {
			for at, link := range h.between.links {
				w.damage(s, id, at, link)
			}
			w.damage(s, id, w.config.Directory, h.between.toDirectory)
		}
		return
	case fault.Outage:
		if len(s.A) == 0 {
			w.troubles.central.silence(s.sign())
		}
	}
	lost := &ticket{}
	for _, id := range s.From {
		w.hitHome(ctx, s, id, lost)
	}
}

func (w *World) hitHome(ctx context.Context, s *strike, id regions.ID, lost *ticket) {
	h := w.homes[id]
	switch s.Kind {
	case fault.Outage:
		h.database.silence(s.sign())
	case fault.LateAcks:
		h.database.slow(time.Duration(s.sign()) * s.By)
	case fault.LostAck:
		h.database.loseAck(lost)
	case fault.Sever:
		h.database.sever()
	case fault.Kill:
		if s.ends {
			w.reviveHome(ctx, id, h)
		} else {
			w.killHome(h)
		}
	}
}

// damage adds a fault to a link, or takes it away.
func (w *World) damage(s *strike, from, to regions.ID, link *wan.Link) {
	var about [2]bool
	about[wan.Out], about[wan.In] = s.Ways(from, to)
	d := w.troubles.links[link]
	if d == nil {
		d = &damage{}
		w.troubles.links[link] = d
	}
	for _, direction := range []wan.Direction{wan.Out, wan.In} {
		if !about[direction] || s.Kind == fault.Slow {
			continue
		}
		if d.cuts[direction] += s.sign(); d.cuts[direction] == 0 {
			link.Heal(direction)
		} else {
			link.Cut(direction)
		}
	}
	if s.Kind == fault.Slow && about[wan.Out] {
		d.slow += time.Duration(s.sign()) * s.By
		link.Slow(d.slow)
	}
}

// killHome ends a node as a crash does: its connections break, nothing is drained,
// and its slots are left unclean.
func (w *World) killHome(h *home) {
	if h.deaths++; h.deaths > 1 {
		return // it is dead already
	}
	h.stopRevival()
	if h.node == nil {
		return
	}
	_ = h.server.Close() // that is what breaks the connections
	ended, end := context.WithCancel(context.Background())
	end()
	_ = h.node.Stop(ended) // says that it was not clean
	h.node = nil
}

// reviveHome starts a node in place of a dead one, at the same address. It tries
// until it succeeds: whatever it needs may be broken as well.
func (w *World) reviveHome(ctx context.Context, id regions.ID, h *home) {
	if h.deaths--; h.deaths > 0 || ctx.Err() != nil {
		return
	}
	ctx, h.noRevival = context.WithCancel(ctx)
	h.revival.Go(func() {
		for ctx.Err() == nil {
			h.starts++
			err := w.startNode(ctx, id, h)
			if err == nil {
				return
			}
			w.config.Log.Warn("home not started again", "home", id, "cause", err)
			select {
			case <-ctx.Done():
			case <-time.After(reviveAgain):
			}
		}
	})
}

const reviveAgain = 200 * time.Millisecond

// stopRevival waits until nobody tries to start the home again.
func (h *home) stopRevival() {
	if h.noRevival != nil {
		h.noRevival()
	}
	h.revival.Wait()
}
