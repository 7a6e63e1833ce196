package virtual

import (
	"slices"
	"time"

	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/sim/fault"
)

// Tamper stands between a driver and its core, as in a node of the running system.
type Tamper = refimpl.Tamper

// strike is a fault that begins or ends.
type strike struct {
	*fault.Bound
	ends bool    // what it does now undoes what it did: as long as it lasts, new ways are struck as old ones were
	hit  []*node // by the beginning
}

// planFaults puts what will go wrong on the schedule.
func (w *world) planFaults() error {
	bound, err := w.Faults.Bind(fault.World{Map: w.Map, Homes: w.Homes, Edges: w.Edges})
	if err != nil {
		return err
	}
	for i := range bound {
		w.queue.push(bound[i].At, &strike{Bound: &bound[i]})
	}
	return nil
}

func (s *strike) fire(w *world) {
	s.fall(w)
	if s.For > 0 {
		w.after(s.For, relief{s})
	}
}

// relief is the end of a fault.
type relief struct{ *strike }

func (r relief) fire(w *world) {
	r.ends = true
	r.fall(w)
}

func (s *strike) fall(w *world) {
	switch s.Kind {
	case fault.Partition, fault.Slow:
		s.eachWay(w)
	case fault.Outage:
		if len(s.A) == 0 {
			w.down += s.sign()
		}
		s.eachHome(w, func(h *home) { h.down += s.sign() })
	case fault.LostAck:
		next := true
		s.eachHome(w, func(h *home) { h.lostAck = &next })
	case fault.Clock:
		s.eachHome(w, func(h *home) { h.skew += s.By })
	default:
		s.eachNode(w)
	}
}

func (s *strike) sign() int {
	if s.ends {
		return -1
	}
	return 1
}

// eachWay cuts, slows or heals the ways that the fault is about, and those of
// trunks that are made while it lasts.
func (s *strike) eachWay(w *world) {
	if s.ends {
		w.striking = slices.DeleteFunc(w.striking, func(other *strike) bool { return other == s })
	} else {
		w.striking = append(w.striking, s)
	}
	for _, e := range w.edges {
		for _, at := range w.Homes {
			s.onPath(w, e.id, e.lines[at].path, at)
		}
		s.onPath(w, e.id, e.directory, w.Directory)
	}
	for _, p := range w.order {
		s.onPath(w, p.from, p.path, p.to)
	}
}

func (s *strike) onPath(w *world, from regions.ID, p *path, to regions.ID) {
	var about [2]bool
	about[out], about[in] = s.Ways(from, to)
	for _, direction := range [2]way{out, in} {
		switch {
		case !about[direction]:
		case s.Kind == fault.Slow:
			p.slow[direction] += time.Duration(s.sign()) * s.By
		case s.ends:
			p.heal(w, direction)
		default:
			p.cuts[direction]++
		}
	}
}

func (s *strike) eachHome(w *world, do func(*home)) {
	for _, id := range s.From {
		do(w.homes[id])
	}
}

// eachNode strikes the node that owns a home's objects.
func (s *strike) eachNode(w *world) {
	if s.ends {
		for _, n := range s.hit {
			switch s.Kind {
			case fault.Kill:
				n.home.restart(n)
			case fault.Pause:
				n.resume(w)
			case fault.LateAcks:
				n.late -= s.By
			}
		}
		return
	}
	s.eachHome(w, func(h *home) {
		n := h.active
		if n.dead {
			return
		}
		s.hit = append(s.hit, n)
		switch s.Kind {
		case fault.Kill:
			n.die(w)
		case fault.Pause:
			n.hold()
		case fault.LateAcks: // on its own way to the database: another node's may be good
			n.late += s.By
		case fault.Sever:
			for _, sh := range n.shards {
				sh.session.sever()
			}
		}
	})
}

// hold keeps the node from doing anything. Its database may lose patience with it.
func (n *node) hold() {
	n.pauses++
	for _, s := range n.shards {
		if s.session.doing == nothing || s.session.done.said {
			s.session.expectSilence()
		}
	}
}

// resume lets the node hear, at once, what it was told meanwhile.
func (n *node) resume(w *world) {
	if n.pauses--; n.pauses > 0 || n.dead {
		return
	}
	frozen := n.frozen
	n.frozen = nil
	for _, what := range frozen {
		what.fire(w)
	}
}

// die breaks all of the node's connections. Edges and members hear of it one way's
// delay later; what was asked of it and not answered has an unknown outcome.
func (n *node) die(w *world) {
	n.dead = true
	for _, what := range n.frozen {
		if q, ok := what.(*request); ok {
			q.abandon(w)
		}
	}
	n.frozen = nil
	for _, s := range n.shards {
		s.die(w)
	}
	for _, e := range w.edges {
		line := e.lines[n.home.id]
		w.after(line.path.delay(in), reset{line, n})
	}
	if talk := w.load.talk; talk != nil {
		for _, m := range talk.members {
			if m.node == n {
				m.cut(w)
			}
		}
	}
}

// die forgets everything that the shard was asked.
func (s *shard) die(w *world) {
	s.session.die()
	s.close()
	for _, q := range s.turns.requests {
		if q != nil {
			q.abandon(w)
		}
	}
	for _, letter := range s.mail[s.head:] {
		switch l := letter.(type) {
		case *request:
			l.abandon(w)
		case *departure:
			s.w.desk.Over(l.id, w.clock(), errGone)
		}
	}
	for _, id := range sortedIDs(s.departing) {
		d := s.departing[id]
		s.w.desk.Over(id, w.clock(), errGone)
		for _, p := range d.waiting {
			p.request.abandon(w)
		}
	}
	s.mail, s.head, s.turns, s.departing = nil, 0, turnTable{}, nil
}

// restart puts a new node in the place of one that died.
func (h *home) restart(dead *node) {
	n := h.newNode(dead.place)
	h.nodes[dead.place] = n
	if h.active == dead {
		h.active = n
	}
	for _, s := range n.shards {
		s.session.reopen(0)
		h.w.after(beatEvery, s.session.beats)
	}
}
