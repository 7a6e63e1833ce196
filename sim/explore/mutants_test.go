package explore_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/durabench/durabench/refimpl/object"
	"github.com/durabench/durabench/refimpl/store"
	"github.com/durabench/durabench/sim/explore"
	"github.com/durabench/durabench/sim/virtual"
)

var table = flag.Bool("table", false, "write MUTANTS.md, from several starts for each bug")

// mutant is a planted bug.
type mutant struct {
	where, what string
	plant       func(*virtual.Config)
	// near is a seed shortly before one that finds it, so that the test need not
	// look long for a rare one; the table does.
	near uint64
	// classes live in its worlds; none is those that have always been there.
	classes []string
}

// in are the worlds of the mutant's classes.
func (m mutant) in(w explore.World) explore.World {
	if m.classes != nil {
		w.Classes = m.classes
	}
	return w
}

// mutants are all there are. Laws must find each within enough seeds.
func mutants() []mutant {
	alarmed, transacted := []string{"session"}, []string{"account"}
	return []mutant{
		{"core", "replies leave when the turn ends, durable or not", core(stateless(early)), 1, nil},
		{"core", "trust counts from when a proof is received", core(stateless(fromReceipt)), 380, nil},
		{"core", "ownership is taken for granted", core(trusting), 80, nil},
		{"core", "no wait-out after an unclean take-over", core(stateless(believeClean)), 380, nil},
		{"core", "a lost session is replaced in silence", core(reconnect), 1, nil},
		{"core", "outputs change places", core(swap), 1, nil},
		{"core", "outputs leave twice", core(twice), 1, nil},
		{"core", "a turn jumps the queue", core(jump), 1, nil},
		{"core", "of two writes of a key in one batch the first is kept", core(firstWins), 20, nil},
		{"core", "a batch loses a write", core(loseWrite), 1, nil},
		{"core", "a turn of unknown outcome is run again", core(again), 260, nil},
		{"core", "an unknown outcome is called a failure", core(stateless(sayUndone)), 20, nil},
		{"class", "hibernation loses sockets", hibernationLosesSockets, 1, nil},
		{"store", "a commit is acknowledged before it is made", sessions(private(func(s store.Session) store.Session { return &writeBehind{Session: s} })), 1, nil},
		{"store", "a batch is lost", sessions(private(func(s store.Session) store.Session { return &forgetful{Session: s} })), 50, nil},
		{"store", "a batch is torn", sessions(private(func(s store.Session) store.Session { return torn{s} })), 60, nil},
		{"store", "a dead session's commit is called a success", sessions(private(func(s store.Session) store.Session { return deafSession{s} })), 1, nil},
		{"store", "a heartbeat proves nothing", sessions(private(func(s store.Session) store.Session { return lyingBeat{s} })), 520, nil},
		{"store", "fences are ignored", sessions(newUnfenced), 1, nil},
		{"store", "no epoch is raised", sessions(private(func(s store.Session) store.Session { return sameEpoch{s, make(map[store.Slot]uint64)} })), 1, nil},
		{"store", "objects are loaded from a replica that lags", sessions(newReplica), 1, nil},
		{"store", "objects are loaded before the lock is held", sessions(newHasty), 1, nil},
		{"store", "locks are granted to everybody", stubLocks, 1, nil},
		{"core", "an alarm that is set already is not moved", core(unmoved), 1, alarmed},
		{"core", "an alarm is not stored with its batch", core(stateless(unstored)), 1, alarmed},
		{"core", "overdue alarms are not looked for", core(stateless(overlooked)), 1, alarmed},
		{"core", "a transaction loses a write", core(loseWrite), 1, transacted},
		{"class", "a transaction lets others in", openTransactions, 1, transacted},
		{"store", "a transaction is torn", sessions(private(func(s store.Session) store.Session { return torn{s} })), 1, transacted},
	}
}

// enough seeds find every mutant.
const enough = 3000

// hunt is how a mutant was found.
type hunt struct {
	law   string
	seeds uint64
	took  time.Duration
	found explore.Failure
}

func (m mutant) hunt(t *testing.T, w explore.World, first uint64) hunt {
	w = m.in(w)
	began := time.Now()
	for n := range uint64(enough) {
		e := explore.Draw(w, first+n, true)
		seen, err := e.Run(t.Context(), w, m.plant)
		if err != nil {
			t.Fatalf("%s: %v", e, err)
		}
		if broken := seen.Broken(); len(broken) > 0 {
			return hunt{broken[0].Law, n + 1, time.Since(began), explore.Failure{Experiment: e, Broken: broken}}
		}
	}
	t.Errorf("%s: not found in %d worlds", m.what, enough)
	return hunt{law: "—", seeds: enough, took: time.Since(began)}
}

// TestMutants: laws that convict no one are no laws.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("a world is one goroutine: runs without the race detector")
	}
	w := world(t)
	if *table {
		writeTable(t, w)
		return
	}
	for _, m := range mutants() {
		t.Run(strings.ReplaceAll(m.what, " ", "_"), func(t *testing.T) {
			t.Parallel()
			h := m.hunt(t, w, m.near)
			t.Logf("%d worlds, %s: %s", h.seeds, h.took.Round(time.Millisecond), h.law)
		})
	}
}

