package refimpl

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/durabench/durabench/refimpl/actor"
	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/regions"
)

// ErrSlotsTaken is returned by StartNode when other nodes own all or some of the region's slots.
var ErrSlotsTaken = errors.New("slots owned by another node")

// NodeConfig says what a node runs, where, and on what. All fields are required
// but those that say otherwise.
type NodeConfig struct {
	Name    string
	Region  regions.ID
	Store   store.Store
	Classes []object.Class
	// Namespaces let objects make IDs of one another; nil is none.
	Namespaces Namespaces
	Cores      int // sessions, each with a goroutine of its own; 0 is 1
	Clock      Clock
	Seed       uint64 // of the objects' random streams and of alarm jitter
	Log        *slog.Logger
	// Limits may be zero. Slots and Random are filled in.
	Limits actor.Config
	// StorageBytes bounds the keys and values of one object; 0 is 128 MiB.
	StorageBytes int
	// Sockets may be zero.
	Sockets SocketLimits
	// Patience is how long to wait for slots that another node still owns; 0 is not at all.
	Patience time.Duration
	// Visited is told of every visit after it was answered, from several goroutines at
	// once. It must not wait. May be nil.
	Visited func(Visit)
	// Tamper makes what stands between a core and its shard, for each core anew; nil is
	// nothing. Planted bugs go here.
	Tamper func() Tamper
}

// Tamper is told each event, hands it (or another) to step, and gives what the shard is
// to do. It is there to plant bugs, which laws must find, and for nothing else.
type Tamper func(now time.Time, event actor.Event, step func(time.Time, actor.Event) []actor.Effect) []actor.Effect

// Node runs the objects of a region.
type Node struct {
	name    string
	region  regions.ID
	clock   Clock
	slots   int
	shards  []*shard
	keepers sync.WaitGroup
	stopAll context.CancelCauseFunc // ends the keepers
	watcher chan struct{}           // closed to end the watch and the pinger
	watches sync.WaitGroup

	log      *slog.Logger
	sockets  *wires
	lastID   atomic.Uint64 // of sockets
	calls    *inbound
	outbound *outbound
	moves    moves
	trail    *generations[object.ID, regions.ID] // where objects went that left
	visited  func(Visit)                         // may be nil

	turnedAway           atomic.Uint64 // requests that a full mailbox refused
	homeValue, nodeValue []string      // of headers, shared by all replies
}

// mailboxTurns bounds what one shard has not read yet.
const mailboxTurns = 65_536

// StartNode acquires the region's slots and starts to serve them.
func StartNode(ctx context.Context, config NodeConfig) (*Node, error) {
	keepCtx, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	n := &Node{
		name: config.Name, region: config.Region, clock: config.Clock,
		slots: config.Store.Slots(), stopAll: stop, watcher: make(chan struct{}),
		log: config.Log.With("node", config.Name), sockets: newWires(config.Sockets, config.Clock),
		calls: newInbound(), outbound: newOutbound(), moves: moves{under: make(map[object.ID]chan struct{})},
		trail: newGenerations[object.ID, regions.ID](trailLength), visited: config.Visited,
		homeValue: []string{string(config.Region)}, nodeValue: []string{config.Name},
	}
	for core := range max(1, config.Cores) {
		s := newShard(config, core, n.slotsOf(core, max(1, config.Cores)))
		s.outbound = n.outbound
		session, acquired, err := openAll(ctx, s.keeper, config.Patience)
		if err != nil {
			n.abandon(nil)
			return nil, fmt.Errorf("start node %s in %s: %w", config.Name, config.Region, err)
		}
		s.mail.put(acquired)
		n.keepers.Go(func() { s.keeper.run(keepCtx, session) })
		s.handoff.shards.Add(1)
		go s.loop() // waited for through handoff.shards
		n.shards = append(n.shards, s)
	}
	n.watches.Go(func() { watch(n.shards, n.watcher) })
	n.watches.Go(func() { n.sockets.sweep(n.watcher) })
	return n, nil
}

