package virtual

import (
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/regions"
)

// way is a direction along a path, seen from the edge.
type way uint8

const (
	out way = iota
	in
)

// path is the network between an edge and another place, with the stream that its
// delays come from.
type path struct {
	regions.Path
	random *rand.Rand
	slow   [2]time.Duration // what faults add, by way
	cuts   [2]int           // how many faults cut the way
	parked [2][]traveller   // what would have arrived, in order
}

// traveller is what a path carries.
type traveller interface {
	target
	// again sends it anew when a cut is healed; that takes so long.
	again(w *world, takes time.Duration)
}

func newPath(w *world, from, to regions.ID, purpose string) *path {
	return &path{
		Path:   w.Map.Path(from, to, w.Jitter, w.Seed),
		random: w.stream(purpose + string(from) + "-" + string(to)),
	}
}

func (p *path) delay(to way) time.Duration { return p.Delay(p.random) + p.slow[to] }

// stops keeps what would arrive now, if the way is cut. As on a real network it is
// sent again, until it gets through.
func (p *path) stops(to way, what traveller) bool {
	if p.cuts[to] == 0 {
		return false
	}
	p.parked[to] = append(p.parked[to], what)
	return true
}

// heal takes one cut away. What waited arrives one way's delay from now, in order
// where it has one.
func (p *path) heal(w *world, to way) {
	if p.cuts[to]--; p.cuts[to] > 0 {
		return
	}
	parked := p.parked[to]
	p.parked[to] = nil
	for _, what := range parked {
		what.again(w, p.delay(to))
	}
}

// paths are ways between any two places, made when they are first gone. Faults are
// not about them.
type paths struct {
	w    *world
	made map[[2]regions.ID]*path
}

func newPaths(w *world) *paths { return &paths{w, make(map[[2]regions.ID]*path)} }

func (p *paths) delay(from, to regions.ID) time.Duration {
	between, ok := p.made[[2]regions.ID{from, to}]
	if !ok {
		between = newPath(p.w, from, to, "service")
		p.made[[2]regions.ID{from, to}] = between
	}
	return between.delay(out)
}
