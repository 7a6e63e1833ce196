package virtual

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/durabench/durabench/loadgen"
	"github.com/durabench/durabench/refimpl"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
	"github.com/durabench/durabench/sim/fault"
	"github.com/durabench/durabench/sim/relocate"
)

// ErrBound is returned by Run when a run outgrows its bounds: more is offered
// than the world can carry, or it never ends.
var ErrBound = errors.New("virtual run stopped at its bound")

// Config describes a world and its load. Fields are required unless they say otherwise.
type Config struct {
	Map       *regions.Map
	Homes     []regions.ID
	Edges     []regions.ID
	Directory regions.ID
	Place     placement.Strategy
	Within    regions.Jurisdiction // that all objects stay in; may be none
	Jitter    regions.Jitter
	Seed      uint64
	Classes   []object.Class
	Cores     int // sessions of each home's node
	Warm      int // connections that each edge holds to each home at the start
	Profile   *Profile

	Source   loadgen.Source
	Members  []loadgen.Member // of chat rooms; none for other classes
	Schedule loadgen.Schedule
	For      time.Duration
	Timeout  time.Duration // of one operation; zero is loadgen.DefaultTimeout
	Drain    time.Duration // for deliveries after the last text; zero is loadgen.DefaultDrain
	// Primitive, if not nil, is asked instead of the objects; see RunPrimitive.
	Primitive *Primitive
	// Moved takes each move, when the run is over; may be nil.
	Moved func(relocate.Move)
	// Record takes each observation, in the order in which they are complete.
	Record func(*loadgen.Observation)

	// Faults are what goes wrong. With Standby each home has a second node, which
	// takes the slots that the first one loses; that needs one core.
	Faults  fault.Schedule
	Standby bool

	Bounds Bounds
	Log    *slog.Logger
	// Store wraps the simulated database; nil leaves it as it is. Planted bugs go here.
	Store func(store.Store) store.Store
	// Tamper makes what stands between a core and its driver, for each core anew;
	// nil is nothing. Planted bugs go here.
	Tamper func() Tamper
}

// Bounds end a run that would eat the machine. Zero values take the defaults.
type Bounds struct {
	Events   uint64 // that happen; default 10 billion
	Underway int    // operations asked and not answered; default 1 million
}

const (
	slotsOfHome     = 128
	defaultEvents   = 10_000_000_000
	defaultUnderway = 1_000_000
)

// Epoch is the wall clock's time at the start of every virtual run.
func Epoch() time.Time { return epoch }

var epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// world is one run.
type world struct {
	Config
	now    time.Duration
	queue  queue
	events uint64

	server     *memory.Server
	spaces     refimpl.Namespaces
	routes     map[string]*routed
	numbers    map[objectName]int // of objects
	identities []*object.Identity // by the object's number
	homes      map[regions.ID]*home
	edges      []*edge
	edgeOf     []int // of clients
	down       int   // faults that silence the database of the directory
	load       load
	borders    relocate.Borders
	desk       *relocate.Desk
	failed     error

	workers *workers // of a run with a Primitive
	trunks
}

// Run carries out one run and returns how the load fared. It reads no clock: the
// context only ends it early, between two events.
func Run(ctx context.Context, config Config) (loadgen.Load, error) {
	w, err := newWorld(config)
	if err != nil {
		return loadgen.Load{}, err
	}
	defer w.close()
	w.startLoad()
	err = w.spin(ctx)
	w.tellMoves()
	return w.load.report(ctx, w.now), err
}

// close unwinds the turns that are still suspended.
func (w *world) close() {
	for _, h := range w.homes {
		for _, n := range h.nodes {
			for _, s := range n.shards {
				s.close()
			}
		}
	}
}

func newWorld(config Config) (*world, error) {
	w := &world{
		Config: config,
		server: memory.NewServer(slotsOfHome),
		spaces: refimpl.NewNamespaces("durabench", config.Classes),
		homes:  make(map[regions.ID]*home),
		routes: make(map[string]*routed), numbers: make(map[objectName]int),
		trunks: trunks{made: make(map[string]*trunk)},
	}
	w.borders = relocate.Borders{Map: config.Map, Homes: config.Homes, Within: config.Within, Spaces: w.spaces}
	w.desk = relocate.NewDesk(config.Place, w.borders.Allowed)
	w.load.w = w
	w.setDefaults()
	return w, w.build()
}

func (w *world) setDefaults() {
	if w.Timeout == 0 {
		w.Timeout = loadgen.DefaultTimeout
	}
	if w.Drain == 0 {
		w.Drain = loadgen.DefaultDrain
	}
	if w.Bounds.Events == 0 {
		w.Bounds.Events = defaultEvents
	}
	if w.Bounds.Underway == 0 {
		w.Bounds.Underway = defaultUnderway
	}
	if w.Store == nil {
		w.Store = func(s store.Store) store.Store { return s }
	}
}

func (w *world) build() error {
	if w.Standby && w.Cores > 1 {
		return fmt.Errorf("start world: %d cores and nodes that stand by: with them a node has one core", w.Cores)
	}
	if err := w.planFaults(); err != nil {
		return err
	}
	for _, id := range w.Homes {
		h := newHome(w, id)
		w.homes[id] = h
		if err := h.start(); err != nil {
			return fmt.Errorf("start home %s: %w", id, err)
		}
	}
	for _, id := range w.Edges {
		w.edges = append(w.edges, newEdge(w, id))
	}
	shares := w.Map.Shares(w.Edges)
	weighted := make([]loadgen.Edge, len(w.Edges))
	for i, id := range w.Edges {
		weighted[i] = loadgen.Edge{ID: id, Weight: shares[i]}
	}
	clients := w.Source.Clients()
	if len(w.Members) > 0 {
		clients = len(w.Members)
	}
	if clients <= 0 {
		return fmt.Errorf("start load: %d clients, want at least one", clients)
	}
	w.edgeOf = loadgen.Spread(weighted, clients)
	return nil
}

// contextEvery is how many events happen between two looks at the context.
const contextEvery = 4096

// spin makes events happen until the load is over.
func (w *world) spin(ctx context.Context) error {
	for !w.load.over {
		if w.failed != nil {
			return w.failed
		}
		if w.queue.empty() {
			panic("virtual: nothing is planned, and the load is not over")
		}
		if w.events%contextEvery == 0 && ctx.Err() != nil {
			w.load.interrupt(w)
		}
		if w.events >= w.Bounds.Events {
			return fmt.Errorf("%w: %d events by %v of virtual time", ErrBound, w.events, w.now)
		}
		w.events++
		next := w.queue.pop()
		w.now = next.at
		next.what.fire(w)
	}
	return nil
}

// after plans something. A delay below zero is none.
func (w *world) after(delay time.Duration, what target) { w.queue.push(w.now+max(0, delay), what) }

// clock is virtual time as objects and the core see it.
func (w *world) clock() time.Time { return epoch.Add(w.now) }

// stream is a random stream with a name.
func (w *world) stream(name string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name)) // a hash takes everything
	return loadgen.Random(w.Seed, h.Sum64())
}

// class gives the class of a name; the routes know no others.
func (w *world) class(name string) object.Class {
	for _, c := range w.Classes {
		if c.Name == name {
			return c
		}
	}
	panic("virtual: no class " + name)
}
