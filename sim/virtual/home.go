package virtual

import (
	"fmt"
	"strings"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/refimpl/store/memory"
	"github.com/durabench/durabench/regions"
)

// home is a place where objects live: one node or two, beside one database.
type home struct {
	w      *world
	id     regions.ID
	store  store.Store
	nodes  []*node // the second one stands by
	active *node   // that took slots last
	starts int     // of nodes, so far

	known   map[object.ID]*home    // where objects live that were called from here
	finding map[object.ID][]*visit // calls that wait to know

	skew    time.Duration // of the wall clock
	down    int           // faults that silence the database
	lostAck *bool         // the next commit that finds it true sets it false, and its answer is lost
}

func newHome(w *world, id regions.ID) *home {
	h := &home{
		w: w, id: id, store: w.Store(memory.New(w.server)),
		known: make(map[object.ID]*home), finding: make(map[object.ID][]*visit),
	}
	nodes := 1
	if w.Standby {
		nodes = 2
	}
	for i := range nodes {
		h.nodes = append(h.nodes, h.newNode(i))
	}
	h.active = h.nodes[0]
	return h
}

// start opens all sessions before anything else happens.
func (h *home) start() error {
	for _, n := range h.nodes {
		for _, s := range n.shards {
			if err := s.session.open(); err != nil {
				return err
			}
			s.session.ready(h.w)
			h.w.after(beatEvery, s.session.beats)
		}
	}
	return nil
}

// door is the node that an edge is told to turn to. A paused one takes connections
// as before: its kernel does.
func (h *home) door() *node {
	if h.active.takesConnections() {
		return h.active
	}
	for _, n := range h.nodes {
		if n.takesConnections() {
			return n
		}
	}
	return h.active
}

// node is one process. One that was started again is another node.
type node struct {
	home   *home
	name   string
	place  int // in home.nodes
	shards []*shard
	opened int // shards that have had a session

	dead   bool
	late   time.Duration // that answers to its commits come later
	pauses int           // faults that hold it still
	frozen []target      // what happened to it meanwhile, in order
}

func (h *home) newNode(place int) *node {
	n := &node{home: h, place: place, name: fmt.Sprintf("%s-%d", strings.ToLower(string(h.id)), place+1)}
	cores := max(1, h.w.Cores)
	for core := range cores {
		n.shards = append(n.shards, newShard(h.w, n, core, cores, h.starts))
	}
	h.starts++
	return n
}

// takeOver makes the node the one that new connections come to. Edges turn to it
// when they hear of it, some sooner than others: discovery takes its time.
func (n *node) takeOver(w *world) {
	if n.home.active == n {
		return
	}
	n.home.active = n
	for _, e := range w.edges {
		line := e.lines[n.home.id]
		share := e.random.Float64()
		lag := time.Duration(share * share * share * float64(discovery))
		w.after(line.path.delay(in)+lag, turn{line, n})
	}
}

// discovery is how long an edge may take to learn of another node. Most learn sooner.
const discovery = 4 * time.Second

func (n *node) takesConnections() bool { return !n.dead && n.opened == len(n.shards) }

// deaf says that a node cannot be told now. What happens to one that is paused is
// told later; what happens to one that is dead, never.
func (n *node) deaf(what target) bool {
	if n.pauses > 0 && !n.dead {
		n.frozen = append(n.frozen, what)
	}
	return n.dead || n.pauses > 0
}

func (n *node) shardOf(id object.ID) *shard {
	return n.shards[int(store.SlotOf(id, slotsOfHome))%len(n.shards)]
}