func (n *Node) slotsOf(core, cores int) []store.Slot {
	var mine []store.Slot
	for slot := core; slot < n.slots; slot += cores {
		mine = append(mine, store.Slot(slot))
	}
	return mine
}

func newShard(config NodeConfig, core int, slots []store.Slot) *shard {
	log := config.Log.With("node", config.Name, "core", core)
	mail := newMailbox(mailboxTurns)
	seed := rand.New(rand.NewPCG(config.Seed, seedOf(config.Name, core)))
	limits := config.Limits
	limits.Slots, limits.Random = config.Store.Slots(), rand.New(rand.NewPCG(seed.Uint64(), seed.Uint64()))
	classes := make(map[string]object.Class)
	for _, c := range config.Classes {
		classes[c.Name] = c
	}
	s := &shard{
		core: actor.New(limits), clock: config.Clock, classes: classes, namespaces: config.Namespaces, storageBytes: config.StorageBytes, log: log, mail: mail, seed: seed,
		keeper: &keeper{
			store: config.Store, slots: slots, clock: config.Clock, mail: mail, log: log,
			owner: store.Owner{Region: config.Region, Node: fmt.Sprintf("%s/%d", config.Name, core)},
			wake:  make(chan struct{}, 1),
		},
		live: make(map[object.ID]*resident), departing: make(map[object.ID]*moveLetter),
		turns: make(map[actor.TurnID]*turn), visited: config.Visited,
		drained: make(chan struct{}),
	}
	if config.Tamper != nil {
		s.tamper = config.Tamper()
	}
	s.meters, s.keeper.commits = newMeters(config.Classes), &s.gauges.commits
	s.alarm = time.AfterFunc(time.Hour, func() { mail.put(actor.Tick{}) })
	return s
}

func seedOf(name string, core int) uint64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s/%d", name, core)
	return h.Sum64()
}

// openAll opens a session and waits until it has all its slots.
func openAll(ctx context.Context, k *keeper, patience time.Duration) (store.Session, actor.Acquired, error) {
	deadline := time.Now().Add(patience)
	for {
		session, acquired, err := k.open(ctx)
		if err != nil {
			return nil, acquired, err
		}
		if len(acquired.Leases) == len(k.slots) {
			return session, acquired, nil
		}
		got := len(acquired.Leases)
		err = fmt.Errorf("%w: %d of %d were free", ErrSlotsTaken, got, len(k.slots))
		_ = session.Release(ctx, k.held())
		_ = session.Close()
		if time.Now().After(deadline) {
			return nil, acquired, err
		}
		select {
		case <-ctx.Done():
			return nil, acquired, ctx.Err()
		case <-time.After(reopenPause):
		}
	}
}

// Stop takes no more requests, waits until all that is acknowledged is durable,
// hands the slots back and waits for everything it started. If ctx ends first,
// the slots are left unclean: the next owner waits for a second before it writes.
// With a ctx that has ended already, a node stops as if it had crashed.
func (n *Node) Stop(ctx context.Context) error {
	for _, s := range n.shards {
		s.mail.put(actor.Drain{})
	}
	var unclean error
	for _, s := range n.shards {
		select {
		case <-s.drained:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			unclean = fmt.Errorf("stop node %s: %w", n.name, ctx.Err())
		}
	}
	n.abandon(unclean)
	return unclean
}

// abandon ends all goroutines. Without a cause, the slots are released cleanly.
func (n *Node) abandon(unclean error) {
	n.stopAll(unclean)
	n.keepers.Wait()
	for _, s := range n.shards {
		s.alarm.Stop()
		s.mail.put(stopLetter{})
		s.handoff.shards.Wait()
	}
	n.outbound.stop()
	n.calls.stop(unclean != nil)
	close(n.watcher)
	n.watches.Wait()
	n.sockets.stop(unclean != nil)
	n.calls.wait()
}

func (n *Node) shardOf(id object.ID) *shard {
	return n.shards[int(store.SlotOf(id, n.slots))%len(n.shards)]
}
