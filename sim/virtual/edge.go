package virtual

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// edge is one point of presence.
type edge struct {
	w      *world
	id     regions.ID
	random *rand.Rand // of service times
	lines  map[regions.ID]*line
	known  []*line // to the home of each object, by its number; nil where that is not known

	// The directory answers one question at a time; what comes meanwhile is the next.
	directory *path
	asking    []*question // on their way
	next      []*question // not yet sent
}

type objectName struct{ class, name string }

// question is one object that an edge wants to know the home of, and who waits for it.
type question struct {
	of      *routed
	home    regions.ID
	waiting []*request
}

// routed is a client's path, read once.
type routed struct {
	identity    *object.Identity
	number      int    // of the object, in the order in which they were first asked for
	path, query string // the object's own
}

func newEdge(w *world, id regions.ID) *edge {
	e := &edge{
		w: w, id: id, random: w.stream("edge " + string(id)),
		lines:     make(map[regions.ID]*line),
		directory: newPath(w, id, w.Directory, "directory"),
	}
	for _, at := range w.Homes {
		home := w.homes[at]
		e.lines[at] = &line{path: newPath(w, id, at, "home"), home: home, to: home.active, node: home.active, idle: w.Warm}
	}
	return e
}

// take receives a client's request.
func (e *edge) take(q *request) {
	to := q.to
	if to.number < len(e.known) && e.known[to.number] != nil {
		q.found(e.w, e.known[to.number])
		return
	}
	for _, list := range [2][]*question{e.asking, e.next} {
		for _, open := range list {
			if open.of.number == to.number {
				open.waiting = append(open.waiting, q)
				return
			}
		}
	}
	e.next = append(e.next, &question{of: to, waiting: []*request{q}})
	e.ask()
}

// route reads a path, or remembers what it read. A workload has as many paths as
// objects and operations.
func (w *world) route(path, key string) *routed {
	full := path
	if key != "" {
		full += "#" + key
	}
	if to, ok := w.routes[full]; ok {
		return to
	}
	own, query := splitQuery(path)
	to, err := refimpl.Route(own, query, key, "client")
	if err != nil {
		panic("virtual: a workload asks for " + path + ": " + err.Error())
	}
	of := objectName{to.Class, to.Name}
	number, known := w.numbers[of]
	if !known {
		identity := w.spaces[of.class].Named(of.name)
		number = len(w.numbers)
		w.numbers[of], w.identities = number, append(w.identities, &identity)
	}
	read := &routed{identity: w.identities[number], number: number, path: to.Path, query: query}
	w.routes[full] = read
	return read
}

// routeOf reads where an operation goes. The only header that a workload sends is the
// limiter's key.
func (w *world) routeOf(ask *loadgen.Ask) *routed {
	key := ""
	for _, field := range ask.Header {
		key = field.Value
	}
	return w.route(ask.Path, key)
}

// ask sends what has gathered, if nothing is on its way.
func (e *edge) ask() {
	if len(e.asking) > 0 || len(e.next) == 0 {
		return
	}
	e.asking, e.next = e.next, nil
	e.w.after(e.directory.delay(out), placing{e})
}

// placing is the instant at which the directory decides.
type placing struct{ *edge }

func (p placing) fire(w *world) {
	if p.directory.stops(out, p) {
		return
	}
	if w.down > 0 { // and so is the directory's database
		w.after(lookAgain, p)
		return
	}
	directory := memory.NewDirectory(w.server)
	for _, q := range p.asking {
		of := q.of.identity
		homes, err := directory.Place(context.Background(), []store.Placement{{
			Object: of.ID, Class: of.Class, Name: of.Name,
			Want: w.Place.Place(placement.Ask{Object: of.Name, At: w.clock(), Edge: p.id, Homes: w.borders.Allowed(*of)}),
		}})
		if err != nil {
			panic("virtual: directory in memory: " + err.Error())
		}
		q.home = homes[0]
	}
	w.after(p.directory.delay(in)+w.Profile.Load.draw(p.random), placed(p))
}

func (p placing) again(w *world, takes time.Duration) { w.after(takes, p) }

// placed is the instant at which the edge hears of it.
type placed struct{ *edge }

func (p placed) fire(w *world) {
	if p.directory.stops(in, p) {
		return
	}
	asked := p.asking
	p.asking = nil
	for _, q := range asked {
		l := p.lines[q.home]
		for len(p.known) <= q.of.number {
			p.known = append(p.known, nil)
		}
		p.known[q.of.number] = l
		for _, waiting := range q.waiting {
			waiting.found(w, l)
		}
	}
	p.ask()
}

func (p placed) again(w *world, takes time.Duration) { w.after(takes, p) }

func splitQuery(path string) (string, string) {
	for i := range path {
		if path[i] == '?' {
			return path[:i], path[i+1:]
		}
	}
	return path, ""
}
