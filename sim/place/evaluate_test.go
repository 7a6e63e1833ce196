package place

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/durabench/durabench/regions"
	"github.com/durabench/durabench/regions/placement"
)

// listed is a source of objects that a test spells out.
type listed struct {
	objects []Object
	all     [][]Access
	at      int
	read    int
}

func (s *listed) Parts() int { return 1 }

func (s *listed) Part(int) (Stream, error) {
	return &listed{objects: s.objects, all: s.all, at: -1}, nil
}

func (s *listed) Err() error { return nil }

func (s *listed) Next(o *Object) bool {
	if s.at++; s.at == len(s.objects) {
		return false
	}
	*o, s.read = s.objects[s.at], 0
	return true
}

func (s *listed) Read(into []Access) int {
	n := copy(into, s.all[s.at][s.read:])
	s.read += n
	return n
}

func tableOf(t testing.TB, homes ...regions.ID) *placement.Table {
	t.Helper()
	m, err := regions.Load()
	if err != nil {
		t.Fatal(err)
	}
	if len(homes) == 0 {
		for _, h := range m.Homes() {
			homes = append(homes, h.ID)
		}
	}
	table, err := placement.NewTable(m, homes, nil)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func rulesOf(t testing.TB, table *placement.Table, d float64, texts ...string) []placement.Rule {
	t.Helper()
	var rules []placement.Rule
	for _, text := range texts {
		rule, err := placement.ParseRule(text, placement.Setting{Table: table, D: d, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, rule)
	}
	return rules
}

// history is random accesses, drawn to tempt: runs of one edge, then of another.
func history(r *rand.Rand, table *placement.Table, n int) []Access {
	var all []Access
	edge := placement.Edge(r.IntN(len(table.Edges)))
	for i := range n {
		if r.IntN(3) == 0 {
			edge = placement.Edge(r.IntN(len(table.Edges)))
		}
		all = append(all, Access{At: start + time.Duration(i)*time.Hour, Edge: edge, Bytes: 100})
	}
	return all
}

// bruteForce tries every sequence of homes; each move of the object takes so many microseconds longer than its way.
func bruteForce(g *ground, accesses []Access, copies int64, home int, at int) int64 {
	if at == len(accesses) {
		return 0
	}
	least := int64(math.MaxInt64)
	for h := range g.table.Homes {
		cost := int64(g.toHome[accesses[at].Edge][h])
		if at > 0 && h != home {
			cost += g.move[home][h] + copies
		}
		least = min(least, cost+bruteForce(g, accesses, copies, h, at+1))
	}
	return least
}

func foresee(g *ground, accesses []Access, size int64) *tally {
	seer := &clairvoyant{ground: g, tally: newTally(g, false), window: time.Hour}
	p := newProfile(len(g.table.Edges))
	p.begin(Object{Key: 1, Bytes: size})
	p.count(accesses)
	p.total(g)
	seer.begin(p)
	seer.serve(accesses)
	seer.end(p, true)
	return seer.tally
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestClairvoyantIsTheLeastOfAll(t *testing.T) {
	table := tableOf(t, "LHR", "IAD", "SIN", "NRT")
	r := rand.New(rand.NewPCG(3, 4))
	moved := int64(0)
	for i, d := range []float64{0, 0.1, 0.5, 1, 2, 5, 0, 0.5, 2} {
		const size = 90_000 // 90 ms at 1 MB/s
		copied, copies := 0.0, int64(0)
		if i >= 6 {
			copied, copies = 1e6, 90_000
		}
		g := newGround(table, d, copied)
		for range 30 {
			accesses := history(r, table, 7)
			got := foresee(g, accesses, size)
			if want := bruteForce(g, accesses, copies, 0, 0); got.cost != want {
				t.Fatalf("D = %v, copied at %v B/s: the clairvoyant's cost is %d us, the least of all is %d us, for %v", d, copied, got.cost, want, accesses)
			}
			if least := got.moves.n * copies; got.moves.cost < least {
				t.Fatalf("%d moves cost %d us: to copy alone takes %d us", got.moves.n, got.moves.cost, least)
			}
			if got.trips+got.moves.cost != got.cost {
				t.Fatalf("D = %v: its path costs %d + %d us, its cost is %d us", d, got.trips, got.moves.cost, got.cost)
			}
			moved += got.moves.n
		}
	}
	if moved < 100 {
		t.Errorf("only %d moves: the histories tempt nobody", moved)
	}
}

// TestClairvoyantMeetsItsTest shows that the test above has eyes: a yardstick that forgets what moves cost is found, and
// one that forgets that copying takes time.
func TestClairvoyantMeetsItsTest(t *testing.T) {
	table := tableOf(t, "LHR", "IAD", "SIN", "NRT")
	r := rand.New(rand.NewPCG(3, 4))
	honest, free, weightless := newGround(table, 0.5, 1e6), newGround(table, 0, 1e6), newGround(table, 0.5, 0)
	unpaid, uncopied := 0, 0
	for range 30 {
		accesses := history(r, table, 7)
		const size = 20_000 // 20 ms at 1 MB/s
		want := bruteForce(honest, accesses, size, 0, 0)
		unpaid += b2i(foresee(free, accesses, size).cost != want)
		uncopied += b2i(foresee(weightless, accesses, size).cost != want)
	}
	if unpaid < 15 || uncopied < 15 {
		t.Errorf("a yardstick whose moves are free was found in %d of 30 histories, one that copies in no time in %d", unpaid, uncopied)
	}
}

// TestPruningChangesNothing compares with the plain recurrence over all 32 homes, on longer histories.
func TestPruningChangesNothing(t *testing.T) {
	table := tableOf(t)
	r := rand.New(rand.NewPCG(5, 6))
	for i, d := range []float64{0, 0.3, 1, 10, 100, 0, 0.3, 1} {
		const size = 30_000 // 30 ms at 1 MB/s
		g, copies := newGround(table, d, 0), int64(0)
		if i >= 5 {
			g, copies = newGround(table, d, 1e6), size
		}
		accesses := history(r, table, 300)
		best := make([]int64, len(table.Homes))
		for at, a := range accesses {
			next := make([]int64, len(best))
			for h := range best {
				next[h] = best[h]
				for other := range best {
					if at > 0 && other != h {
						next[h] = min(next[h], best[other]+g.move[other][h]+copies)
					}
				}
				next[h] += int64(g.toHome[a.Edge][h])
			}
			best = next
		}
		want := best[0]
		for _, c := range best {
			want = min(want, c)
		}
		if got := foresee(g, accesses, size).cost; got != want {
			t.Errorf("D = %v, copying takes %d us: %d us, want %d us", d, copies, got, want)
		}
	}
}

// TestMoversAreWithinTheirProofs holds the movers against what is proved of them: no history makes them dearer than so
// many times the clairvoyant, but for one phase more or less.
func TestMoversAreWithinTheirProofs(t *testing.T) {
	table := tableOf(t)
	const d = 5
	for _, test := range []struct {
		story, rule string
		ratio       float64
	}{
		{"Move-To-Min", "move-to-min", 7},
		{"Move-To-Local-Min", "mtlm", 4.086},
		{"Coin-Flip, in the mean", "coin-flip", 3},
	} {
		r := rand.New(rand.NewPCG(7, 8))
		source := &listed{}
		for range 60 {
			source.objects = append(source.objects, Object{Key: r.Uint64()})
			source.all = append(source.all, history(r, table, 400))
		}
		result, err := Evaluate(t.Context(), source, Plan{Table: table, Rules: rulesOf(t, table, d, test.rule), D: d, Every: 1})
		if err != nil {
			t.Fatal(err)
		}
		mover, seer := result.entries[0], result.entries[2]
		if ratio := float64(mover.cost) / float64(seer.cost); ratio > test.ratio || ratio < 1 {
			t.Errorf("%s costs %.3f times the clairvoyant, proved is %.3f", test.story, ratio, test.ratio)
		}
		if mover.moves.n == 0 {
			t.Errorf("%s never moved", test.story)
		}
	}
}

func TestNothingBeatsTheYardsticks(t *testing.T) {
	table := tableOf(t)
	names := []string{"jurisdiction:eu/first", "fixed:IAD"}
	for _, k := range placement.Kinds() {
		if k.Name != "fixed" && k.Name != "regional" {
			names = append(names, k.Name)
		}
	}
	for _, kind := range Order() {
		p := Population{Kind: kind, Objects: 60, PerDay: 5, For: 3 * 24 * time.Hour, Zipf: 0.8, Bytes: 1 << 16, Message: 1000, Script: "IAD", Seed: 1}
		source, err := p.Source(table)
		if err != nil {
			t.Fatal(err)
		}
		const d, copied = 10, 1e6
		result, err := Evaluate(t.Context(), source, Plan{Table: table, Rules: rulesOf(t, table, d, names...), D: d, Copy: copied, Every: 1, Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		seer, static := result.entries[len(names)+1], result.entries[len(names)]
		if static.cost < seer.cost {
			t.Errorf("%s: staying costs %d us, the clairvoyant %d us", kind, static.cost, seer.cost)
		}
		for _, e := range result.entries[:len(names)] {
			if e.cost < seer.cost || !e.moving && e.cost < static.cost {
				t.Errorf("%s: %s costs %d us, less than a yardstick (%d, %d)", kind, e.name, e.cost, static.cost, seer.cost)
			}
			if e.refused.Violations != 0 {
				t.Errorf("%s: %s violates the jurisdiction %d times", kind, e.name, e.refused.Violations)
			}
			if e.accesses != result.Accesses || e.trips+e.moves.cost != e.cost {
				t.Errorf("%s: %s has %d accesses of %d; %d + %d us is not %d us", kind, e.name, e.accesses, result.Accesses, e.trips, e.moves.cost, e.cost)
			}
		}
	}
}