// starts are where the hunts of the table begin, far from one another.
func starts() []uint64 { return []uint64{1, 10_001, 20_001, 30_001, 40_001, 50_001, 60_001} }

func writeTable(t *testing.T, w explore.World) {
	var b strings.Builder
	fmt.Fprintf(&b, `# Planted bugs, and what finds them

Each bug is put into a world on purpose, by a wrapper outside the code that it
breaks. Worlds are drawn from seeds, with random faults, until a law convicts. The
numbers are medians over %d starts; the time is of one core, without the race detector.

Made by: go test ./sim/explore -run TestMutants -table

| in | bug | law that found it | worlds | most | time |
|---|---|---|---:|---:|---:|
`, len(starts()))
	for _, m := range mutants() {
		var seeds []uint64
		var took []time.Duration
		laws := make(map[string]int)
		for _, first := range starts() {
			h := m.hunt(t, w, first)
			seeds, took = append(seeds, h.seeds), append(took, h.took)
			laws[h.law]++
		}
		slices.Sort(seeds)
		slices.Sort(took)
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %d | %s |\n",
			m.where, m.what, names(laws), seeds[len(seeds)/2], seeds[len(seeds)-1], took[len(took)/2].Round(10*time.Millisecond))
	}
	if err := os.WriteFile("MUTANTS.md", []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// names lists laws, the one that found most first.
func names(laws map[string]int) string {
	var all []string
	for law := range laws {
		all = append(all, law)
	}
	slices.SortFunc(all, func(a, b string) int {
		if laws[a] != laws[b] {
			return laws[b] - laws[a]
		}
		return strings.Compare(a, b)
	})
	return strings.Join(all, "; ")
}

func TestShrinkKeepsOnlyWhatMatters(t *testing.T) {
	w := world(t)
	for _, m := range mutants() {
		if m.what != "fences are ignored" && m.what != "a batch is lost" {
			continue
		}
		h := m.hunt(t, w, 1)
		least := explore.Shrink(context.Background(), w, h.found, m.plant)
		again := explore.Shrink(context.Background(), w, h.found, m.plant)
		t.Logf("from %s\n  to %s", h.found.Experiment, least.Experiment)
		if least.Experiment.String() != again.Experiment.String() {
			t.Errorf("shrunk to %s and to %s", least.Experiment, again.Experiment)
		}
		if len(least.Faults) > len(h.found.Faults) || least.For > h.found.For {
			t.Errorf("%s grew to %s", h.found.Experiment, least.Experiment)
		}
		seen, err := least.Run(t.Context(), w, m.plant)
		if err != nil || len(seen.Broken()) == 0 {
			t.Errorf("%s breaks no law (%v)", least.Experiment, err)
		}
		for i := range least.Faults {
			e := least.Experiment
			e.Faults = slices.Delete(slices.Clone(e.Faults), i, i+1)
			if seen, err := e.Run(t.Context(), w, m.plant); err == nil && len(seen.Broken()) > 0 && seen.Broken()[0].Law == least.Broken[0].Law {
				t.Errorf("%s: fault %d does not matter", least.Experiment, i)
			}
		}
	}
}

// hibernationLosesSockets: an object sees only the sockets that it accepted, or
// heard of, in its present life.
func hibernationLosesSockets(c *virtual.Config) {
	c.Classes = slices.Clone(c.Classes)
	for i, class := range c.Classes {
		construct := class.New
		c.Classes[i].New = func(s object.State) (object.Object, error) {
			life := make(map[object.Socket]bool)
			inner, err := construct(amnesic{s, life})
			return sleeper{inner, life}, err
		}
	}
}

type sleeper struct {
	object.Object
	life map[object.Socket]bool
}

func (o sleeper) Fetch(s object.State, r *object.Request) (*object.Response, error) {
	return o.Object.Fetch(amnesic{s, o.life}, r)
}

func (o sleeper) WebSocketMessage(s object.State, from object.Socket, m object.Message) error {
	o.life[from] = true
	if h, ok := o.Object.(object.MessageHandler); ok {
		return h.WebSocketMessage(amnesic{s, o.life}, from, m)
	}
	return nil
}

// amnesic is a State that knows the sockets of one life.
type amnesic struct {
	object.State
	life map[object.Socket]bool
}

func (s amnesic) Sockets() object.Sockets { return amnesicSockets{s.State.Sockets(), s.life} }

type amnesicSockets struct {
	object.Sockets
	life map[object.Socket]bool
}

func (s amnesicSockets) Accept(tags ...string) (object.Socket, error) {
	socket, err := s.Sockets.Accept(tags...)
	if err == nil {
		s.life[socket] = true
	}
	return socket, err
}

func (s amnesicSockets) All(tag string) []object.Socket {
	return slices.DeleteFunc(s.Sockets.All(tag), func(o object.Socket) bool { return !s.life[o] })
}
