package text_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/durabench/durabench/refimpl/text"
)

// TestWritersConverge lets writers work through an object whose answers take
// their time: at the end all have its text, and each saw its own edits at once.
func TestWritersConverge(t *testing.T) {
	for seed := range uint64(100) {
		converge(t, rand.New(rand.NewPCG(seed, 2)))
	}
}

type wire struct {
	base  int64
	edits []text.Edit
}

type told struct {
	version int64
	from    int
	edit    text.Edit
}

func converge(t *testing.T, r *rand.Rand) {
	const writers = 4
	replicas, up, down := make([]*text.Replica, writers), make([][]wire, writers), make([][]told, writers)
	for i := range replicas {
		replicas[i] = text.NewReplica(0, "")
	}
	var log []text.Edit
	object := ""
	for step := 0; step < 400 || moving(up, down); step++ {
		n := r.IntN(writers)
		switch do := r.IntN(3); {
		case do == 0 && step < 400:
			seen := shown(t, replicas[n])
			edit := text.Edit{ID: fmt.Sprint(step), Change: random(r, seen)}
			replicas[n].Edit(edit)
			want, err := edit.Change.Apply(seen)
			if got := shown(t, replicas[n]); err != nil || got != want {
				t.Fatalf("a writer's own edit shows as %q, want %q (%v)", got, want, err)
			}
			up[n] = send(replicas[n], up[n])
		case do == 1 && len(up[n]) > 0:
			w := up[n][0]
			up[n] = up[n][1:]
			for _, e := range text.RebaseAll(log[w.base:], w.edits) {
				log = append(log, e)
				var err error
				if object, err = e.Change.Apply(object); err != nil {
					t.Fatal(err)
				}
				for i := range down {
					down[i] = append(down[i], told{int64(len(log)), n, e})
				}
			}
		case do == 2 && len(down[n]) > 0:
			take(t, replicas[n], n, down[n][0])
			down[n] = down[n][1:]
			up[n] = send(replicas[n], up[n])
		}
	}
	for i, replica := range replicas {
		if shown(t, replica) != object || replica.Confirmed() != object {
			t.Fatalf("writer %d ends with %q, the object with %q", i, replica.Confirmed(), object)
		}
	}
}

func moving(up [][]wire, down [][]told) bool {
	for i := range up {
		if len(up[i]) > 0 || len(down[i]) > 0 {
			return true
		}
	}
	return false
}

func send(r *text.Replica, to []wire) []wire {
	if base, edits := r.Send(); len(edits) > 0 {
		return append(to, wire{base, edits})
	}
	return to
}

func take(t *testing.T, r *text.Replica, who int, m told) {
	t.Helper()
	err := error(nil)
	if m.from == who {
		_, err = r.Acknowledge(m.version)
	} else {
		err = r.Remote(m.version, m.edit.Change)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func shown(t *testing.T, r *text.Replica) string {
	t.Helper()
	s, err := r.Text()
	if err != nil {
		t.Fatal(err)
	}
	return s
}
